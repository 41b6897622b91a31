/// One line of `metrics.jsonl`: an epoch's figures as JSON, in a fixed order of keys.
enum MetricsLine {
    /// The line for an epoch, without a line break.
    ///
    /// The transformer's figures stand behind the others, where there is a transformer. Every number is finite, since a run
    /// counts no loss that is not; Swift's shortest decimal form of a finite Double is a JSON number.
    static func json(_ report: EpochReport) -> String {
        var fields: [(String, any CustomStringConvertible)] = [
            ("epoch", report.epoch), ("step", report.completedSteps),
            ("train_loss", report.training.averageLoss), ("train_acc", report.training.accuracy),
            ("val_loss", report.test.averageLoss), ("val_acc", report.test.accuracy),
            ("lr", report.learningRate), ("images_per_second", report.imagesPerSecond),
            ("epoch_seconds", report.epochSeconds), ("eta_seconds", report.secondsLeft),
            ("best", report.isBest),
        ]
        if let skipped = report.skippedBatches { fields.append(("skipped_batches", skipped)) }
        for (place, health) in (report.health ?? []).enumerated() {
            func add(_ figure: HealthKey.Figure, _ value: Double) {
                fields.append((HealthKey(figure, of: place).stringValue, value))
            }
            add(.outside, health.outside)
            add(.scale, health.meanScale)
            add(.determinant, health.meanDeterminant)
            add(.folded, health.folded)
            add(.departure, health.meanDeparture)
            add(.deviation, health.departureDeviation)
            if let variety = health.variety { add(.variety, variety) }
        }
        return "{" + fields.map { "\"\($0)\":\($1)" }.joined(separator: ",") + "}"
    }
}

/// Appends a line an epoch to `metrics.jsonl`, or to standard output for `--json`.
public final class MetricsWriter: TrainingObserver {
    private let sink: any TextSink

    /// A writer to a file or a stream.
    public init(_ sink: any TextSink) { self.sink = sink }

    /// Called after each epoch.
    public func epochDidFinish(_ report: EpochReport) throws {
        try sink.write(MetricsLine.json(report) + "\n")
    }
}
