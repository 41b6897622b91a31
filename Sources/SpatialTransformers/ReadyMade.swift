import Networks

/// Ready-made networks.
public enum ReadyMade {
    /// The network of the PyTorch tutorial on spatial transformers, widened for colour images.
    ///
    /// Localization network: 7×7 convolution to 64, 5×5 to 128, each with 2×2 max-pooling and ReLU, then 256 hidden units.
    /// Classifier: 5×5 convolutions to 16 and 32 with pooling, channel dropout, 1024 hidden units with dropout.
    ///
    /// - Parameters:
    ///   - classes: The number of classes.
    ///   - transform: What the transformer learns; nil leaves it out, for comparison.
    ///   - alignCorners: PyTorch's flag, false as there.
    /// - Returns: The layers, to be given to a ``Classifier``.
    public static func seed(
        classes: Int, transform: (any Transformation)? = AffineTransform(), alignCorners: Bool = false
    ) -> Sequential {
        Sequential {
            if let transform {
                SpatialTransformer(
                    transform, options: TransformerOptions(sampling: .bilinear, alignCorners: alignCorners)
                ) {
                    Conv2d(64, kernel: 7); MaxPool2d(2); ReLU()
                    Conv2d(128, kernel: 5); MaxPool2d(2); ReLU()
                    Flatten(); Linear(256); ReLU()
                }
            }
            Conv2d(16, kernel: 5); MaxPool2d(2); ReLU()
            Conv2d(32, kernel: 5); Dropout2d(0.5); MaxPool2d(2); ReLU()
            Flatten(); Linear(1024); ReLU(); Dropout(0.5)
            Linear(classes)
        }
    }
}
