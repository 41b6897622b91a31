import Tensors

/// What can be wrong with a file of another program's.
public enum ModelFormatError: UserFacingError, Equatable {
    /// The bytes are not what the file claims to be.
    case malformed(file: String, format: String, reason: String)
    /// A file larger than is looked into.
    case tooLarge(file: String, byteCount: Int, limit: Int)

    /// A file that is there but not what it should be.
    public var category: ErrorCategory { .badData }

    /// One line: the file, what is wrong with it, what to do.
    public var description: String {
        switch self {
        case .malformed(let file, let format, let reason):
            "\(file): not \(format) as it should be: \(reason); export or copy the file again"
        case .tooLarge(let file, let byteCount, let limit):
            "\(file): takes \(byteCount) bytes, more than the \(limit) that are looked into; is it the right file?"
        }
    }
}
