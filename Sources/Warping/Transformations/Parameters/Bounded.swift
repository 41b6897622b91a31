import Foundation
import Tensors

/// A family whose θ stays within reach of the identity: θ = identity + reach·tanh(raw), number by number.
///
/// What a network gives is `raw`; 0 is the identity, bit for bit, and no output of a network leaves the bounds, so training
/// cannot throw the window out of the image.
///
/// - Gradient: dRaw = dθ·reach·(1 − tanh²(raw)); it fades at the bounds.
public struct Bounded<Base: Transformation>: Transformation {
    /// The family that is bounded.
    public let base: Base
    /// How far each number of θ may go from the identity.
    public let reach: [Float]

    /// `base` within `reach` of its identity.
    ///
    /// - Precondition: a reach for each parameter, each positive and finite.
    public init(_ base: Base, reach: [Float]) {
        precondition(
            reach.count == base.parameterCount, "\(reach.count) bounds for \(base.parameterCount) parameters")
        precondition(reach.allSatisfy { $0 > 0 && $0.isFinite }, "bounds must be positive, not \(reach)")
        (self.base, self.reach) = (base, reach)
    }

    /// The base's name; bounds are an option, as the number of control points is.
    public var name: String { base.name }

    /// The base's.
    public var parameterCount: Int { base.parameterCount }

    /// Zeros.
    public var identity: [Float] { [Float](repeating: 0, count: parameterCount) }

    /// The base's grid of the bounded θ.
    public func grid<Scalar: BinaryFloatingPoint & Sendable>(
        theta: Tensor<Scalar>, frame: SamplingFrame
    ) -> Tensor<Scalar> {
        base.grid(theta: bounded(theta), frame: frame)
    }

    /// The base's gradient, times the slope of the bounds.
    public func thetaGradient<Scalar: BinaryFloatingPoint & Sendable>(
        dGrid: Tensor<Scalar>, theta: Tensor<Scalar>, frame: SamplingFrame
    ) -> Tensor<Scalar> {
        let dBase = base.thetaGradient(dGrid: dGrid, theta: bounded(theta), frame: frame)
        let rows = (0..<theta.shape[0]).flatMap { chained(dBase.row($0), raw: theta.row($0)) }
        return Tensor(theta.shape, rows)
    }

    /// The base's meaning of the bounded θ.
    public func meaning(of theta: [Float]) -> String { base.meaning(of: parameters(of: theta)) }

    /// The base's θ of a raw one.
    public func parameters<Scalar: BinaryFloatingPoint>(of raw: [Scalar]) -> [Scalar] {
        let identity = base.identity
        return raw.indices.map { Scalar(identity[$0]) + Scalar(reach[$0]) * Scalar(tanh(Double(raw[$0]))) }
    }

    /// The raw θ of a base's, or nil when that is not within the bounds.
    public func raw<Scalar: BinaryFloatingPoint>(of parameters: [Scalar]) -> [Scalar]? {
        let identity = base.identity
        let raw = parameters.indices.map {
            Scalar(atanh(Double((parameters[$0] - Scalar(identity[$0])) / Scalar(reach[$0]))))
        }
        return raw.allSatisfy(\.isFinite) ? raw : nil
    }

    private func bounded<Scalar>(_ theta: Tensor<Scalar>) -> Tensor<Scalar> {
        precondition(
            theta.shape.rank == 2 && theta.shape[1] == parameterCount,
            "θ is \(theta.shape), expected [N, \(parameterCount)]")
        return Tensor(theta.shape, (0..<theta.shape[0]).flatMap { parameters(of: theta.row($0)) })
    }

    private func chained<Scalar: BinaryFloatingPoint>(_ gradient: [Scalar], raw: [Scalar]) -> [Scalar] {
        gradient.indices.map {
            let share = Scalar(tanh(Double(raw[$0])))
            return gradient[$0] * Scalar(reach[$0]) * (1 - share * share)
        }
    }
}

extension Bounded: InvertibleTransformation where Base: InvertibleTransformation {
    /// The base's inverse; nil also when that is out of bounds.
    public func inverse<Scalar: BinaryFloatingPoint & Sendable>(
        of theta: [Scalar], frame: SamplingFrame
    ) -> [Scalar]? {
        base.inverse(of: parameters(of: theta), frame: frame).flatMap(raw)
    }
}

extension Bounded: ComposableTransformation where Base: ComposableTransformation {
    /// The base's composition; nil also when that is out of bounds.
    public func composition<Scalar: BinaryFloatingPoint & Sendable>(
        of first: [Scalar], then second: [Scalar], frame: SamplingFrame
    ) -> [Scalar]? {
        base.composition(of: parameters(of: first), then: parameters(of: second), frame: frame).flatMap(raw)
    }
}

extension Bounded: MatrixTransformation where Base: MatrixTransformation {
    /// The base's matrix of the bounded θ.
    public func matrix<Scalar: BinaryFloatingPoint & Sendable>(of theta: [Scalar], frame: SamplingFrame) -> [Scalar] {
        base.matrix(of: parameters(of: theta), frame: frame)
    }

    /// The base's gradient, times the slope of the bounds.
    public func thetaGradient<Scalar: BinaryFloatingPoint & Sendable>(
        dMatrix: [Scalar], theta: [Scalar], frame: SamplingFrame
    ) -> [Scalar] {
        chained(base.thetaGradient(dMatrix: dMatrix, theta: parameters(of: theta), frame: frame), raw: theta)
    }

    /// The base's θ as a raw one; nil also when that is out of bounds.
    public func theta<Scalar: BinaryFloatingPoint & Sendable>(of matrix: [Scalar], frame: SamplingFrame) -> [Scalar]? {
        base.theta(of: matrix, frame: frame).flatMap(raw)
    }
}

extension Bounded: WindowTransformation where Base: WindowTransformation {
    /// The base's θ as a raw one; nil also when that is out of bounds.
    public func theta(reading window: SamplingWindow) -> [Float]? { base.theta(reading: window).flatMap(raw) }
}

extension Transformation {
    /// This family with every number of θ within `reach` of the identity.
    public func bounded(by reach: Float) -> Bounded<Self> {
        Bounded(self, reach: [Float](repeating: reach, count: parameterCount))
    }

    /// This family with each number of θ within a reach of its own.
    public func bounded(by reach: [Float]) -> Bounded<Self> { Bounded(self, reach: reach) }
}

/// A family within bounds, whatever the family.
package protocol BoundedTransformation: Transformation {
    /// The family without bounds.
    var unbounded: any Transformation { get }
    /// How far each number of θ may go from the identity.
    var reach: [Float] { get }
}

extension Bounded: BoundedTransformation {
    package var unbounded: any Transformation { base }
}
