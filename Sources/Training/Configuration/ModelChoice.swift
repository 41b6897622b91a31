import SpatialTransformers

/// The network behind the transformer, by its name on the command line.
public enum ModelChoice: String, Sendable, CaseIterable {
    /// The network of PyTorch's tutorial, widened for colour images.
    case seed
    /// The network of PyTorch's tutorial as it stands there.
    case tutorial
    /// The convolutional network of the paper's first table.
    case paperCNN = "paper-cnn"
    /// The fully connected network of the paper's first table.
    case paperFCN = "paper-fcn"
    /// The smallest residual network for CIFAR-10, with a transformer of its kind.
    case residual

    /// The network for a number of classes.
    package func network(
        classes: Int, transform: (any Transformation)?, options: TransformerOptions
    ) -> Sequential {
        switch self {
        case .seed: ReadyMade.seed(classes: classes, transform: transform, options: options)
        case .tutorial: ReadyMade.tutorial(classes: classes, transform: transform, options: options)
        case .paperCNN: ReadyMade.paperCNN(classes: classes, transform: transform, options: options)
        case .paperFCN: ReadyMade.paperFCN(classes: classes, transform: transform, options: options)
        case .residual: ReadyMade.residual(classes: classes, transform: transform, options: options)
        }
    }

    /// Pixels a side that the network needs, so that its convolutions and pools leave one.
    ///
    /// That is one of two 5×5 convolutions behind pools, or of 9×9 and 7×7; with a transformer of its localization network's,
    /// too. Padded convolutions leave one of any image; the residual network needs 2×2 in the end, for its batch normalisation
    /// in a batch of one image.
    package func smallestImageSide(with transform: TransformChoice) -> Int {
        switch self {
        case .seed, .tutorial: transform == .none ? 16 : 18
        case .paperCNN: transform == .none ? 24 : 28
        case .paperFCN: 1
        case .residual: 5
        }
    }
}
