import Foundation
import Tensors

/// Smooth and leaky rectifiers, and the functions they are made of, with PyTorch's definitions.
public enum ActivationFunction: Sendable, Equatable {
    /// x where it is positive, else `slope` · x (Maas et al. 2013).
    case leakyReLU(slope: Float)
    /// x · Φ(x), Φ the normal distribution (Hendrycks and Gimpel, arXiv:1606.08415).
    case gelu
    /// The same paper's approximation, x/2 · (1 + tanh(√(2/π) · (x + 0.044715 · x³))).
    case geluTanh
    /// x · sigmoid(x), also called swish (Ramachandran et al., arXiv:1710.05941).
    case silu
    /// The hyperbolic tangent.
    case tanh
    /// 1 / (1 + e⁻ˣ).
    case sigmoid

    /// The function's name in messages and profiles.
    public var name: String {
        switch self {
        case .leakyReLU: "leaky_relu"
        case .gelu: "gelu"
        case .geluTanh: "gelu_tanh"
        case .silu: "silu"
        case .tanh: "tanh"
        case .sigmoid: "sigmoid"
        }
    }

    /// The function at `x`.
    public func value(at x: Double) -> Double {
        switch self {
        case .leakyReLU(let slope): x > 0 ? x : Double(slope) * x
        case .gelu: x * Self.normalDistribution(x)
        case .geluTanh: x * Self.logistic(2 * Self.tanhArgument(x))
        case .silu: x * Self.logistic(x)
        case .tanh: Foundation.tanh(x)
        case .sigmoid: Self.logistic(x)
        }
    }

    /// The slope at `x`; at the kink of the leaky rectifier the one to its left, as in PyTorch.
    public func derivative(at x: Double) -> Double {
        switch self {
        case .leakyReLU(let slope): return x > 0 ? 1 : Double(slope)
        case .gelu: return Self.normalDistribution(x) + x * exp(-x * x / 2) / (2 * Double.pi).squareRoot()
        case .geluTanh:
            let share = Self.logistic(2 * Self.tanhArgument(x))
            return share + x * share * (1 - share) * 2 * Self.tanhScale * (1 + 3 * 0.044715 * x * x)
        case .silu:
            let share = Self.logistic(x)
            return share * (1 + x * (1 - share))
        case .tanh:
            let value = Foundation.tanh(x)
            return 1 - value * value
        case .sigmoid:
            let share = Self.logistic(x)
            return share * (1 - share)
        }
    }

    private static func normalDistribution(_ x: Double) -> Double { 0.5 * erfc(-x / 2.0.squareRoot()) }

    private static func logistic(_ x: Double) -> Double { 1 / (1 + exp(-x)) }

    private static let tanhScale = (2 / Double.pi).squareRoot()

    private static func tanhArgument(_ x: Double) -> Double { tanhScale * (x + 0.044715 * x * x * x) }
}

/// An activation function, element by element.
///
/// - Gradient: dOutput · the function's slope at the input.
/// - Numerics: the reference computes each element in Double.
public struct ActivationOperation: Operation {
    /// What is computed.
    public let function: ActivationFunction

    /// The given function of every element.
    public init(_ function: ActivationFunction) { self.function = function }

    /// The function's name.
    public var name: String { function.name }

    /// As the input.
    public func outputShape(of inputs: [Shape]) -> Shape { inputs[0] }

    /// About twenty flops an element, most of them for an exponential.
    public func cost(of inputs: [Shape]) -> Cost {
        let flops: Double = if case .leakyReLU = function { 2 } else { 20 }
        return Cost(flops: flops * Double(inputs[0].count), bytes: 8 * Double(inputs[0].count))
    }

    /// The function of each element.
    public func forward<Scalar: BinaryFloatingPoint & Sendable>(
        _ inputs: [Tensor<Scalar>], parameters: [Tensor<Scalar>], context: OperationContext
    ) -> Tensor<Scalar> {
        Tensor(inputs[0].shape, inputs[0].values.map { Scalar(function.value(at: Double($0))) })
    }

    /// dOutput · slope.
    public func backward<Scalar: BinaryFloatingPoint & Sendable>(
        _ dOutput: Tensor<Scalar>, output: Tensor<Scalar>, inputs: [Tensor<Scalar>], parameters: [Tensor<Scalar>],
        context: OperationContext
    ) -> OperationGradients<Scalar> {
        let gradients = zip(dOutput.values, inputs[0].values).map { $0 * Scalar(function.derivative(at: Double($1))) }
        return OperationGradients(inputs: [Tensor(dOutput.shape, gradients)])
    }
}
