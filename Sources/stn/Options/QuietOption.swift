import ArgumentParser
import Training

/// Whether a command shows how its work goes; shared by all that may take a while.
struct QuietOption: ParsableArguments {
    @Flag(name: .shortAndLong, help: "Show neither progress nor advice, only results and errors.")
    var quiet = false

    /// A bar for `count` things, on standard error.
    func bar(_ label: String, count: Int, unit: String = "img") -> WorkBar {
        WorkBar(
            label, count: count, unit: unit, on: DescriptorSink.standardError, terminal: .current(), isQuiet: quiet)
    }

    /// Names useful next commands, where somebody watches.
    func suggest(_ commands: String...) {
        let terminal = Terminal.current()
        guard !quiet, terminal.outputIsTerminal, terminal.errorIsTerminal else { return }
        let line = LabeledLine.text("next", commands, separator: "    ", columns: terminal.columns)
        try? DescriptorSink.standardError.write(line)
    }
}
