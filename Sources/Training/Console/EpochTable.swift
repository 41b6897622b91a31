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
    public func trainingWillStart(_ plan: TrainingPlan) throws {
        try sink.write(columns.map { Self.pad($0.title, $0.width) }.joined() + "\n")
    }

    /// Called after each epoch.
    public func epochDidFinish(_ report: EpochReport) throws {
        let cells = columns.map { Self.pad($0.text(report), $0.width) }
        // The best so far carries a mark.
        let mark = report.isBest ? (terminal.usesColor ? "  \u{1B}[32mbest\u{1B}[0m" : "  best") : ""
        try sink.write(cells.joined() + mark + "\n")
    }

    private struct Column: Sendable {
        let title: String
        let width: Int
        /// Whether it stands on narrow terminals too.
        var isEssential = false
        let text: @Sendable (EpochReport) -> String
    }

    private static let allColumns: [Column] = [
        Column(title: "epoch", width: 8, isEssential: true) { "\($0.epoch)/\($0.plan.epochs)" },
        Column(title: "loss", width: 10) { String(format: "%.4f", $0.training.averageLoss) },
        Column(title: "acc", width: 8) { String(format: "%.1f%%", 100 * $0.training.accuracy) },
        Column(title: "test loss", width: 12) { String(format: "%.4f", $0.test.averageLoss) },
        Column(title: "test acc", width: 10, isEssential: true) { String(format: "%.2f%%", 100 * $0.test.accuracy) },
        Column(title: "img/s", width: 10) { grouped($0.imagesPerSecond) },
        Column(title: "time", width: 9, isEssential: true) { clockTime($0.epochSeconds) },
    ]

    /// All columns where they fit beside the mark, else those that nobody would miss are left out.
    private var columns: [Column] {
        let width = Self.allColumns.reduce("  best".count) { $0 + $1.width }
        return width < terminal.columns ? Self.allColumns : Self.allColumns.filter(\.isEssential)
    }

    private static func pad(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(1, width - text.count)) + text
    }
}
