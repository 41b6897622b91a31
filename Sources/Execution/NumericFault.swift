/// A number that training cannot go on from: what was found first in the order in which data flow.
public struct NumericFault: Sendable, Equatable, CustomStringConvertible {
    /// Where a number stands.
    ///
    /// Images are counted from 0 within the batch; layers and parameters have the names that files of weights give them,
    /// operations without parameters their own.
    public enum Place: Sendable, Equatable {
        case image(Int)
        case weight(String)
        case output(layer: String, image: Int)
        case theta(image: Int)
        /// The batch's mean or variance, which running statistics would follow.
        case statistics(layer: String)
        case loss(image: Int)
        case gradient(String)
    }

    /// What θ was in the step.
    public struct ThetaRange: Sendable, Equatable {
        /// The smallest finite number; 0 where none is finite.
        public var lowest: Float
        /// The largest finite number; 0 where none is finite.
        public var highest: Float
        /// Numbers that are not finite.
        public var notFinite: Int
    }

    /// Where it stands.
    public var place: Place
    /// The number: NaN, infinite, or beyond the limit of its place.
    public var value: Float
    /// θ of all transformers in the step; nil for a network without one.
    public var theta: ThetaRange?

    /// What weights and gradients must stay below, 10¹⁵.
    ///
    /// Squares and products with any learning rate, decay and momentum that can be chosen are finite then, so an update can make
    /// nothing infinite. A network that works is twelve powers of ten away.
    public static let limit: Float = 0x1p50

    /// What a batch's mean and variance must stay below: squares of what a weight of ``limit`` makes of a pixel fit.
    public static let statisticsLimit: Float = 0x1p120

    /// What a mean loss must stay below: from 2²⁴ on float32 no longer tells two losses apart that differ by 1, so nothing can be
    /// learned from them: weights have run away, though every number is finite still.
    public static let lossLimit = 0x1p24

    /// Equality that counts two NaN as equal.
    public static func == (one: NumericFault, other: NumericFault) -> Bool { one.description == other.description }

    /// The number, its place and the range of θ.
    public var description: String {
        "\(Self.text(value)) in \(place)" + (theta.map { " (\($0))" } ?? "")
    }

    private static func text(_ value: Float) -> String { value.isNaN ? "NaN" : "\(value)" }
}

extension NumericFault.Place: CustomStringConvertible {
    /// The place in words.
    public var description: String {
        switch self {
        case .image(let image): "image \(image) of the batch"
        case .weight(let name): "weight \(name)"
        case .output(let layer, let image): "the output of \(layer) for image \(image)"
        case .theta(let image): "θ of image \(image)"
        case .statistics(let layer): "the statistics of \(layer)"
        case .loss(let image): "the loss of image \(image)"
        case .gradient(let name): "the gradient of \(name)"
        }
    }
}

extension NumericFault.ThetaRange: CustomStringConvertible {
    /// The range in words.
    public var description: String {
        "θ from \(lowest) to \(highest)" + (notFinite > 0 ? ", \(notFinite) of its numbers not finite" : "")
    }
}
