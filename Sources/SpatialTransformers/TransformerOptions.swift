import Networks
import Tensors
import Warping

/// How a spatial transformer reads, how it starts, and what keeps it from running away.
///
/// Every default is what the paper and PyTorch's tutorial do.
public struct TransformerOptions: Sendable {
    /// How the image is read between its pixels; bilinear as in the paper, the cheapest that θ can learn through.
    public var sampling = SamplingMode.bilinear
    /// What is read beyond the image; zeros as in PyTorch.
    ///
    /// On normalised images zeros are a grey frame that a transformer
    /// may learn to bring into view; `SamplingPadding.background(mean:deviation:)` and `.border` have none.
    public var padding = SamplingPadding.zeros
    /// Whether −1 and +1 are the centres of the border pixels; false as in PyTorch, because positions then do not depend on
    /// the resolution.
    public var alignCorners = false
    /// Whether output pixels that cover several of the input average over them; see `Sampler.antialias`.
    public var antialias = false
    /// Height and width of the result; nil keeps the input's.
    public var outputSize: (height: Int, width: Int)?
    /// θ before training; the identity as in the paper.
    ///
    /// Parallel transformers need starts that differ.
    public var start = InitialParameters.identity
    /// What the gradient is multiplied by on its way into the localization network; 1 as in the paper.
    ///
    /// A tenth is what people take who see their transformer run away in the first epochs.
    public var gradientScale: Float = 1
    /// What the loss adds for grids that depart, zoom or fold, and how much of it; nothing as in the paper.
    public var penalties: [(penalty: GridPenalty, weight: Float)] = []

    /// The paper's options.
    public init() {}

    /// The paper's options with another sampler.
    public init(sampling: SamplingMode, alignCorners: Bool = false) {
        self.sampling = sampling
        self.alignCorners = alignCorners
    }

    /// The sampler.
    public var sampler: Sampler {
        Sampler(
            mode: sampling, padding: padding, corners: CornerConvention(alignCorners: alignCorners),
            antialias: antialias)
    }

    /// Where the result of an image of shape `input` lies.
    ///
    /// - Throws: ``NetworkError`` when the input is no image or a size is not positive.
    func frame(of input: Shape) throws -> SamplingFrame {
        guard input.rank == 3 else {
            throw NetworkError.unsuitableInput(
                operation: "SpatialTransformer", input: input, needs: "height, width, channels")
        }
        let size = outputSize ?? (input[0], input[1])
        guard size.height > 0, size.width > 0 else {
            throw NetworkError.invalidSetting(
                layer: "SpatialTransformer", setting: "outputSize", value: "\(size.height)×\(size.width)",
                needs: "positive")
        }
        guard gradientScale.isFinite else {
            throw NetworkError.invalidSetting(
                layer: "SpatialTransformer", setting: "gradientScale", value: "\(gradientScale)", needs: "finite")
        }
        return SamplingFrame(
            outputHeight: size.height, outputWidth: size.width, inputHeight: input[0], inputWidth: input[1],
            corners: CornerConvention(alignCorners: alignCorners))
    }
}
