import Tensors
import Warping

/// The sampling grid of θ on volumes, for any family of their transformations.
///
/// - Shapes: [P] → [depth, height, width, 3].
public struct VolumeGridOperation: Operation {
    /// What θ stands for.
    public let transformation: any VolumeTransformation
    /// Where the grid lies.
    public let frame: VolumeFrame

    /// Grids of `transformation`.
    public init(_ transformation: any VolumeTransformation, frame: VolumeFrame) {
        (self.transformation, self.frame) = (transformation, frame)
    }

    /// The family and what is made of it.
    public var name: String { "\(transformation.name)_volume_grid" }

    /// One position (x, y, z) a voxel of the output.
    ///
    /// - Throws: ``NetworkError/unsuitableInput(operation:input:needs:)`` when θ has another length.
    public func outputShape(of inputs: [Shape]) throws -> Shape {
        try NetworkError.check(theta: inputs[0], count: transformation.parameterCount, operation: name)
        return [frame.depth, frame.height, frame.width, 3]
    }

    /// A multiply-add for each parameter and position, as where the grid depends on θ linearly.
    public func cost(of inputs: [Shape]) -> Cost {
        let positions = Double(frame.count)
        return Cost(flops: 2 * positions * Double(transformation.parameterCount), bytes: 12 * positions)
    }

    /// See `VolumeTransformation.grid(theta:frame:)`.
    public func forward<Scalar: BinaryFloatingPoint & Sendable>(
        _ inputs: [Tensor<Scalar>], parameters: [Tensor<Scalar>], context: OperationContext
    ) -> Tensor<Scalar> {
        transformation.grid(theta: inputs[0], frame: frame)
    }

    /// See `VolumeTransformation.thetaGradient(dGrid:theta:frame:)`.
    public func backward<Scalar: BinaryFloatingPoint & Sendable>(
        _ dOutput: Tensor<Scalar>, output: Tensor<Scalar>, inputs: [Tensor<Scalar>], parameters: [Tensor<Scalar>],
        context: OperationContext
    ) -> OperationGradients<Scalar> {
        OperationGradients(inputs: [transformation.thetaGradient(dGrid: dOutput, theta: inputs[0], frame: frame)])
    }
}
