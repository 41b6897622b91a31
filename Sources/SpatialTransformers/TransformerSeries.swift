import Networks
import Tensors
import Warping

/// Transformers in series, each refining the last: every one sees the image as warped so far, and their matrices are
/// multiplied, so that the result reads the original image once and is blurred once.
///
/// With a shared predictor it is a recurrent transformer: the same localization network looks again and again.
///
/// - Convention: θ of the series is the product of the matrices, first · second · …
/// - Shapes: as the transformer's. Where another size is asked for, it is the last step's; those before see the image's own.
/// - Gradient: through all steps.
/// - Source: Lin & Lucey 2017 (arXiv:1612.03897), section 4, for matrices that are multiplied and predictors that are shared.
public struct TransformerSeries: Layer {
    /// What is repeated.
    public let transformer: SpatialTransformer
    /// How often.
    public let count: Int
    /// Whether all steps have the same localization network.
    public let sharesPredictor: Bool

    /// `count` steps of a transformer.
    ///
    /// - Parameters:
    ///   - count: How many; two is where the paper behind it saw most of the gain.
    ///   - sharesPredictor: Whether all steps have the same localization network; not as a rule, as steps differ in what is
    ///     left for them to do.
    ///   - transformer: One step. Its family must be matrices: translation, rotation, attention, similarity, affine or projective.
    public init(_ count: Int = 2, sharesPredictor: Bool = false, of transformer: SpatialTransformer) {
        self.count = count
        self.sharesPredictor = sharesPredictor
        self.transformer = transformer
    }

    /// Adds all steps, their products and the last sampler.
    ///
    /// - Throws: `NetworkError` when there is no step, the family is not one of matrices, or a layer does not fit.
    public func lower(_ input: Graph.Value, into builder: inout GraphBuilder) throws -> Graph.Value {
        let family = try MatrixFamily(transformer, steps: count)
        let frame = try transformer.options.frame(of: builder.shape(of: input))
        let number = builder.nextLocalizationNumber()
        var (image, product) = (input, Graph.Value?.none)
        for step in 0..<count {
            let name = sharesPredictor ? number : number + (step == 0 ? "" : "_\(step + 1)")
            let frame = step == count - 1 ? frame : frame.ofInput
            let theta = try builder.sharingParameters { [image] builder in
                try transformer.lowerTheta(image, frame: frame, number: name, into: &builder)
            }
            let matrix = try family.lowerMatrix(theta, frame: frame, into: &builder)
            let total = if let product { try family.lowerProduct(product, matrix, into: &builder) } else { matrix }
            let grid = try family.lowerGrid(total, frame: frame, into: &builder)
            image = try builder.add(GridSampleOperation(sampler: transformer.options.sampler), input, grid)
            product = total
        }
        if let product {
            builder.note(
                Graph.Transformer(transformation: family.ofProducts, frame: frame, theta: product, output: image))
        }
        return image
    }
}

extension SamplingFrame {
    /// The same with an output as large as the input.
    fileprivate var ofInput: SamplingFrame { SamplingFrame(height: inputHeight, width: inputWidth, corners: corners) }
}

/// The families that a series can be of, and what their products are.
private enum MatrixFamily {
    /// 2×3 matrices, whose products are affine.
    case affine(SpatialTransformer, any MatrixTransformation)
    /// 3×3 matrices that end in 1.
    case projective

    init(_ transformer: SpatialTransformer, steps: Int) throws(NetworkError) {
        guard steps > 0 else {
            throw .invalidSetting(layer: "TransformerSeries", setting: "count", value: "\(steps)", needs: "positive")
        }
        switch transformer.unbounded {
        case is Projective: self = .projective
        case let family as any MatrixTransformation: self = .affine(transformer, family)
        case let family:
            throw .invalidSetting(
                layer: "TransformerSeries", setting: "transformation", value: family.name,
                needs: "translation, rotation, attention, similarity, affine or projective, whose matrices can be "
                    + "multiplied")
        }
    }

    /// What θ of the series stands for.
    var ofProducts: any Transformation {
        switch self {
        case .affine: AffineTransform()
        case .projective: Projective()
        }
    }

    func lowerMatrix(
        _ theta: Graph.Value, frame: SamplingFrame, into builder: inout GraphBuilder
    ) throws -> Graph.Value {
        switch self {
        case .affine(let transformer, let family):
            try transformer.lowerMatrix(theta, of: family, frame: frame, into: &builder)
        case .projective: theta
        }
    }

    func lowerProduct(
        _ first: Graph.Value, _ second: Graph.Value, into builder: inout GraphBuilder
    ) throws -> Graph.Value {
        switch self {
        case .affine: try builder.add(AffineCompositionOperation(), first, second)
        case .projective: try builder.add(HomographyCompositionOperation(), first, second)
        }
    }

    func lowerGrid(
        _ product: Graph.Value, frame: SamplingFrame, into builder: inout GraphBuilder
    ) throws -> Graph.Value {
        switch self {
        case .affine(let transformer, _): try transformer.lowerGrid(product, frame: frame, into: &builder)
        case .projective: try builder.add(TransformationGridOperation(Projective(), frame: frame), product)
        }
    }
}
