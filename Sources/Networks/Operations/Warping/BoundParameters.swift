import Foundation
import Tensors

/// θ within reach of the identity: identity + reach · tanh(raw), number by number.
///
/// - Shapes: [P] → [P].
/// - Gradient: dRaw = dθ · reach · (1 − tanh²(raw)).
/// - Numerics: the tangent is computed in `Double`.
public struct BoundParametersOperation: Operation {
    /// The family's θ that changes nothing.
    public let identity: [Float]
    /// How far each number may go from it.
    public let reach: [Float]

    /// Bounds around `identity`.
    public init(identity: [Float], reach: [Float]) { (self.identity, self.reach) = (identity, reach) }

    /// The bounds.
    public var name: String { "bounds" }

    /// The shape of θ.
    ///
    /// - Throws: ``NetworkError/unsuitableInput(operation:input:needs:)`` when θ has another length.
    public func outputShape(of inputs: [Shape]) throws -> Shape {
        try NetworkError.check(theta: inputs[0], count: identity.count, operation: name)
        return inputs[0]
    }

    /// A tangent for each number.
    public func cost(of inputs: [Shape]) -> Cost {
        Cost(flops: 20 * Double(identity.count), bytes: 8 * Double(identity.count))
    }

    /// The bounded θ.
    public func forward<Scalar: BinaryFloatingPoint & Sendable>(
        _ inputs: [Tensor<Scalar>], parameters: [Tensor<Scalar>], context: OperationContext
    ) -> Tensor<Scalar> {
        let values = inputs[0].values.enumerated().map { index, raw in
            let place = index % identity.count
            return Scalar(identity[place]) + Scalar(reach[place]) * Scalar(tanh(Double(raw)))
        }
        return Tensor(inputs[0].shape, values)
    }

    /// See the type.
    public func backward<Scalar: BinaryFloatingPoint & Sendable>(
        _ dOutput: Tensor<Scalar>, output: Tensor<Scalar>, inputs: [Tensor<Scalar>], parameters: [Tensor<Scalar>],
        context: OperationContext
    ) -> OperationGradients<Scalar> {
        let values = inputs[0].values.enumerated().map { index, raw in
            let share = Scalar(tanh(Double(raw)))
            return dOutput.values[index] * Scalar(reach[index % identity.count]) * (1 - share * share)
        }
        return OperationGradients(inputs: [Tensor(inputs[0].shape, values)])
    }
}
