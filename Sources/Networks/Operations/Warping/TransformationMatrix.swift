import Tensors
import Warping

/// The 2×3 matrix of θ, for a family that is one in disguise; grid and sampler then are those of the affine family.
///
/// - Shapes: [P] → [6].
public struct TransformationMatrixOperation: Operation {
    /// What θ stands for.
    public let transformation: any MatrixTransformation
    /// Where the grid will lie: rotations depend on the input's aspect.
    public let frame: SamplingFrame

    /// Matrices of `transformation`.
    public init(_ transformation: any MatrixTransformation, frame: SamplingFrame) {
        (self.transformation, self.frame) = (transformation, frame)
    }

    /// The family and what is made of it.
    public var name: String { "\(transformation.name)_matrix" }

    /// Six numbers.
    ///
    /// - Throws: ``NetworkError/unsuitableInput(operation:input:needs:)`` when θ has another length.
    public func outputShape(of inputs: [Shape]) throws -> Shape {
        try NetworkError.check(theta: inputs[0], count: transformation.parameterCount, operation: name)
        return [AffineTransform.parameterCount]
    }

    /// A few operations, whatever the family.
    public func cost(of inputs: [Shape]) -> Cost { Cost(flops: 12, bytes: 4 * Double(inputs[0].count + 6)) }

    /// See `MatrixTransformation.matrices(theta:frame:)`.
    public func forward<Scalar: BinaryFloatingPoint & Sendable>(
        _ inputs: [Tensor<Scalar>], parameters: [Tensor<Scalar>], context: OperationContext
    ) -> Tensor<Scalar> {
        transformation.matrices(theta: inputs[0], frame: frame)
    }

    /// See `MatrixTransformation.thetaGradient(dMatrices:theta:frame:)`.
    public func backward<Scalar: BinaryFloatingPoint & Sendable>(
        _ dOutput: Tensor<Scalar>, output: Tensor<Scalar>, inputs: [Tensor<Scalar>], parameters: [Tensor<Scalar>],
        context: OperationContext
    ) -> OperationGradients<Scalar> {
        let dTheta = transformation.thetaGradient(dMatrices: dOutput, theta: inputs[0], frame: frame)
        return OperationGradients(inputs: [dTheta])
    }
}

extension NetworkError {
    /// Refuses a θ of another length.
    static func check(theta: Shape, count: Int, operation: String) throws {
        guard theta == [count] else {
            throw NetworkError.unsuitableInput(operation: operation, input: theta, needs: "\(count) numbers")
        }
    }
}
