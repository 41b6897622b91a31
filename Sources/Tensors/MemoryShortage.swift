import Foundation

/// Memory that is needed and cannot be had.
public struct MemoryShortage: UserFacingError, Equatable {
    /// What needs it.
    public let purpose: String
    /// How much of it.
    public let byteCount: Int
    /// What whoever runs the program can do about it.
    public let cure: String

    /// A shortage of `byteCount` bytes for `purpose`.
    public init(purpose: String, byteCount: Int, cure: String) {
        (self.purpose, self.byteCount, self.cure) = (purpose, byteCount, cure)
    }

    /// The run cannot go on, whatever it was given.
    public var category: ErrorCategory { .internalFailure }

    /// One line: how much for what, and what to do.
    public var description: String {
        "not enough memory for \(purpose), which \(byteCount >> 20 > 0 ? "takes \(byteCount >> 20) MiB" : "takes little"); \(cure)"
    }

    /// Refuses what needs `byteCount` bytes when they cannot be had in one piece.
    ///
    /// The system is asked for them, and gets them back untouched. Arrays end the process where memory is lacking, and there is
    /// no other way to ask; so whatever takes much memory asks here first. The answer holds until somebody else takes some.
    public static func check(
        _ byteCount: Int, for purpose: String, cure: String = "free some, or raise the limit that is set (ulimit -v)"
    ) throws(MemoryShortage) {
        guard byteCount > 0 else { return }
        let overhead = Self.pages + min(byteCount / 4, Self.hugePages)
        let asked = min(byteCount, .max - overhead) + overhead
        let block = mmap(nil, asked, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0)
        guard let block, block != MAP_FAILED else {
            throw MemoryShortage(purpose: purpose, byteCount: byteCount, cure: cure)
        }
        munmap(block, asked)
    }

    /// Pages and headings of the few blocks that the bytes are then taken in.
    private static let pages = 1 << 20
    /// What large blocks lose before the huge page that they begin with: 2 MiB each, of which a quarter of all bytes is enough.
    private static let hugePages = 32 << 20
}
