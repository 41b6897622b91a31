import Datasets

/// The size of a run, known before its first step.
public struct TrainingPlan: Sendable, Equatable, Codable {
    /// Passes over the training images.
    public var epochs: Int
    /// Training images.
    public var imageCount: Int
    /// Batches an epoch; the last may be short.
    public var batchesPerEpoch: Int
    /// Images a batch.
    public var batchSize: Int

    /// The size of a run over a data set.
    ///
    /// - Throws: ``TrainingError`` when a split is empty or the run has more than 2³² steps.
    public init(_ configuration: TrainingConfiguration, dataset: Dataset) throws {
        for (split, images) in [("training", dataset.training), ("test", dataset.test)]
        where images.count == 0 {
            throw TrainingError.noImages(dataset: dataset.name, split: split)
        }
        epochs = configuration.epochs
        imageCount = dataset.training.count
        batchSize = configuration.batchSize
        batchesPerEpoch = (imageCount - 1) / batchSize + 1
        let (steps, overflow) = epochs.multipliedReportingOverflow(by: batchesPerEpoch)
        guard !overflow, steps <= UInt32.max else {
            throw TrainingError.tooManySteps(epochs: epochs, batchesPerEpoch: batchesPerEpoch)
        }
    }

    /// Batches in the run.
    public var totalSteps: Int { epochs * batchesPerEpoch }
}

/// A training batch that was just learned from.
public struct BatchReport: Sendable, Equatable {
    /// The epoch, from 1.
    public var epoch: Int
    /// The batch's place in its epoch, from 0.
    public var batch: Int
    /// The figures of this batch, before its update.
    public var result: BatchResult
    /// The figures of the epoch so far, this batch included.
    public var epochSoFar: BatchResult
    /// The learning rate of the step.
    public var learningRate: Double
    /// Time spent in this epoch so far.
    public var epochSeconds: Double
    /// The size of the run.
    public var plan: TrainingPlan
    /// The steps up to this one that came to nothing.
    public var faults = FaultCounts()

    /// Training steps done, this one included.
    public var completedSteps: Int { (epoch - 1) * plan.batchesPerEpoch + batch + 1 }
}

/// An epoch that was just trained and tested.
public struct EpochReport: Sendable, Equatable, Codable {
    /// The epoch, from 1.
    public var epoch: Int
    /// The mean over the epoch's batches, each before its update.
    public var training: BatchResult
    /// The figures on the test images after the epoch.
    public var test: BatchResult
    /// The learning rate of the epoch's last step.
    public var learningRate: Double
    /// Time for training and test together.
    public var epochSeconds: Double
    /// Time for training alone.
    public var trainingSeconds: Double
    /// Time since the run's first step.
    public var elapsedSeconds: Double
    /// Whether no earlier epoch did better: a higher test accuracy, or the same with a lower test loss.
    public var isBest: Bool
    /// The size of the run.
    public var plan: TrainingPlan
    /// What each transformer does to the first test images; nil where there is none.
    public var health: [TransformerHealth]?
    /// Batches of the epoch that were left out; nil in a run that leaves none out.
    public var skippedBatches: Int?

    package init(
        epoch: Int, training: BatchResult, test: BatchResult, learningRate: Double, epochSeconds: Double,
        trainingSeconds: Double, elapsedSeconds: Double, isBest: Bool, plan: TrainingPlan, health: [TransformerHealth]?,
        skippedBatches: Int? = nil
    ) {
        (self.epoch, self.training, self.test, self.learningRate) = (epoch, training, test, learningRate)
        (self.epochSeconds, self.trainingSeconds) = (epochSeconds, trainingSeconds)
        (self.elapsedSeconds, self.isBest, self.plan, self.health) = (elapsedSeconds, isBest, plan, health)
        self.skippedBatches = skippedBatches
    }

    /// Training steps done.
    public var completedSteps: Int { epoch * plan.batchesPerEpoch }

    /// Training speed.
    public var imagesPerSecond: Double {
        trainingSeconds > 0 ? Double(training.count) / trainingSeconds : 0
    }

    /// The time left if the other epochs take as long as those so far.
    public var secondsLeft: Double { elapsedSeconds / Double(epoch) * Double(plan.epochs - epoch) }
}

/// Something that follows a run: a log, a progress bar, a writer of checkpoints or pictures.
///
/// The loop calls on its own thread and waits, so an observer that throws ends the run.
public protocol TrainingObserver: AnyObject {
    /// Called once before the first step.
    func trainingWillStart(_ plan: TrainingPlan) throws
    /// Called after each step; must not allocate if steps are to stay free of allocation.
    func batchDidFinish(_ report: BatchReport) throws
    /// Called in place of ``batchDidFinish(_:)`` after a step whose update was left out; the batch's own figures are those of no
    /// images.
    func batchWasSkipped(_ report: BatchReport, because divergence: TrainingError.Divergence) throws
    /// Called after each epoch's test.
    func epochDidFinish(_ report: EpochReport) throws
    /// Called when the run stops early, after a finished step.
    func trainingWillStop(after report: BatchReport) throws
}

extension TrainingObserver {
    /// Does nothing.
    public func trainingWillStart(_ plan: TrainingPlan) throws {}
    /// Does nothing.
    public func batchDidFinish(_ report: BatchReport) throws {}
    /// Does nothing.
    public func batchWasSkipped(_ report: BatchReport, because divergence: TrainingError.Divergence) throws {}
    /// Does nothing.
    public func epochDidFinish(_ report: EpochReport) throws {}
    /// Does nothing.
    public func trainingWillStop(after report: BatchReport) throws {}
}
