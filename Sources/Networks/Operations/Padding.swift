/// The zeros that a convolution sees around an image.
///
/// A literal stands for that many rows and columns on every side, `padding: 1`.
public enum Padding: Hashable, Sendable, ExpressibleByIntegerLiteral, CustomStringConvertible {
    /// None: the kernel stays within the image.
    case valid
    /// As many as make the output as large as the input; with an even number the odd one is below and to the right, as in
    /// PyTorch. The stride must be 1.
    case same
    /// Rows above and below, columns left and right.
    case zeros(height: Int, width: Int)

    /// As many on every side.
    public static func zeros(_ everywhere: Int) -> Padding { .zeros(height: everywhere, width: everywhere) }

    /// As many on every side, written as a literal.
    public init(integerLiteral everywhere: Int) { self = .zeros(everywhere) }

    /// `valid`, `same`, or the numbers.
    public var description: String {
        switch self {
        case .valid: "valid"
        case .same: "same"
        case .zeros(let height, let width): "\(height) × \(width)"
        }
    }

    /// Rows above the image and columns left of it, given the pixels from a kernel's first tap to its last.
    func before(reach: PerAxis) -> PerAxis {
        switch self {
        case .valid: 0
        case .same: PerAxis(height: reach.height / 2, width: reach.width / 2)
        case .zeros(let height, let width): PerAxis(height: height, width: width)
        }
    }

    /// Rows below the image and columns right of it.
    func after(reach: PerAxis) -> PerAxis {
        switch self {
        case .same: PerAxis(height: reach.height - reach.height / 2, width: reach.width - reach.width / 2)
        case .valid, .zeros: before(reach: reach)
        }
    }
}
