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
    ///   - options: How the transformer reads and what holds it; as in the tutorial unless told otherwise.
    /// - Returns: The layers, to be given to a ``Classifier``.
    public static func seed(
        classes: Int, transform: (any Transformation)? = AffineTransform(), options: TransformerOptions = .init()
    ) -> Sequential {
        Sequential {
            if let transform {
                SpatialTransformer(transform, options: options) {
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

    /// The convolutional network of the paper's first table, for distorted digits.
    ///
    /// Localization network: halved, then two 5×5 convolutions to 20 with pooling between, 20 hidden units. Classifier: 9×9
    /// and 7×7 convolutions to 32, each with 2×2 max-pooling.
    ///
    /// - Source: Jaderberg et al. 2015 (arXiv:1506.02025), section 4.1 and appendix A.4, of whose 32 to 64 filters these are
    ///   the fewest.
    public static func paperCNN(
        classes: Int, transform: (any Transformation)? = AffineTransform(), options: TransformerOptions = .init()
    ) -> Sequential {
        Sequential {
            if let transform {
                SpatialTransformer(transform, options: options) {
                    AvgPool2d(2)
                    Conv2d(20, kernel: 5); MaxPool2d(2); ReLU()
                    Conv2d(20, kernel: 5); ReLU()
                    Flatten(); Linear(20); ReLU()
                }
            }
            Conv2d(32, kernel: 9); MaxPool2d(2); ReLU()
            Conv2d(32, kernel: 7); MaxPool2d(2); ReLU()
            Flatten(); Linear(classes)
        }
    }

    /// The fully connected network of the paper's first table, for distorted digits.
    ///
    /// Localization network: two layers of 32. Classifier: two of 128.
    ///
    /// - Source: Jaderberg et al. 2015 (arXiv:1506.02025), section 4.1 and appendix A.4, of whose 128 to 256 units these are
    ///   the fewest.
    public static func paperFCN(
        classes: Int, transform: (any Transformation)? = AffineTransform(), options: TransformerOptions = .init()
    ) -> Sequential {
        Sequential {
            if let transform {
                SpatialTransformer(transform, options: options) {
                    Flatten(); Linear(32); ReLU(); Linear(32); ReLU()
                }
            }
            Flatten(); Linear(128); ReLU(); Linear(128); ReLU()
            Linear(classes)
        }
    }
}
