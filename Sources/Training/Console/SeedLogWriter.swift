/// Writes the lines of ``SeedLog`` to the run's log, and to standard output where that is not a terminal.
public final class SeedLogWriter: TrainingObserver {
    private let sinks: [any TextSink]
    private let interval: Int

    /// A writer of a line each `interval` batches, the epoch's first included, and one after each epoch.
    public init(_ sinks: [any TextSink], interval: Int) {
        self.sinks = sinks
        self.interval = interval
    }

    /// Called after each step.
    public func batchDidFinish(_ report: BatchReport) throws {
        guard report.batch % interval == 0 else { return }
        let line = SeedLog.trainingLine(
            epoch: report.epoch, imagesBefore: report.batch * report.plan.batchSize,
            imageCount: report.plan.imageCount, batch: report.batch, batchCount: report.plan.batchesPerEpoch,
            loss: report.result.averageLoss)
        for sink in sinks { try sink.write(line + "\n") }
    }

    /// Called after each epoch.
    public func epochDidFinish(_ report: EpochReport) throws {
        let line = SeedLog.testLine(report.test)
        for sink in sinks { try sink.write("\n\(line)\n\n") }
    }
}
