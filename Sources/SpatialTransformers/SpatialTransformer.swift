import Networks
import Tensors
import Warping

/// The families of transformations a spatial transformer can learn.
public enum TransformFamily: String, Sendable, CaseIterable {
    /// Any translation, rotation, scale and shear: six numbers.
    case affine
}

/// A block that learns where to look: a localization network regresses a transformation θ of the image, a grid generator
/// turns θ into sampling positions, and a sampler reads the image there.
///
/// The layers given are the localization network; a linear layer that gives θ is added behind them. It starts at weight 0
/// and the identity as bias, so that an untrained transformer passes the image on bit for bit.
///
/// - Convention: see ``CornerConvention``; θ maps output positions to input positions.
/// - Shapes: [H, W, C] → [H, W, C].
/// - Gradient: through sampler, grid and localization network; no labels beyond the class are needed.
/// - Source: Jaderberg et al. 2015 (arXiv:1506.02025).
public struct SpatialTransformer: Layer {
    /// What θ stands for.
    public let family: TransformFamily
    /// How the image is read between its pixels.
    public let sampling: SamplingMode
    /// What −1 and +1 mean in the grid.
    public let corners: CornerConvention
    /// The layers that look at the image.
    public let localization: [any Layer]

    /// A transformer with the listed layers as its localization network.
    ///
    /// - Parameters:
    ///   - family: What is learned; affine is the paper's and the most general of the simple families.
    ///   - sampling: How the image is read between its pixels; bilinear as in the paper and in PyTorch, the cheapest that
    ///     θ can learn through. With nearest θ has no gradient.
    ///   - alignCorners: PyTorch's flag; false as in PyTorch, because positions then do not depend on the resolution.
    ///   - localization: The layers that look at the image.
    public init(
        _ family: TransformFamily = .affine, sampling: SamplingMode = .bilinear, alignCorners: Bool = false,
        @LayerBuilder localization: () -> [any Layer]
    ) {
        self.family = family
        self.sampling = sampling
        corners = CornerConvention(alignCorners: alignCorners)
        self.localization = localization()
    }

    /// Adds localization network, grid generator and sampler.
    ///
    /// Parameters are named as in PyTorch's tutorial: `localization.0…` up to the first `Flatten`, `fc_loc.0…` behind it.
    ///
    /// - Throws: ``NetworkError`` when the input is no image or a layer does not fit.
    public func lower(_ input: Graph.Value, into builder: inout GraphBuilder) throws -> Graph.Value {
        let shape = builder.shape(of: input)
        guard shape.rank == 3 else {
            throw NetworkError.unsuitableInput(
                operation: "SpatialTransformer", input: shape, needs: "height, width, channels")
        }
        let split = localization.firstIndex { $0 is Flatten } ?? localization.count
        var features = try builder.lowerLocalization(
            Array(localization[..<split]), from: input, prefix: "localization")
        features = try Flatten().lower(features, into: &builder)
        let head = Linear(
            AffineTransform.parameterCount, weight: .values([0]), bias: .values(AffineTransform.identity))
        let theta = try builder.lowerLocalization(
            Array(localization.dropFirst(split + 1)) + [head], from: features, prefix: "fc_loc")
        builder.mark(theta, as: Mark.theta)
        let grid = try builder.add(
            AffineGridOperation(height: shape[0], width: shape[1], corners: corners), theta)
        let transformed = try builder.add(
            GridSampleOperation(sampler: Sampler(mode: sampling, corners: corners)), input, grid)
        builder.mark(transformed, as: Mark.transformed)
        return transformed
    }
}

/// The names under which a network's inner values can be looked at.
public enum Mark {
    /// The transformation of each image.
    public static let theta = "theta"
    /// What the transformer passes on.
    public static let transformed = "transformed"
}
