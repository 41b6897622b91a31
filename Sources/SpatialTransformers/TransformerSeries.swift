import Networks
import Tensors
import Warping

/// Transformers in series, each refining the last: every one sees the image as warped so far, and their matrices are
/// multiplied, so that the result reads the original image once and is blurred once.
///
/// With a shared predictor it is a recurrent transformer: the same localization network looks again and again.
///
/// - Convention: θ of the series is the product of the matrices, first · second · …
/// - Shapes: as the transformer's.
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
    ///   - transformer: One step. Its family must be matrices: translation, rotation, attention, similarity or affine.
    public init(_ count: Int = 2, sharesPredictor: Bool = false, of transformer: SpatialTransformer) {
        self.count = count
        self.sharesPredictor = sharesPredictor
        self.transformer = transformer
    }

    /// Adds all steps, their products and the last sampler.
    ///
    /// - Throws: `NetworkError` when there is no step, the family is not one of matrices, steps have another size than the
    ///   image, or a layer does not fit.
    public func lower(_ input: Graph.Value, into builder: inout GraphBuilder) throws -> Graph.Value {
        let (frame, family) = try check(builder.shape(of: input))
        let number = builder.nextLocalizationNumber()
        var (image, product) = (input, Graph.Value?.none)
        for step in 0..<count {
            let name = sharesPredictor ? number : number + (step == 0 ? "" : "_\(step + 1)")
            let theta = try builder.sharingParameters { [image] builder in
                try transformer.lowerTheta(image, frame: frame, number: name, into: &builder)
            }
            let matrix = try transformer.lowerMatrix(theta, of: family, frame: frame, into: &builder)
            let total =
                if let product { try builder.add(AffineCompositionOperation(), product, matrix) } else { matrix }
            let grid = try transformer.lowerGrid(total, frame: frame, into: &builder)
            image = try builder.add(GridSampleOperation(sampler: transformer.options.sampler), input, grid)
            product = total
        }
        if let product {
            builder.note(
                Graph.Transformer(transformation: .affine, frame: frame, theta: product, output: image))
        }
        return image
    }

    private func check(_ input: Shape) throws -> (SamplingFrame, any MatrixTransformation) {
        guard count > 0 else {
            throw NetworkError.invalidSetting(
                layer: "TransformerSeries", setting: "count", value: "\(count)", needs: "positive")
        }
        guard let family = transformer.unbounded as? any MatrixTransformation else {
            throw NetworkError.invalidSetting(
                layer: "TransformerSeries", setting: "transformation", value: transformer.transformation.name,
                needs: "translation, rotation, attention, similarity or affine, whose matrices can be multiplied")
        }
        let frame = try transformer.options.frame(of: input)
        guard (frame.outputHeight, frame.outputWidth) == (frame.inputHeight, frame.inputWidth) else {
            throw NetworkError.invalidSetting(
                layer: "TransformerSeries", setting: "outputSize", value: "\(frame.outputHeight)×\(frame.outputWidth)",
                needs: "the image's, as the next step sees it")
        }
        return (frame, family)
    }
}
