/// The bar of work that is counted: images that are tested, classified or drawn.
public final class WorkBar {
    private let label: String
    private let count: Int
    private let unit: String
    private let sink: any TextSink
    private let terminal: Terminal
    private let start = ContinuousClock.now
    private var pace = BarPace()
    private let isShown: Bool

    /// A bar on `sink`, standard error as a rule, so that it never mixes with what is piped on.
    ///
    /// - Parameters:
    ///   - label: What is being done, such as "testing".
    ///   - count: Things to do; a bar of one is not shown, as there is nothing to follow.
    ///   - unit: Of the speed, such as "img".
    ///   - sink: Where the bar goes.
    ///   - terminal: The bar is silent where standard error is none.
    ///   - isQuiet: Whether it is silent anyway.
    public init(
        _ label: String, count: Int, unit: String, on sink: any TextSink, terminal: Terminal, isQuiet: Bool = false
    ) {
        (self.label, self.count, self.unit) = (label, count, unit)
        (self.sink, self.terminal) = (sink, terminal)
        isShown = terminal.errorIsTerminal && !isQuiet && count > 1
    }

    /// Redraws the bar; a terminal that is gone is no reason to stop the work.
    public func show(_ done: Int) {
        guard isShown, pace.isDue(isLast: done >= count) else { return }
        let seconds = (ContinuousClock.now - start).seconds
        let line = Self.line(label, done: done, of: count, unit: unit, seconds: seconds, terminal: terminal)
        try? sink.write(BarLine.drawn(line))
    }

    /// Wipes the bar, for what comes in its place.
    public func clear() {
        if pace.hasBegun { try? sink.write(BarLine.wipe) }
    }

    package static func line(
        _ label: String, done: Int, of count: Int, unit: String, seconds: Double, terminal: Terminal
    ) -> String {
        let speed = seconds > 0 ? Double(done) / seconds : 0
        let left = done > 0 ? seconds / Double(done) * Double(count - done) : .nan
        return BarLine.text(
            " \(label) ", share: Double(done) / Double(count),
            fields: [
                "\(clockTime(left)) left", "\(grouped(Double(done)))/\(grouped(Double(count)))",
                "\(grouped(speed)) \(unit)/s",
            ], columns: terminal.columns, usesColor: terminal.usesColor)
    }
}
