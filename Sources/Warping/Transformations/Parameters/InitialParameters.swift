import Foundation
import Tensors

/// What θ is before training.
public enum InitialParameters: Hashable, Sendable {
    /// The identity, as in the paper.
    case identity
    /// The identity with a uniform number in ±`by` added to each parameter; parallel transformers then take different ways.
    ///
    /// Within bounds, and then at most nine tenths of the way to them: at the bounds there is no gradient.
    case perturbed(by: Float, seed: UInt64)
    /// Part `part` of `count` windows that cover the image: where parallel transformers start in the paper's bird
    /// experiments. For families that are windows.
    case tiled(part: Int, of: Int)
}

extension Transformation {
    /// θ before training.
    ///
    /// - Throws: ``TransformationError/hasNoWindow(name:)`` when tiles are wanted of a family that cannot look at one, or
    ///   whose bounds do not reach it.
    public func initialParameters(_ start: InitialParameters = .identity) throws -> [Float] {
        switch start {
        case .identity: return identity
        case .perturbed(let by, let seed):
            // No network has so many parameters that one of them has this stream.
            var generator = RandomStream(seed: seed, purpose: .initialization, index: .max).generator
            let noise = identity.map { _ in by * generator.uniform(-1, 1) }
            guard let bounds = self as? any BoundedTransformation else { return zip(identity, noise).map { $0 + $1 } }
            return zip(noise, bounds.reach).map { atanh(min(max($0 / $1, -0.9), 0.9)) }
        case .tiled(let part, let count):
            let window = SamplingWindow.tile(part, of: count)
            guard let theta = (self as? any WindowTransformation)?.theta(reading: window) else {
                throw TransformationError.hasNoWindow(name: name)
            }
            return theta
        }
    }
}

/// A transformation that cannot be had.
public enum TransformationError: UserFacingError, Hashable {
    /// A family that cannot look at an upright rectangle.
    case hasNoWindow(name: String)

    /// What is wanted of it is the user's choice.
    public var category: ErrorCategory { .usage }

    /// One line: what, and what to do.
    public var description: String {
        switch self {
        case .hasNoWindow(let name):
            "the transformation \(name) cannot start at a part of the image: "
                + "take attention, similarity, affine or projective, with bounds that reach it"
        }
    }
}
