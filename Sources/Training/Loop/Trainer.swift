import Datasets
import Execution
import Tensors

/// The training loop: epochs of shuffled batches, a test after each, observers told of everything.
///
/// - Numerics: the order of images depends on the seed and the epoch alone.
/// - Complexity: a step allocates nothing beyond what the model and the observers do.
public final class Trainer {
    /// The size of the run.
    public let plan: TrainingPlan

    private let model: any TrainableModel
    private let optimizer: OptimizerSettings
    private let schedule: LearningRateSchedule
    private let frozenEpochs: Int
    private let seed: UInt64
    private let training: BatchLoader
    private let test: BatchLoader
    private let observers: [any TrainingObserver]
    private let progress: TrainingProgress
    private let stopSignal: () -> Int32?
    private let onNonfinite: NonfiniteResponse
    private var faults: FaultCounts
    private let clock = ContinuousClock()

    /// A loop over a data set.
    ///
    /// - Parameters:
    ///   - model: what learns.
    ///   - dataset: its training split is learned from, its test split tested on after each epoch.
    ///   - configuration: epochs, batch size, optimizer, schedule and seed.
    ///   - observers: told in order.
    ///   - progress: where a run goes on whose model was restored; by default its beginning.
    ///   - stopSignal: asked after each step and each epoch but the last; a signal's number ends the run there.
    /// - Throws: ``TrainingError`` when a split is empty or the run has more than 2³² steps.
    public init(
        model: any TrainableModel, dataset: Dataset, configuration: TrainingConfiguration,
        observers: [any TrainingObserver] = [], from progress: TrainingProgress = TrainingProgress(),
        stopSignal: @escaping () -> Int32? = { nil }
    ) throws {
        plan = try TrainingPlan(configuration, dataset: dataset)
        self.model = model
        optimizer = configuration.optimizer
        schedule = configuration.schedule
        frozenEpochs = configuration.frozenEpochs
        seed = configuration.seed
        // A batch larger than the split would only waste memory.
        training = BatchLoader(
            dataset.training, normalization: dataset.normalization,
            capacity: min(plan.batchSize, plan.imageCount))
        test = BatchLoader(
            dataset.test, normalization: dataset.normalization,
            capacity: min(plan.batchSize, dataset.test.count))
        self.observers = observers
        self.progress = progress
        onNonfinite = configuration.onNonfinite
        faults = progress.faultCounts
        self.stopSignal = stopSignal
    }

    /// Trains for all epochs that are left and returns the reports of the last and the best.
    ///
    /// - Throws: ``TrainingError/diverged(_:)`` in the step that comes to a number beyond all use, unless such are skipped,
    ///   ``TrainingInterrupted`` after the step during which a signal came, and whatever the model or an observer throws.
    @discardableResult
    public func run() throws -> TrainingSummary {
        for observer in observers { try observer.trainingWillStart(plan) }
        let start = clock.now
        let secondsBefore = progress.elapsedSeconds
        var progress = progress
        while progress.epoch <= plan.epochs {
            var report = try runEpoch(from: progress)
            report.elapsedSeconds = secondsBefore + (clock.now - start).seconds
            report.isBest = progress.best.map { report.test.isBetter(than: $0.test) } ?? true
            progress.finish(report)
            faults.endEpoch()
            for observer in observers { try observer.epochDidFinish(report) }
            if progress.epoch <= plan.epochs, let signal = stopSignal() {
                // The epoch is saved already, as each is.
                throw TrainingInterrupted(signal: signal, epoch: report.epoch, step: report.completedSteps)
            }
        }
        guard let last = progress.last, let best = progress.best else {
            preconditionFailure("a run of \(plan.epochs) epochs")
        }
        return TrainingSummary(last: last, best: best)
    }

    /// One training step and one test batch, told to no observer: shows that a configuration works.
    ///
    /// - Returns: the seconds that an epoch's training would take at the speed of a second step.
    public func rehearse() throws -> Double {
        let order = Array(0..<min(plan.batchSize, plan.imageCount))[...]
        _ = try step(order, epoch: 1, batch: 0).get()
        // The first step pays for what is set up once.
        let start = clock.now
        _ = try step(order, epoch: 1, batch: 0).get()
        let seconds = (clock.now - start).seconds * Double(plan.batchesPerEpoch)
        let testOrder = Array(0..<min(plan.batchSize, test.imageCount))[...]
        _ = try test.withBatch(testOrder) { try model.evaluate(images: $0, labels: $1) }
        return seconds
    }

