import Foundation

/// A line on the terminal that is redrawn while an epoch runs.
public final class ProgressBar: TrainingObserver {
    private let sink: any TextSink
    private let terminal: Terminal
    private var pace = BarPace()

    /// A bar on `sink`, standard error as a rule, so that it never mixes with what is piped on.
    public init(_ sink: any TextSink, terminal: Terminal) {
        self.sink = sink
        self.terminal = terminal
    }

    /// Called after each step.
    public func batchDidFinish(_ report: BatchReport) throws {
        guard pace.isDue(isLast: report.batch + 1 == report.plan.batchesPerEpoch) else { return }
        let line = Self.line(
            epoch: (report.epoch, report.plan.epochs), batch: (report.batch + 1, report.plan.batchesPerEpoch),
            soFar: report.epochSoFar, seconds: report.epochSeconds, columns: terminal.columns,
            usesColor: terminal.usesColor)
        try sink.write(BarLine.drawn(line))
    }

    /// Called after each epoch.
    public func epochDidFinish(_ report: EpochReport) throws { try sink.write(BarLine.wipe) }

    /// Called when the run stops early.
    public func trainingWillStop(after report: BatchReport) throws { try sink.write(BarLine.wipe) }

    /// Wipes the bar, for a message that comes in its place.
    public func clear() throws { if pace.hasBegun { try sink.write(BarLine.wipe) } }

    /// The bar: epoch, share done, loss, accuracy, speed and time left in the epoch.
    ///
    /// - Parameters:
    ///   - epoch: which epoch, from 1, of how many.
    ///   - batch: batches done, at least 1, of how many.
    ///   - soFar: the epoch's figures so far.
    ///   - seconds: the epoch's time so far.
    ///   - columns: of the terminal; the line is shorter.
    ///   - usesColor: whether escape sequences may be in it.
    /// - Returns: the line, without a line break.
    package static func line(
        epoch: (number: Int, count: Int), batch: (done: Int, count: Int), soFar: BatchResult, seconds: Double,
        columns: Int, usesColor: Bool
    ) -> String {
        let (done, count) = batch
        let speed = seconds > 0 ? Double(soFar.count) / seconds : 0
        let left = seconds / Double(done) * Double(count - done)
        // Of one width for the whole epoch as far as can be known, so that the bar does not jump.
        let steps = String(repeating: " ", count: max(0, "\(count)".count - "\(done)".count)) + "\(done)/\(count)"
        return BarLine.text(
            " epoch \(epoch.number)/\(epoch.count) ", share: Double(done) / Double(count),
            fields: [
                "\(clockTime(left)) left", String(format: "acc %5.1f%%", 100 * soFar.accuracy),
                String(format: "loss %.4f", soFar.averageLoss), steps, "\(grouped(speed)) img/s",
            ], columns: columns, usesColor: usesColor)
    }
}
