import Foundation

/// Standard input, output and error as the program finds them.
enum StandardStreams {
    /// Occupies those that are closed (`stn … >&-`), so that no file the program opens takes their place.
    ///
    /// Otherwise text meant for standard output would end up in a checkpoint. Reading ends at once, writing fails.
    static func occupyClosed() {
        for stream in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] where fcntl(stream, F_GETFD) == -1 {
            // The lowest free number is given out, and those below are occupied by now.
            _ = open("/dev/null", O_RDONLY)
        }
    }
}
