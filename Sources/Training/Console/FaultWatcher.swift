/// Says which batches a run left out, and that it went back to a checkpoint.
public final class FaultWatcher: TrainingObserver {
    /// Lines an epoch; its last line has the number of all.
    private static let limit = 10

    private let sink: any TextSink

    /// A watcher that writes to the run's log.
    public init(_ sink: any TextSink) { self.sink = sink }

    /// Called after each step that was left out.
    public func batchWasSkipped(_ report: BatchReport, because divergence: TrainingError.Divergence) throws {
        guard report.faults.epochBatches <= Self.limit else { return }
        try sink.write("warning: epoch \(report.epoch), step \(divergence.step) left out: \(divergence.finding)\n")
    }

    /// Called after each epoch.
    public func epochDidFinish(_ report: EpochReport) throws {
        guard let skipped = report.skippedBatches, skipped > 0 else { return }
        let all = report.plan.batchesPerEpoch
        try sink.write("warning: epoch \(report.epoch): \(skipped) of \(all) batches left out\n")
    }

    /// The line about a run that goes on from `step` steps.
    static func line(_ divergence: TrainingError.Divergence, step: Int, rollbacks: Int) -> String {
        "warning: epoch \(divergence.epoch), step \(divergence.step): \(divergence.finding); back to step \(step) with a tenth of "
            + "the learning rate, time \(rollbacks) of \(FaultCounts.rollbackLimit)\n"
    }
}
