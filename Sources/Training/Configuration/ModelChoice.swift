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
        classes: Int, transform: (any Transformation)?, options: TransformerOptions,
        arrangement: TransformerArrangement = .single
    ) -> Sequential {
        let make =
            switch self {
            case .seed: ReadyMade.seed
            case .tutorial: ReadyMade.tutorial
            case .paperCNN: ReadyMade.paperCNN
            case .paperFCN: ReadyMade.paperFCN
            case .residual: ReadyMade.residual
            }
        return make(classes, transform, options, arrangement)
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

extension RunConfiguration {
    /// The network of the settings, for what goes in and comes out.
    func network(of interface: ModelInterface) -> Sequential {
        let normalization = interface.normalization
        return model.network(
            classes: interface.classNames.count, transform: transformer.transformation,
            options: transformer.options(
                mean: normalization.mean, deviation: normalization.deviation, seed: training.seed),
            arrangement: transformer.arrangement)
    }
}
