import Foundation

/// A row a finished epoch, for people.
public final class EpochTable: TrainingObserver {
    private let sink: any TextSink
    private let terminal: Terminal

    /// A table on `sink`.
    public init(_ sink: any TextSink, terminal: Terminal) {
        self.sink = sink
        self.terminal = terminal
    }

    /// Called before the first step.
    public func trainingWillStart(_ plan: TrainingPlan) throws { try sink.write(Self.heading + "\n") }

    /// Called after each epoch.
    public func epochDidFinish(_ report: EpochReport) throws {
        try sink.write(Self.row(report, usesColor: terminal.usesColor) + "\n")
    }

    static let heading = "   epoch      loss     acc   test loss  test acc     img/s     time"

    /// The row of an epoch; the best so far carries a mark.
    static func row(_ report: EpochReport, usesColor: Bool) -> String {
        let epoch = "\(report.epoch)/\(report.plan.epochs)"
        let cells = [
            pad(epoch, 8), pad(String(format: "%.4f", report.training.averageLoss), 10),
            pad(String(format: "%.1f%%", 100 * report.training.accuracy), 8),
            pad(String(format: "%.4f", report.test.averageLoss), 12),
            pad(String(format: "%.2f%%", 100 * report.test.accuracy), 10),
            pad(grouped(report.imagesPerSecond), 10), pad(clockTime(report.epochSeconds), 9),
        ]
        let mark = report.isBest ? (usesColor ? "  \u{1B}[32mbest\u{1B}[0m" : "  best") : ""
        return cells.joined() + mark
    }

    private static func pad(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(1, width - text.count)) + text
    }
}
