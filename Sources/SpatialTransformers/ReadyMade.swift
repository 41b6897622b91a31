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
    ///   - arrangement: How many transformers there are; one, as in the tutorial.
    /// - Returns: The layers, to be given to a ``Classifier``.
    public static func seed(
        classes: Int, transform: (any Transformation)? = AffineTransform(), options: TransformerOptions = .init(),
        arrangement: TransformerArrangement = .single
    ) -> Sequential {
        tutorial(
            localization: (64, 128, 256), classifier: (16, 32, 1024), classes: classes, transform: transform,
            options: options, arrangement: arrangement)
    }

    /// The network of the PyTorch tutorial on spatial transformers as it stands there, for grey 28×28 digits: with ten
    /// classes and an affine transformer 27,360 numbers, under the names that its `state_dict` has.
    ///
    /// Localization network: 7×7 convolution to 8, 5×5 to 10, each with 2×2 max-pooling and ReLU, then 32 hidden units.
    /// Classifier: 5×5 convolutions to 10 and 20 with pooling, channel dropout, 50 hidden units with dropout.
    ///
    /// - Source: G. Hamdi, “Spatial Transformer Networks Tutorial”, PyTorch's documentation. Its last step, the logarithm of
    ///   the softmax, is a part of the loss here.
    public static func tutorial(
        classes: Int, transform: (any Transformation)? = AffineTransform(), options: TransformerOptions = .init(),
        arrangement: TransformerArrangement = .single
    ) -> Sequential {
        tutorial(
            localization: (8, 10, 32), classifier: (10, 20, 50), classes: classes, transform: transform,
            options: options, arrangement: arrangement)
    }

    /// The tutorial's layers, with two numbers of filters and one of hidden units for each part.
    private static func tutorial(
        localization: (Int, Int, Int), classifier: (Int, Int, Int), classes: Int, transform: (any Transformation)?,
        options: TransformerOptions, arrangement: TransformerArrangement
    ) -> Sequential {
        Sequential {
            if let transform {
                arrangement.layer(transform, options: options) {
                    Conv2d(localization.0, kernel: 7); MaxPool2d(2); ReLU()
                    Conv2d(localization.1, kernel: 5); MaxPool2d(2); ReLU()
                    Flatten(); Linear(localization.2); ReLU()
                }
            }
            Conv2d(classifier.0, kernel: 5); MaxPool2d(2); ReLU()
            Conv2d(classifier.1, kernel: 5); Dropout2d(0.5); MaxPool2d(2); ReLU()
            Flatten(); Linear(classifier.2); ReLU(); Dropout(0.5)
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
        classes: Int, transform: (any Transformation)? = AffineTransform(), options: TransformerOptions = .init(),
        arrangement: TransformerArrangement = .single
    ) -> Sequential {
        Sequential {
            if let transform {
                arrangement.layer(transform, options: options) {
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
        classes: Int, transform: (any Transformation)? = AffineTransform(), options: TransformerOptions = .init(),
        arrangement: TransformerArrangement = .single
    ) -> Sequential {
        Sequential {
            if let transform {
                arrangement.layer(transform, options: options) {
                    Flatten(); Linear(32); ReLU(); Linear(32); ReLU()
                }
            }
            Flatten(); Linear(128); ReLU(); Linear(128); ReLU()
            Linear(classes)
        }
    }

    /// A small residual network: of the family for CIFAR-10 the one with 8 layers, n = 1.
    ///
    /// Classifier: 3×3 convolution to 16, then a block of two 3×3 convolutions at each of 16, 32 and 64 channels, the last
    /// two halving the sides; the mean over all places, and one linear layer. Batch normalisation is behind every convolution,
    /// which therefore has no bias. Where the shape changes, the shortcut is a 1×1 convolution: the paper's option B, in place
    /// of the zeros that its networks for CIFAR-10 pad with, as it works for any numbers of channels.
    ///
    /// Localization network: strided 5×5 and 3×3 convolutions to 16 and 32, 64 hidden units. Where things are shows on a
    /// quarter of the sides, and strides go there without computing what pooling would drop: it takes 6% of the classifier's
    /// products. It keeps the places, which a mean would lose and θ is made of. Batch normalisation holds its features at one
    /// scale, so that it bears the learning rate that suits the classifier.
    ///
    /// - Shapes: colour or grey images, 5×5 or larger: that leaves 2×2 places before the mean, so that a batch of one image
    ///   still has a variance.
    /// - Source: He et al. 2016 (arXiv:1512.03385), section 4.2; the transformer is ours.
    public static func residual(
        classes: Int, transform: (any Transformation)? = AffineTransform(), options: TransformerOptions = .init(),
        arrangement: TransformerArrangement = .single
    ) -> Sequential {
        Sequential {
            if let transform {
                arrangement.layer(transform, options: options) {
                    Conv2d(16, kernel: 5, stride: 2, padding: 2, bias: false); BatchNorm2d(); ReLU()
                    Conv2d(32, kernel: 3, stride: 2, padding: 1, bias: false); BatchNorm2d(); ReLU()
                    Flatten(); Linear(64); ReLU()
                }
            }
            Conv2d(16, kernel: 3, padding: 1, bias: false); BatchNorm2d(); ReLU()
            Residual { residualLayers(16, stride: 1) }; ReLU()
            for channels in [32, 64] {
                Residual {
                    residualLayers(channels, stride: 2)
                } shortcut: {
                    Conv2d(channels, kernel: 1, stride: 2, bias: false); BatchNorm2d()
                }
                ReLU()
            }
            GlobalAvgPool2d(); Flatten()
            Linear(classes)
        }
    }

    /// What a block of ``residual(classes:transform:options:)`` learns.
    @LayerBuilder
    private static func residualLayers(_ channels: Int, stride: PerAxis) -> [any Layer] {
        Conv2d(channels, kernel: 3, stride: stride, padding: 1, bias: false); BatchNorm2d(); ReLU()
        Conv2d(channels, kernel: 3, padding: 1, bias: false); BatchNorm2d()
    }
}
