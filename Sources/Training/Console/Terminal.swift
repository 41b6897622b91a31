import Foundation

/// What the streams of this process are, and how they may be written to.
public struct Terminal: Sendable, Equatable {
    /// Whether standard output is a terminal.
    public var outputIsTerminal: Bool
    /// Whether standard error is a terminal that can redraw a line.
    public var errorIsTerminal: Bool
    /// Columns of a line; `$COLUMNS` first, so that a user can overrule what the terminal says.
    public var columns: Int
    /// Whether colour is welcome: no `$NO_COLOR` (https://no-color.org) and no dumb terminal.
    public var usesColor: Bool

    /// Terminals as given.
    public init(outputIsTerminal: Bool, errorIsTerminal: Bool, columns: Int = 80, usesColor: Bool = false) {
        self.outputIsTerminal = outputIsTerminal
        self.errorIsTerminal = errorIsTerminal
        self.columns = columns
        self.usesColor = usesColor
    }

    /// This process's.
    public static func current(
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) -> Terminal {
        let isDumb = environment["TERM"] == "dumb"
        let asked = environment["COLUMNS"].flatMap { Int($0) }.flatMap { (20...1000).contains($0) ? $0 : nil }
        return Terminal(
            outputIsTerminal: isatty(STDOUT_FILENO) == 1,
            errorIsTerminal: isatty(STDERR_FILENO) == 1 && !isDumb,
            columns: asked ?? reportedColumns() ?? 80,
            usesColor: !isDumb && (environment["NO_COLOR"] ?? "").isEmpty)
    }

    private static func reportedColumns() -> Int? {
        var size = winsize()
        guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col >= 20 else { return nil }
        return Int(size.ws_col)
    }
}
