import Datasets
import Testing
import Training

@Suite("The training loop")
struct TrainerTests {
    /// Remembers all it is told.
    private final class Recorder: TrainingObserver {
        var batches: [BatchReport] = []
        var epochs: [EpochReport] = []
        var stops = 0
        func batchDidFinish(_ report: BatchReport) throws { batches.append(report) }
        func epochDidFinish(_ report: EpochReport) throws { epochs.append(report) }
        func trainingWillStop(after report: BatchReport) throws { stops += 1 }
    }

    private func run(
        _ model: RecordingModel, training: Int = 10, test: Int = 10, epochs: Int = 2, batchSize: Int = 4,
        schedule: LearningRateSchedule = .constant, seed: UInt64 = 0, observers: [any TrainingObserver] = [],
        stopSignal: @escaping () -> Int32? = { nil }
    ) throws -> TrainingSummary {
        try Trainer(
            model: model, dataset: Fakes.dataset(training: training, test: test),
            configuration: TrainingConfiguration(
                epochs: epochs, batchSize: batchSize, schedule: schedule, seed: seed),
            observers: observers, stopSignal: stopSignal
        ).run()
    }

    private func order(_ model: RecordingModel, epoch: Int, batches: Int) -> [Int] {
        model.steps[epoch * batches..<(epoch + 1) * batches].flatMap { step in
            stride(from: 0, to: step.pixels.count, by: 4).map { Int((step.pixels[$0] * 255).rounded()) }
        }
    }

    @Test("each epoch shows each image once, in an order of its own, and keeps the short last batch")
    func coverage() throws {
        let model = RecordingModel(testCount: 10)
        _ = try run(model, training: 30, batchSize: 8)
        #expect(model.steps.map(\.labels.count) == [8, 8, 8, 6, 8, 8, 8, 6])
        let first = order(model, epoch: 0, batches: 4)
        let second = order(model, epoch: 1, batches: 4)
        #expect(first.sorted() == Array(0..<30))
        #expect(second.sorted() == Array(0..<30))
        #expect(first != second)
        #expect(first != Array(0..<30))
    }

    @Test("labels stay with their images")
    func labels() throws {
        let model = RecordingModel(testCount: 10)
        _ = try run(model, training: 30, epochs: 1, batchSize: 8)
        let expected = order(model, epoch: 0, batches: 4).map { Int32($0 % 10) }
        #expect(model.steps.flatMap(\.labels) == expected)
    }

    @Test("the order depends on the seed alone")
    func seeds() throws {
        func firstOrder(_ seed: UInt64) throws -> [Int] {
            let model = RecordingModel(testCount: 10)
            _ = try run(model, training: 30, epochs: 1, batchSize: 8, seed: seed)
            return order(model, epoch: 0, batches: 4)
        }
        #expect(try firstOrder(1) == firstOrder(1))
        #expect(try firstOrder(1) != firstOrder(2))
    }

    @Test("pixels are scaled to 0 ... 1 and normalised by their channel's mean and deviation")
    func normalisation() throws {
        let model = RecordingModel(testCount: 1)
        _ = try run(model, training: 1, test: 1, epochs: 1)
        // Image 0 is [0, 1, 2, 0] with mean [0, 0.5] and deviation [1, 0.25].
        let one: Float = 1 / 255
        let two: Float = 2 / 255
        let expected: [Float] = [0, (one - 0.5) / 0.25, two, -2]
        #expect(model.steps[0].pixels == expected)
    }

