/// An error that a user of the command line can cause or cure: one line that says what, where and what to do.
public protocol UserFacingError: Error, CustomStringConvertible {
    /// What kind of trouble it is; decides the exit code.
    var category: ErrorCategory { get }
}

/// The kinds of trouble, with the exit codes of `sysexits.h` that scripts rely on.
public enum ErrorCategory: Int32, Sendable, CaseIterable {
    /// Unknown, missing or contradictory options.
    case usage = 64
    /// Input that is there but is not what it should be.
    case badData = 65
    /// Input that is not there.
    case missingInput = 66
    /// A download that cannot be had.
    case unavailable = 69
    /// Training diverged, or the program's own fault.
    case internalFailure = 70
    /// Output that cannot be created.
    case cannotCreate = 73
    /// A read or write that failed half-way.
    case inputOutput = 74
    /// Something else holds what is needed.
    case busy = 75
    /// A configuration file that is wrong.
    case badConfiguration = 78

    /// The exit code of the process.
    public var exitCode: Int32 { rawValue }
}
