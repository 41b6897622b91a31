import Logging
import Training

/// What the program says about its own doings, on standard error.
enum Diagnostics {
    /// A logger that tells everything when `verbose`, otherwise warnings alone.
    static func logger(verbose: Bool) -> Logger {
        var logger = Logger(label: "stn") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = verbose ? .debug : .warning
        return logger
    }

    /// Tells a line that is neither a result nor an error.
    static func note(_ line: String) { try? DescriptorSink.standardError.write(line + "\n") }
}