    @Test("steps count on over epochs, updates from 1, and the schedule sees them")
    func steps() throws {
        let model = RecordingModel(testCount: 10)
        _ = try run(model, epochs: 3, schedule: .step(size: 1, gamma: 0.5))
        #expect(model.steps.map(\.step) == Array(0..<9))
        #expect(model.steps.map(\.update.step) == Array(1...9))
        #expect(
            model.steps.map(\.update.learningRate) == [
                0.01, 0.01, 0.01, 0.005, 0.005, 0.005, 0.0025, 0.0025, 0.0025,
            ])
    }

    @Test("localization networks stand still for the first epochs where that is wanted, then learn at their own rate")
    func freezing() throws {
        let model = RecordingModel(testCount: 10)
        var configuration = TrainingConfiguration(
            epochs: 3, batchSize: 4, optimizer: OptimizerSettings(kind: .sgd, localizationRate: 0.5))
        configuration.frozenEpochs = 2
        _ = try Trainer(
            model: model, dataset: Fakes.dataset(training: 10, test: 10), configuration: configuration
        ).run()
        #expect(model.steps.map(\.update.localizationRate) == [0, 0, 0, 0, 0, 0, 0.5, 0.5, 0.5])
    }

    @Test("the test goes through all test images in order after each epoch")
    func test() throws {
        let model = RecordingModel(testCount: 10)
        _ = try run(model)
        #expect(
            model.evaluated == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9], [0, 1, 2, 3], [4, 5, 6, 7], [8, 9]])
    }

    @Test("the epoch's loss is the mean over images, not over batches")
    func averages() throws {
        let model = RecordingModel(testCount: 10)
        model.loss = { $0 == 2 ? 7 : 1 }
        let summary = try run(model, epochs: 1)
        // Batches of 4, 4 and 2 images.
        #expect(summary.last.training == BatchResult(lossSum: 22, correct: 5, count: 10))
        #expect(summary.last.training.averageLoss == 2.2)
    }

    @Test("the best epoch has the highest accuracy, and among equals the lowest loss")
    func best() throws {
        let model = RecordingModel(testCount: 10)
        model.tests = [(0.5, 1), (0.7, 1), (0.7, 2), (0.7, 0.9), (0.6, 0.1)]
        let recorder = Recorder()
        let summary = try run(model, epochs: 5, observers: [recorder])
        #expect(recorder.epochs.map(\.isBest) == [true, true, false, true, false])
        #expect(summary.best.epoch == 4)
        #expect(summary.last.epoch == 5)
    }

    @Test(
        "a loss that is not a number stops the run in that step",
        arguments: [Double.nan, .infinity, -.infinity])
    func divergence(loss: Double) throws {
        let model = RecordingModel(testCount: 10)
        model.loss = { $0 == 4 ? loss : 1 }
        let recorder = Recorder()
        let error = #expect(throws: TrainingError.self) { try run(model, observers: [recorder]) }
        #expect(model.steps.count == 5)
        #expect(recorder.batches.count == 4)
        #expect(error?.category == .internalFailure)
        let message = error?.description ?? ""
        for part in ["epoch 2", "step 5", "learning rate 0.01", "--learning-rate 0.001"] {
            #expect(message.contains(part), "\(message)")
        }
        #expect(!message.contains("\n"))
    }

    @Test("a test loss that is not a number stops the run before the epoch counts as done")
    func divergenceInTest() throws {
        let model = RecordingModel(testCount: 10)
        model.tests = [(0.5, 1), (0.5, .nan)]
        let recorder = Recorder()
        let error = #expect(throws: TrainingError.self) { try run(model, observers: [recorder]) }
        #expect(recorder.epochs.count == 1)
        #expect(error?.description.contains("in the test after epoch 2") == true)
    }

    @Test("a signal ends the run after the step and is told to observers")
    func signal() throws {
        let model = RecordingModel(testCount: 10)
        let recorder = Recorder()
        let error = #expect(throws: TrainingInterrupted.self) {
            try run(model, observers: [recorder], stopSignal: { model.steps.count == 4 ? 15 : nil })
        }
        #expect(error == TrainingInterrupted(signal: 15, epoch: 2, step: 4, checkpoint: nil))
        #expect(error?.exitCode == 143)
        #expect(recorder.stops == 1)
        #expect(model.steps.count == 4)
    }

    @Test("empty splits and endless runs are refused")
    func refusals() {
        let model = RecordingModel(testCount: 1)
        #expect(throws: TrainingError.noImages(dataset: "fake", split: "training")) {
            try run(model, training: 0)
        }
        #expect(throws: TrainingError.noImages(dataset: "fake", split: "test")) { try run(model, test: 0) }
        #expect(throws: TrainingError.tooManySteps(epochs: .max, batchesPerEpoch: 3)) {
            try run(model, epochs: .max)
        }
        #expect(throws: TrainingError.tooManySteps(epochs: 2_000_000_000, batchesPerEpoch: 3)) {
            try run(model, epochs: 2_000_000_000)
        }
    }

    @Test("a batch larger than the data set is one batch")
    func largeBatch() throws {
        let model = RecordingModel(testCount: 3)
        let summary = try run(model, training: 5, test: 3, epochs: 1, batchSize: 65_536)
        #expect(model.steps.count == 1)
        #expect(summary.last.test.count == 3)
    }
}
