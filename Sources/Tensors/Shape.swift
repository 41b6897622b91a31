/// The extent of each axis of a tensor, outermost first.
///
/// Inside the library images are channels-last: `[N, H, W, C]`. PyTorch's `[N, C, H, W]` exists only where files are
/// read and written.
public struct Shape: Hashable, Sendable, ExpressibleByArrayLiteral, CustomStringConvertible {
    /// The extents, outermost first; none is negative.
    public let dimensions: [Int]

    /// A shape of the given extents.
    ///
    /// - Precondition: no extent is negative and their product fits in `Int`. Shapes read from files are checked with
    ///   ``init(checking:)`` instead.
    public init(_ dimensions: [Int]) {
        guard let shape = Shape(checking: dimensions) else {
            preconditionFailure("shape \(dimensions) has a negative extent or overflows")
        }
        self = shape
    }

    /// A shape of the given extents, or nil when one is negative or their product overflows.
    public init?(checking dimensions: [Int]) {
        var count = 1
        for extent in dimensions {
            let (product, overflow) = count.multipliedReportingOverflow(by: max(extent, 1))
            if extent < 0 || overflow { return nil }
            count = product
        }
        self.dimensions = dimensions
    }

    /// A shape written as a literal, `[64, 32, 32, 3]`.
    public init(arrayLiteral dimensions: Int...) {
        self.init(dimensions)
    }

    /// The number of axes.
    public var rank: Int { dimensions.count }

    /// The number of elements: the product of the extents, 1 for rank 0.
    public var count: Int { dimensions.reduce(1, *) }

    /// The extent of one axis.
    public subscript(axis: Int) -> Int { dimensions[axis] }

    /// The shape with an axis of `extent` put before the others.
    public func prefixed(by extent: Int) -> Shape { Shape([extent] + dimensions) }

    /// The shape as a list, `[64, 32, 32, 3]`.
    public var description: String { dimensions.description }
}
