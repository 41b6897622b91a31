/// A number for each axis of an image: of a kernel, a stride, a dilation.
///
/// A literal stands for both axes, `stride: 2`.
public struct PerAxis: Hashable, Sendable, ExpressibleByIntegerLiteral, CustomStringConvertible {
    /// The number along the rows.
    public let height: Int
    /// The number along the columns.
    public let width: Int

    /// Different numbers along the axes.
    public init(height: Int, width: Int) {
        self.height = height
        self.width = width
    }

    /// The same number along both axes.
    public init(_ both: Int) { self.init(height: both, width: both) }

    /// The same number along both axes, written as a literal.
    public init(integerLiteral both: Int) { self.init(both) }

    /// Height and width, `3 × 5`.
    public var description: String { "\(height) × \(width)" }

    /// Whether both numbers lie in `range`.
    func lies(in range: ClosedRange<Int>) -> Bool { range.contains(height) && range.contains(width) }
}
