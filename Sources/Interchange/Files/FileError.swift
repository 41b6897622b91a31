import Tensors

/// What the file system can refuse while a file is read or written whole.
public enum FileError: UserFacingError, Equatable {
    /// There is nothing at the path.
    case missing(path: String)
    /// A folder, a device or a pipe stands where a file is expected.
    case notAFile(path: String)
    /// The file is there, but opening or reading it failed.
    case unreadable(path: String, reason: String)
    /// The file is larger than a file of its kind may be.
    case tooLarge(path: String, byteCount: Int, limit: Int)
    /// A line of a text file is longer than any that belongs there.
    case lineTooLong(path: String, line: Int, limit: Int)
    /// The file cannot be created: no such folder, no permission.
    case cannotCreate(path: String, reason: String)
    /// Writing failed half-way, as on a full disk; what stood at the path before is untouched.
    case writeFailed(path: String, reason: String)

    /// What kind of trouble it is; decides the exit code.
    public var category: ErrorCategory {
        switch self {
        case .missing: .missingInput
        case .notAFile, .tooLarge, .lineTooLong: .badData
        case .unreadable, .writeFailed: .inputOutput
        case .cannotCreate: .cannotCreate
        }
    }

    /// One line: the file, what is wrong with it, what to do.
    public var description: String {
        switch self {
        case .missing(let path): "\(path): there is no such file; check the path"
        case .notAFile(let path): "\(path): not a file; give the path of a file"
        case .unreadable(let path, let reason):
            "\(path): cannot be read: \(reason); check permissions and the disk"
        case .tooLarge(let path, let byteCount, let limit):
            "\(path): takes \(byteCount) bytes, more than the \(limit) that are read; is it the right file?"
        case .lineTooLong(let path, let line, let limit):
            "\(path):\(line): the line is longer than \(limit) bytes; is it the right file?"
        case .cannotCreate(let path, let reason):
            "\(path): cannot be created: \(reason); check the folder and its permissions"
        case .writeFailed(let path, let reason):
            "\(path): writing failed: \(reason); the previous file, if any, is untouched; free some space and retry"
        }
    }
}
