/// A dense row-major array with value semantics: what users hand in and get back, and what the reference computes on.
///
/// The fast path does not use this type for its intermediates; it runs on memory laid out once by a plan.
public struct Tensor<Scalar: BinaryFloatingPoint & Sendable>: Sendable, Equatable {
    /// The extent of each axis.
    public let shape: Shape
    /// The elements in row-major order; always `shape.count` of them.
    public var values: [Scalar]

    /// A tensor holding `values` in row-major order.
    ///
    /// - Precondition: `values.count == shape.count`.
    public init(_ shape: Shape, _ values: [Scalar]) {
        precondition(values.count == shape.count, "\(values.count) values for a tensor of shape \(shape)")
        self.shape = shape
        self.values = values
    }

    /// A tensor in which each element is `value`.
    public init(_ shape: Shape, repeating value: Scalar) {
        self.init(shape, [Scalar](repeating: value, count: shape.count))
    }

    /// A tensor of zeros.
    public static func zeros(_ shape: Shape) -> Tensor { Tensor(shape, repeating: 0) }

    /// The same elements under another shape of the same count.
    public func reshaped(_ newShape: Shape) -> Tensor { Tensor(newShape, values) }

    /// The tensor with each element converted to another floating-point type, rounded to nearest.
    public func converted<Other>(to type: Other.Type = Other.self) -> Tensor<Other> {
        Tensor<Other>(shape, values.map { Other($0) })
    }
}
