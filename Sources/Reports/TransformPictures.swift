import Datasets
import Imaging
import SpatialTransformers

/// Pictures of what the spatial transformers of a network do to a batch of images.
public struct TransformPictures: Sendable {
    /// The batch on the left, on the right what each transformer passes on.
    public let comparison: Image
    /// The batch, each image with the outlines of the regions that were sampled.
    public let outlines: Image

    /// Images in a row of a sheet: eight, as in the tutorial's figure of 64.
    private static let columns = 8

    /// Draws images of a split, chosen by a seed: files often hold one class after another.
    ///
    /// - Parameters:
    ///   - classifier: The network; one without a transformer passes its images on as they are.
    ///   - images: What is drawn.
    ///   - normalization: As in training; the pictures are de-normalised.
    ///   - count: Images to draw, at most as many as there are.
    ///   - seed: Decides which; the same in every epoch, so that pictures compare.
    ///   - progress: Told how many images are drawn.
    /// - Throws: ``ExecutionError`` when the images have another size than the network's input, ``ImagingError`` when the
    ///   picture would be too large.
    public init(
        of classifier: Classifier, on images: LabeledImages, normalization: Normalization, count: Int = 64,
        seed: UInt64 = 0, progress: (Int) -> Void = { _ in }
    ) throws {
        let images = images.selection(count, seed: seed)
        let batch = images.normalized(by: normalization)
        let before = (0..<images.count).map { images.picture($0) }
        // What lies between layers may have channels that are no colours.
        let transformed = try classifier.transformations(of: batch).filter { $0.images.shape[3] == images.channels }
        let after = transformed.isEmpty ? [before] : transformed.map { normalization.pictures(of: $0.images) }
        let titles = after.indices.map { after.count == 1 ? "Transformed Images" : "Transformed Images \($0 + 1)" }
        comparison = try Image.sideBySide(
            [(title: "Dataset Images", picture: try Self.sheet(of: before))]
                + zip(titles, after).map { title, pictures in (title: title, picture: try Self.sheet(of: pictures)) })
        let outlined = before.enumerated().map { index, picture in
            progress(index + 1)
            let outlines = transformed.map { SampledOutline(theta: $0.theta.row(index), of: $0.transformer) }
            return Self.outlined(picture, by: outlines, in: transformed.first?.transformer.frame.corners)
        }
        outlines = try Image.sideBySide([
            (
                title: "Sampled Regions",
                picture: try PictureGrid(columns: Self.columns, margin: 4, background: .white).arranging(outlined)
            )
        ])
    }

    /// Pictures side by side, enlarged where they are small.
    private static func sheet(of pictures: [Image]) throws(ImagingError) -> Image {
        let scale = max(1, 64 / max(pictures.first?.height ?? 0, 1))
        return try PictureGrid(columns: columns, margin: 2, scale: scale, background: .white).arranging(pictures)
    }

    /// The side of an image on the sheet of outlines: large enough for a line two pixels wide to look thin.
    static let outlinedSide = 64

    /// An enlarged image in a frame, with the outlines of sampled regions, which may lie outside.
    ///
    /// The frame is as wide as half the image on each side, or the share asked for.
    static func outlined(
        _ picture: Image, by outlines: [SampledOutline], in corners: CornerConvention?, frameShare: Float = 0.5
    ) -> Image {
        let enlarged = picture.converted(toChannels: 3).enlarged(toAbout: outlinedSide)
        let (width, height) = (enlarged.width, enlarged.height)
        let (left, top) = (Int(Float(width) * frameShare), Int(Float(height) * frameShare))
        var canvas = Image(width: width + 2 * left, height: height + 2 * top, channels: 3, filledWith: [48, 48, 48])
        canvas.draw(enlarged, x: left, y: top)
        guard let corners else { return canvas }
        // The outer edges in normalised units: beyond ±1 where those are the centres of border pixels.
        let (right, bottom) = (corners.outerEdge(of: picture.width), corners.outerEdge(of: picture.height))
        func place(_ points: [(x: Float, y: Float)]) -> [(x: Float, y: Float)] {
            points.map { point in
                (
                    Float(left) + (point.x / right + 1) / 2 * Float(width),
                    Float(top) + (point.y / bottom + 1) / 2 * Float(height)
                )
            }
        }
        for outline in outlines {
            canvas.drawPolyline(place(outline.otherEdges), color: .yellow, thickness: 2)
            // The upper edge in another colour shows which way is up.
            canvas.drawPolyline(place(outline.upperEdge), color: .red, thickness: 3)
        }
        return canvas
    }
}

extension Image {
    /// The picture with whole pixels enlarged until it is about `side` wide; a larger one as it is.
    func enlarged(toAbout side: Int) -> Image { enlarged(by: max(1, side / max(width, 1))) }
}

extension LabeledImages {
    /// One image as it is.
    func picture(_ index: Int) -> Image {
        let range = index * bytesPerImage..<(index + 1) * bytesPerImage
        return Image(width: width, height: height, channels: channels, pixels: Array(pixels[range]))
    }

    /// At most `count` images in an order that the seed decides; fewer are the first of more.
    package func selection(_ count: Int, seed: UInt64) -> LabeledImages {
        images(at: drawnIndices(count, seed: seed))
    }

    /// The images as a network takes them.
    func normalized(by normalization: Normalization) -> Tensor<Float> {
        let values = pixels.enumerated().map { place, byte in
            let channel = place % channels
            return (Float(byte) / 255 - normalization.mean[channel]) / normalization.deviation[channel]
        }
        return Tensor([count, height, width, channels], values)
    }
}

extension Normalization {
    /// Normalised images as pictures; what lies outside [0, 1] is clipped.
    func pictures(of images: Tensor<Float>) -> [Image] {
        let (height, width, channels) = (images.shape[1], images.shape[2], images.shape[3])
        let size = height * width * channels
        return (0..<images.shape[0]).map { index in
            let pixels = images.values[index * size..<(index + 1) * size].enumerated().map { place, value in
                let unit = value * deviation[place % channels] + mean[place % channels]
                // NaN fails the comparison and becomes black.
                return unit > 0 ? UInt8(min(unit, 1) * 255 + 0.5) : 0
            }
            return Image(width: width, height: height, channels: channels, pixels: pixels)
        }
    }
}

extension CornerConvention {
    /// The normalised coordinate of the image's outer edge.
    func outerEdge(of extent: Int) -> Float {
        let span: Float = span(of: extent)
        return span > 0 ? Float(extent) / span : 1
    }
}
