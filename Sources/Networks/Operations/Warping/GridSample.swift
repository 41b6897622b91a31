import Tensors
import Warping

/// Reads an image, or a volume, at the positions of a grid.
///
/// - Shapes: image [H, W, C] and grid [Hout, Wout, 2] → [Hout, Wout, C]; volume [D, H, W, C] and grid
///   [Dout, Hout, Wout, 3] → [Dout, Hout, Wout, C]. Several grids for each image are one grid of as many times the height.
public struct GridSampleOperation: Operation {
    /// How positions become pixels.
    public let sampler: Sampler

    /// Sampling with `sampler`.
    public init(sampler: Sampler) { self.sampler = sampler }

    /// Sampler.
    public var name: String { "grid_sample" }

    /// One pixel a position.
    ///
    /// - Throws: ``NetworkError/unsuitableInput(operation:input:needs:)`` when the operands are not image and grid, or the
    ///   padding's constant has another number of channels.
    public func outputShape(of inputs: [Shape]) throws -> Shape {
        let (image, grid) = (inputs[0], inputs[1])
        guard image.rank == 3 || image.rank == 4, image.count > 0 else {
            throw NetworkError.unsuitableInput(operation: name, input: image, needs: "height, width and channels")
        }
        let axes = image.rank - 1
        // Positions in float32 tell no more pixels apart.
        guard image.dimensions.prefix(axes).allSatisfy({ $0 < 1 << 24 }) else {
            throw NetworkError.unsuitableInput(operation: name, input: image, needs: "extents below 16777216")
        }
        guard grid.rank == axes + 1, grid[axes] == axes else {
            throw NetworkError.unsuitableInput(
                operation: name, input: grid,
                needs: axes == 2 ? "a grid [height, width, 2]" : "a grid [depth, height, width, 3]")
        }
        guard sampler.padding.fits(channels: image[axes]) else {
            throw NetworkError.unsuitableInput(
                operation: name, input: image, needs: "as many channels as the padding has constants")
        }
        return Shape(Array(grid.dimensions.dropLast()) + [image[axes]])
    }

    /// A product and a sum for each tap and channel, and all taps read, for each position.
    public func cost(of inputs: [Shape]) -> Cost {
        let axes = inputs[0].rank - 1, channels = Double(inputs[0][axes])
        let positions = Double(inputs[1].count / axes)
        let taps = (0..<axes).reduce(1.0) { taps, _ in taps * Double(sampler.mode.tapsPerAxis) }
        return Cost(
            flops: positions * (10 + (2 * taps - 1) * channels), bytes: positions * channels * 4 * (taps + 1))
    }

    /// See `Sampler`.
    public func forward<Scalar: BinaryFloatingPoint & Sendable>(
        _ inputs: [Tensor<Scalar>], parameters: [Tensor<Scalar>], context: OperationContext
    ) -> Tensor<Scalar> {
        sampler.sample(inputs[0], at: inputs[1])
    }

    /// See `Sampler`.
    public func backward<Scalar: BinaryFloatingPoint & Sendable>(
        _ dOutput: Tensor<Scalar>, output: Tensor<Scalar>, inputs: [Tensor<Scalar>], parameters: [Tensor<Scalar>],
        context: OperationContext
    ) -> OperationGradients<Scalar> {
        let gradients = sampler.gradients(dOutput: dOutput, image: inputs[0], grid: inputs[1])
        return OperationGradients(inputs: [gradients.dImage, gradients.dGrid])
    }
}
