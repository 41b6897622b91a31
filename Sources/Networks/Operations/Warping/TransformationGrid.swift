import Tensors
import Warping

/// The sampling grid of θ, for any family of transformations.
///
/// - Shapes: [P] → [outputHeight, outputWidth, 2].
public struct TransformationGridOperation: Operation {
    /// What θ stands for.
    public let transformation: any Transformation
    /// Where the grid lies and what it reads.
    public let frame: SamplingFrame

    /// Grids of `transformation`.
    public init(_ transformation: any Transformation, frame: SamplingFrame) {
        (self.transformation, self.frame) = (transformation, frame)
    }

    /// The family and what is made of it.
    public var name: String { "\(transformation.name)_grid" }

    /// One position (x, y) a pixel of the output.
    ///
    /// - Throws: ``NetworkError/unsuitableInput(operation:input:needs:)`` when θ has another length.
    public func outputShape(of inputs: [Shape]) throws -> Shape {
        try NetworkError.check(theta: inputs[0], count: transformation.parameterCount, operation: name)
        return [frame.outputHeight, frame.outputWidth, 2]
    }

    /// A multiply-add for each parameter and position, as where the grid depends on θ linearly.
    public func cost(of inputs: [Shape]) -> Cost {
        let positions = Double(frame.count)
        return Cost(flops: 2 * positions * Double(transformation.parameterCount), bytes: 8 * positions)
    }

    /// See `Transformation.grid(theta:frame:)`.
    public func forward<Scalar: BinaryFloatingPoint & Sendable>(
        _ inputs: [Tensor<Scalar>], parameters: [Tensor<Scalar>], context: OperationContext
    ) -> Tensor<Scalar> {
        transformation.grid(theta: inputs[0], frame: frame)
    }

    /// See `Transformation.thetaGradient(dGrid:theta:frame:)`.
    public func backward<Scalar: BinaryFloatingPoint & Sendable>(
        _ dOutput: Tensor<Scalar>, output: Tensor<Scalar>, inputs: [Tensor<Scalar>], parameters: [Tensor<Scalar>],
        context: OperationContext
    ) -> OperationGradients<Scalar> {
        OperationGradients(inputs: [transformation.thetaGradient(dGrid: dOutput, theta: inputs[0], frame: frame)])
    }
}
