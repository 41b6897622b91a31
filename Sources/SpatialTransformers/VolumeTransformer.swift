import Networks
import Tensors
import Warping

/// A ``SpatialTransformer`` for volumes, such as scans: it learns where to look in space.
///
/// ```swift
/// VolumeTransformer(.affine3D) {
///     Flatten(); Linear(64); ReLU()
/// }
/// ```
///
/// The layers given are the localization network; a linear layer that gives θ is added behind them. It starts at weight 0, so
/// that an untrained transformer passes the volume on bit for bit. A volume has no operation with a kernel yet: grid and sampler
/// run by their reference, on one thread.
///
/// - Convention: see `CornerConvention`; θ maps output positions to input positions, and z grows with the slice.
/// - Shapes: [D, H, W, C] → [D, H, W, C], or the size asked for.
/// - Gradient: through sampler, grid and localization network; no labels beyond the class are needed.
/// - Source: Jaderberg et al. 2015 (arXiv:1506.02025), A.3.
public struct VolumeTransformer: Layer {
    /// What is learned.
    public let transformation: any VolumeTransformation
    /// How the volume is read.
    public let sampler: Sampler
    /// Slices, rows and columns of the result; nil keeps the input's.
    public let outputSize: (depth: Int, height: Int, width: Int)?
    /// The layers that look at the volume.
    public let localization: [any Layer]

    /// A transformer with the listed layers as its localization network.
    ///
    /// - Parameters:
    ///   - transformation: What is learned; affine, as in the paper.
    ///   - sampler: How the volume is read; trilinear with zeros around, as in the paper and in PyTorch.
    ///   - outputSize: Slices, rows and columns of the result; nil keeps the input's.
    ///   - localization: The layers that look at the volume.
    public init(
        _ transformation: some VolumeTransformation = Affine3D(), sampler: Sampler = Sampler(corners: .edges),
        outputSize: (depth: Int, height: Int, width: Int)? = nil, @LayerBuilder localization: () -> [any Layer]
    ) {
        (self.transformation, self.sampler, self.outputSize) = (transformation, sampler, outputSize)
        self.localization = localization()
    }

    /// Adds localization network, grid generator and sampler; θ and the result are marked as a ``SpatialTransformer``'s are.
    ///
    /// - Throws: `NetworkError` when the input is no volume, a layer does not fit or the size is not positive.
    public func lower(_ input: Graph.Value, into builder: inout GraphBuilder) throws -> Graph.Value {
        let frame = try frame(of: builder.shape(of: input))
        let theta = try builder.lowerTheta(
            localization, from: input, number: builder.nextLocalizationNumber(), start: transformation.identity)
        let grid = try builder.add(VolumeGridOperation(transformation, frame: frame), theta)
        let output = try builder.add(GridSampleOperation(sampler: sampler), input, grid)
        builder.mark(theta: theta, output: output)
        return output
    }

    private func frame(of input: Shape) throws -> VolumeFrame {
        guard input.rank == 4 else {
            throw NetworkError.unsuitableInput(
                operation: "VolumeTransformer", input: input, needs: "depth, height, width, channels")
        }
        let size = outputSize ?? (input[0], input[1], input[2])
        guard size.depth > 0, size.height > 0, size.width > 0 else {
            throw NetworkError.invalidSetting(
                layer: "VolumeTransformer", setting: "outputSize",
                value: "\(size.depth)×\(size.height)×\(size.width)", needs: "positive")
        }
        return VolumeFrame(depth: size.depth, height: size.height, width: size.width, corners: sampler.corners)
    }
}
