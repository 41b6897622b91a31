/// How far a run has come: beside weights and the optimizer's memory, all that it takes to go on.
///
/// There is no state of random numbers in it: they are functions of seed and step.
public struct TrainingProgress: Sendable, Equatable, Codable {
    /// The epoch that goes on, from 1; one more than the run has when it is finished.
    public private(set) var epoch = 1
    /// Its batches that were learned from; all of them when only its test is missing.
    public private(set) var batches = 0
    /// The figures of those batches.
    public private(set) var epochSoFar = BatchResult.empty
    /// The time they took.
    public private(set) var epochSeconds = 0.0
    /// The last finished epoch.
    public private(set) var last: EpochReport?
    /// The best finished epoch.
    public private(set) var best: EpochReport?

    /// The steps that came to nothing; nil where there was none.
    public private(set) var faults: FaultCounts?

    /// Before the first step.
    public init() {}

    /// The same, zeros where there was none.
    var faultCounts: FaultCounts { faults ?? FaultCounts() }

    /// Time that training has taken.
    var elapsedSeconds: Double { (last?.elapsedSeconds ?? 0) + epochSeconds }

    /// Training steps done.
    package func completedSteps(in plan: TrainingPlan) -> Int { (epoch - 1) * plan.batchesPerEpoch + batches }

    /// Counts a batch, learned from or left out; allocates nothing.
    mutating func follow(_ report: BatchReport) {
        (epoch, batches) = (report.epoch, report.batch + 1)
        (epochSoFar, epochSeconds) = (report.epochSoFar, report.epochSeconds)
        set(report.faults)
    }

    /// Goes on from here with a lower learning rate.
    mutating func rollBack() {
        var counts = faultCounts
        counts.rollBack()
        set(counts)
    }

    private mutating func set(_ counts: FaultCounts) { faults = counts == FaultCounts() ? nil : counts }

    /// Closes an epoch.
    mutating func finish(_ report: EpochReport) {
        (epoch, batches, epochSoFar, epochSeconds) = (report.epoch + 1, 0, .empty, 0)
        var counts = faultCounts
        counts.endEpoch()
        set(counts)
        last = report
        if report.isBest || best == nil { best = report }
    }

    /// The same for a run that is planned anew, with more epochs as a rule; nil when no run of that size can have come here.
    ///
    /// - Complexity: constant; nothing of a file from a stranger is multiplied before it is known to be small.
    func adopted(by plan: TrainingPlan) -> TrainingProgress? {
        guard (1...plan.epochs + 1).contains(epoch), (0...plan.batchesPerEpoch).contains(batches),
            faultCounts.isPossible(
                steps: completedSteps(in: plan), batches: batches,
                images: min(batches * plan.batchSize, plan.imageCount)),
            epochSoFar.count == min(batches * plan.batchSize, plan.imageCount) - faultCounts.epochImages,
            (0...epochSoFar.count).contains(epochSoFar.correct), epoch <= plan.epochs || batches == 0
        else { return nil }
        guard (last == nil) == (epoch == 1), (best == nil) == (epoch == 1),
            last.map({ $0.epoch == epoch - 1 }) ?? true, best.map({ (1..<epoch).contains($0.epoch) }) ?? true
        else { return nil }
        var progress = self
        progress.last?.plan = plan
        progress.best?.plan = plan
        return progress
    }

    /// Without what the transformer did, which only looks at an epoch need and which may be long.
    var compact: TrainingProgress {
        var progress = self
        progress.last?.health = nil
        progress.best?.health = nil
        return progress
    }
}