    private func runEpoch(from progress: TrainingProgress) throws -> EpochReport {
        let epoch = progress.epoch
        let stream = RandomStream(seed: seed, purpose: .shuffle, step: UInt32(epoch))
        var generator = stream.generator
        let order = generator.permutation(of: plan.imageCount)
        let start = clock.now
        func seconds() -> Double { progress.epochSeconds + (clock.now - start).seconds }
        var total = progress.epochSoFar
        for batch in progress.batches..<plan.batchesPerEpoch {
            let first = batch * plan.batchSize
            let indices = order[first..<min(first + plan.batchSize, plan.imageCount)]
            let outcome = try step(indices, epoch: epoch, batch: batch)
            var report = BatchReport(
                epoch: epoch, batch: batch, result: .empty, epochSoFar: total, learningRate: outcome.learningRate,
                epochSeconds: seconds(), plan: plan)
            if let divergence = outcome.divergence {
                try skip(divergence, images: indices.count)
                report.faults = faults
                for observer in observers { try observer.batchWasSkipped(report, because: divergence) }
            } else {
                total += outcome.result
                faults.learned()
                (report.result, report.epochSoFar, report.faults) = (outcome.result, total, faults)
                for observer in observers { try observer.batchDidFinish(report) }
            }
            if let signal = stopSignal() { try stop(after: report, signal: signal) }
        }
        let trainingSeconds = seconds()
        let lastRate = learningRate(ofStep: epoch * plan.batchesPerEpoch - 1)
        let tested = try runTest(epoch: epoch, learningRate: lastRate)
        let sample = Array(0..<min(plan.batchSize, test.imageCount))[...]
        let health = try test.withBatch(sample) { images, labels in
            try model.transformerHealth(images: images, count: labels.count)
        }
        return EpochReport(
            epoch: epoch, training: total, test: tested, learningRate: lastRate,
            epochSeconds: seconds(), trainingSeconds: trainingSeconds, elapsedSeconds: 0,
            isBest: false, plan: plan, health: health,
            skippedBatches: onNonfinite == .skip ? faults.epochBatches : nil)
    }

    private func learningRate(ofStep step: Int) -> Double {
        faults.lowered(
            schedule.learningRate(
                base: optimizer.learningRate, step: step, stepsPerEpoch: plan.batchesPerEpoch,
                totalSteps: plan.totalSteps))
    }

    /// What a step came to: figures, or a divergence that changed nothing.
    private struct Outcome {
        var result = BatchResult.empty
        var learningRate: Double
        var divergence: TrainingError.Divergence?

        func get() throws { if let divergence { throw TrainingError.diverged(divergence) } }
    }

    /// Counts a batch that is left out; throws where none is, or where there is nothing left to learn from.
    private func skip(_ divergence: TrainingError.Divergence, images: Int) throws {
        guard onNonfinite == .skip else { throw TrainingError.diverged(divergence) }
        faults.skip(images: images)
        var divergence = divergence
        if faults.epochBatches == plan.batchesPerEpoch { divergence.reason = "and so did every batch of the epoch" }
        if faults.inARow == FaultCounts.skipLimit { divergence.reason = "as \(faults.inARow) batches in a row did" }
        if divergence.reason != nil { throw TrainingError.diverged(divergence) }
    }

    private func step(
        _ indices: ArraySlice<Int>, epoch: Int, batch: Int
    ) throws -> Outcome {
        let step = (epoch - 1) * plan.batchesPerEpoch + batch
        let learningRate = learningRate(ofStep: step)
        var update = optimizer.update(learningRate: learningRate, completedSteps: step - faults.total)
        if epoch <= frozenEpochs { update.localizationRate = 0 }
        var divergence = TrainingError.Divergence(
            epoch: epoch, step: step + 1, learningRate: learningRate, loss: 0, duringTest: false, checkpoint: nil)
        do {
            let result = try training.withBatch(indices) { images, labels in
                try model.trainingStep(images: images, labels: labels, step: UInt32(step), update: update)
            }
            if result.isUsable { return Outcome(result: result, learningRate: learningRate) }
            divergence.loss = result.averageLoss
        } catch ExecutionError.numericFault(let fault) {
            (divergence.loss, divergence.fault) = (Double(fault.value), fault)
        }
        return Outcome(learningRate: learningRate, divergence: divergence)
    }

    private func runTest(epoch: Int, learningRate: Double) throws -> BatchResult {
        let result = try Evaluation.run(model, loader: test, batchSize: plan.batchSize)
        guard result.isUsable else {
            throw TrainingError.diverged(
                .init(
                    epoch: epoch, step: epoch * plan.batchesPerEpoch, learningRate: learningRate,
                    loss: result.averageLoss, duringTest: true, checkpoint: nil))
        }
        return result
    }

    private func stop(after report: BatchReport, signal: Int32) throws -> Never {
        for observer in observers { try observer.trainingWillStop(after: report) }
        throw TrainingInterrupted(signal: signal, epoch: report.epoch, step: report.completedSteps)
    }
}

/// What a finished run came to.
public struct TrainingSummary: Sendable, Equatable {
    /// The last epoch.
    public var last: EpochReport
    /// The best epoch, by test accuracy and then test loss.
    public var best: EpochReport
}

extension BatchResult {
    /// Whether the loss is one to go on from; false for NaN, too.
    var isUsable: Bool { abs(averageLoss) < TrainingError.Divergence.lossLimit }

    /// Whether this is the better test result: more right, or as many at a lower loss.
    func isBetter(than other: BatchResult) -> Bool {
        accuracy != other.accuracy ? accuracy > other.accuracy : averageLoss < other.averageLoss
    }
}

extension Duration {
    /// The duration in seconds, rounded to Float64.
    var seconds: Double {
        let (whole, attoseconds) = components
        return Double(whole) + Double(attoseconds) * 1e-18
    }
}
