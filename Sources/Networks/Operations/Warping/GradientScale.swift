import Tensors

/// Passes values on as they are, and their gradient multiplied by a factor.
///
/// So a localization network learns more slowly than the rest, whatever the optimizer's rates.
///
/// - Gradient: `factor` times that of the identity; not the gradient of the function, on purpose.
public struct GradientScaleOperation: Operation {
    /// What gradients are multiplied by.
    public let factor: Float

    /// A factor for gradients.
    public init(factor: Float) { self.factor = factor }

    /// The factor.
    public var name: String { "gradient_scale" }

    /// The input's shape.
    public func outputShape(of inputs: [Shape]) throws -> Shape { inputs[0] }

    /// A multiplication on the way back.
    public func cost(of inputs: [Shape]) -> Cost { Cost(flops: 0, bytes: 8 * Double(inputs[0].count)) }

    /// The input.
    public func forward<Scalar: BinaryFloatingPoint & Sendable>(
        _ inputs: [Tensor<Scalar>], parameters: [Tensor<Scalar>], context: OperationContext
    ) -> Tensor<Scalar> {
        inputs[0]
    }

    /// The gradient times the factor.
    public func backward<Scalar: BinaryFloatingPoint & Sendable>(
        _ dOutput: Tensor<Scalar>, output: Tensor<Scalar>, inputs: [Tensor<Scalar>], parameters: [Tensor<Scalar>],
        context: OperationContext
    ) -> OperationGradients<Scalar> {
        OperationGradients(inputs: [Tensor(dOutput.shape, dOutput.values.map { $0 * Scalar(factor) })])
    }
}
