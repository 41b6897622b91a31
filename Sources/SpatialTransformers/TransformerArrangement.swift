import Networks
import Warping

/// How many transformers stand before a classifier, and how they work together.
public enum TransformerArrangement: Hashable, Sendable {
    /// One, as in the tutorial.
    case single
    /// So many one after another, each refining the last; see ``TransformerSeries``. With a shared predictor the same
    /// localization network looks again and again.
    case series(Int, sharesPredictor: Bool)
    /// So many side by side, each beginning at a part of the image of its own, their results as further channels.
    ///
    /// - Source: Jaderberg et al. 2015 (arXiv:1506.02025), section 4.3, the parts of birds.
    case parallel(Int)

    /// The transformers as one layer; each has a localization network of the layers given, unless it is shared.
    public func layer(
        _ transformation: any Transformation, options: TransformerOptions,
        @LayerBuilder localization: () -> [any Layer]
    ) -> any Layer {
        switch self {
        case .single:
            return SpatialTransformer(transformation, options: options, localization: localization)
        case .series(let count, let sharesPredictor):
            return TransformerSeries(
                count, sharesPredictor: sharesPredictor,
                of: SpatialTransformer(transformation, options: options, localization: localization))
        case .parallel(let count):
            return Branches {
                for part in 0..<count {
                    SpatialTransformer(
                        transformation, options: options.starting(at: .tiled(part: part, of: count)),
                        localization: localization)
                }
            }
        }
    }
}

extension TransformerOptions {
    /// The same with another start.
    fileprivate func starting(at start: InitialParameters) -> TransformerOptions {
        var options = self
        options.start = start
        return options
    }
}
