import Tensors

/// What can go wrong with the folder that a run writes to.
public enum RunFolderError: UserFacingError, Equatable {
    /// A named folder that already holds something.
    case notEmpty(path: String)
    /// A folder to overwrite that no run has written.
    case notARun(path: String)
    /// A folder that cannot be made or written to.
    case cannotCreate(path: String, reason: String)
    /// A write that failed half-way.
    case writeFailed(path: String, reason: String)
    /// Another process is writing to the folder.
    case inUse(path: String)
    /// A run or checkpoint that is not there.
    case notFound(path: String, expected: String)
    /// A file of a run that holds what no run writes.
    case damaged(path: String, line: Int?, reason: String)

    /// Decides the exit code.
    public var category: ErrorCategory {
        switch self {
        case .notEmpty, .notARun, .cannotCreate: .cannotCreate
        case .writeFailed: .inputOutput
        case .inUse: .busy
        case .notFound: .missingInput
        case .damaged: .badData
        }
    }

    /// One line: what, where, what to do.
    public var description: String {
        switch self {
        case .notEmpty(let path):
            "\(path) already holds files; name another folder, or replace that run with --overwrite"
        case .notARun(let path):
            "\(path) holds files but no config.yaml, so it is not a run to overwrite; name another folder"
        case .cannotCreate(let path, let reason):
            "cannot create \(path): \(reason); choose another place with --output"
        case .writeFailed(let path, let reason):
            "cannot write \(path): \(reason); put that right, or choose another place with --output"
        case .inUse(let path):
            "another process is writing to \(path); wait for it, or name another folder"
        case .notFound(let path, let expected):
            "\(path): \(expected)"
        case .damaged(let path, let line, let reason):
            "\(path)\(line.map { ":\($0)" } ?? ""): \(reason); put the file back, or take it away"
        }
    }
}
