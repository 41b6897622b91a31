import Tensors

/// A way to distort the images of a data set, each by numbers of its own: something for a spatial transformer to undo.
///
/// The ranges are those of the paper's distorted MNIST, where lengths are in pixels of 28; on images of other sizes they are
/// the same parts of a side. What lies beyond an image is black, whatever its own background is.
///
/// - Source: Jaderberg et al. 2015 (arXiv:1506.02025), Table 1 and appendix A.4.
public enum Distortion: String, Sendable, CaseIterable {
    /// Images as they are.
    case none
    /// R: turned about the centre by −90° to 90°.
    case rotation
    /// RTS: turned by −45° to 45°, scaled by 0.7 to 1.2, and put anywhere on a canvas half as large again (42×42 for
    /// 28×28) where the circle inscribed in the image stays whole.
    case rotationScaleTranslation = "rotation-scale-translation"
    /// P: scaled by 0.75 to 1, then each corner moved by 5 pixels in the mean square along each axis.
    ///
    /// Corners are drawn again where the image would fold or nearly so, or where its middle 20 of 28 pixels, in which MNIST
    /// has its digits, would leave the frame: that is half of the draws, and leaves corners 4.4 pixels in the mean square.
    /// The paper says nothing of it; without, one digit in eleven loses more than 5% of its ink.
    case projection
    /// E: bent by a thin-plate spline whose 4×4 control points read 1.5 pixels off in the mean square along each axis.
    case elastic
}

extension Dataset {
    /// The bytes of all images once distorted; 0 where they stay as they are.
    package func byteCount(distortedBy distortion: Distortion) -> Int {
        [training, test].reduce(0) { total, images in
            let recipe = DistortionRecipe(distortion, height: images.height, width: images.width)
            return total + images.count * images.channels * (recipe?.frame.count ?? 0)
        }
    }

    /// The data set with every image distorted, for training and for the test alike.
    ///
    /// An image's distortion is a function of seed, split and its number, and so is a distorted data set: the same images in
    /// every epoch and for any number of threads. Classes, labels and normalisation stay; with more black around, mean and
    /// deviation are no longer quite those of the images.
    ///
    /// - Numerics: bilinear, rounded to 8 bits. Sines and logarithms are the system's, so that another C library may change
    ///   the last bit of a rare pixel.
    /// - Complexity: shared by all cores, some 20 µs of one for an image of 28×28, twice that for splines. Twice the data set's
    ///   memory while it runs, for ``Distortion/rotationScaleTranslation`` 3.25 times.
    public func distorted(by distortion: Distortion, seed: UInt64) -> Dataset {
        Dataset(
            name: name, classNames: classNames, normalization: normalization,
            training: training.distorted(by: distortion, seed: seed, split: .training),
            test: test.distorted(by: distortion, seed: seed, split: .test))
    }
}
