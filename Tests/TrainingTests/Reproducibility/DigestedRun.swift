import Crypto
import Datasets
import Execution
import Interchange
import SpatialTransformers
import Training

/// A short training run of the tutorial's network, and the SHA-256 of its weights after the first epoch and after the last.
///
/// Everything that draws or sums takes part: both kinds of dropout, shuffled batches of which the last of an epoch is smaller,
/// images turned by the seed, a schedule, and a test after each epoch.
struct DigestedRun: CustomStringConvertible {
    /// Steps of an epoch, and of the whole run.
    static let (firstSteps, allSteps) = (6, 24)
    private static let (imageCount, batchSize, epochs) = (90, 16, 4)

    var instructionSet: InstructionSet
    var precision: Precision
    var optimizer: OptimizerKind

    /// What the digests stand under in the golden file, beside the instruction set.
    var settings: String { "\(precision.rawValue) \(optimizer.rawValue)" }
    var description: String { "\(instructionSet.rawValue) \(settings)" }

    /// Every run that this processor can make.
    static var all: [DigestedRun] {
        InstructionSet.available.flatMap { set in
            Precision.allCases.flatMap { precision in
                [OptimizerKind.sgd, .adam].map {
                    DigestedRun(instructionSet: set, precision: precision, optimizer: $0)
                }
            }
        }
    }

    /// The digests after as many of the run's epochs as are asked for, each under the number of steps behind it.
    func digests(threadCount: Int, epochs: Int = Self.epochs) throws -> [String: String] {
        let classifier = try Classifier(
            ReadyMade.seed(classes: Glyphs.classNames.count), input: [Glyphs.size, Glyphs.size, 3], seed: 7,
            threadCount: threadCount, instructionSet: instructionSet, precision: precision)
        let digester = Digester(classifier)
        let configuration = TrainingConfiguration(
            epochs: Self.epochs, batchSize: Self.batchSize,
            optimizer: OptimizerSettings(
                kind: optimizer, localizationRate: 0.5, momentum: optimizer == .sgd ? 0.9 : 0, weightDecay: 1e-4),
            schedule: .oneCycle, seed: 7)
        let dataset = Glyphs.load(seed: 7, trainingCount: Self.imageCount, testCount: 20)
            .distorted(by: .rotation, seed: 7)
        let trainer = try Trainer(
            model: BareModel(classifier), dataset: dataset, configuration: configuration, observers: [digester],
            stopSignal: { digester.epochs == epochs ? 15 : nil })
        do {
            try trainer.run()
        } catch is TrainingInterrupted {
            // The epochs asked for are over.
        }
        return digester.digests
    }
}

/// Takes the SHA-256 of all parameters, in the order and the bytes of memory, after the first and the last epoch.
private final class Digester: TrainingObserver {
    private(set) var digests: [String: String] = [:]
    private(set) var epochs = 0
    private let classifier: Classifier

    init(_ classifier: Classifier) { self.classifier = classifier }

    func epochDidFinish(_ report: EpochReport) throws {
        epochs += 1
        guard [DigestedRun.firstSteps, DigestedRun.allSteps].contains(report.completedSteps) else { return }
        let digits = Array("0123456789abcdef")
        digests["\(report.completedSteps)"] = String(
            SHA256.hash(data: UnsafeRawBufferPointer(classifier.executor.parameters.values))
                .flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
    }
}

/// A network whose instruction set is chosen by name, as the training loop sees it; none of its files are asked for.
private final class BareModel: TrainableModel {
    private let classifier: Classifier
    init(_ classifier: Classifier) { self.classifier = classifier }
    var parameterCount: Int { classifier.parameterCount }

    func trainingStep(
        images: UnsafeBufferPointer<Float>, labels: UnsafeBufferPointer<Int32>, step: UInt32, update: OptimizerUpdate
    ) throws -> BatchResult {
        let result = try classifier.executor.trainingStep(images: images, labels: labels, step: step, update: update)
        return BatchResult(lossSum: result.lossSum, correct: result.correct, count: labels.count)
    }

    func evaluate(images: UnsafeBufferPointer<Float>, labels: UnsafeBufferPointer<Int32>) throws -> BatchResult {
        let result = try classifier.executor.evaluate(images: images, labels: labels)
        return BatchResult(lossSum: result.lossSum, correct: result.correct, count: labels.count)
    }

    func weights(metadata: [String: String]) throws -> SafetensorsFile {
        classifier.weights(metadata: metadata)
    }

    func trainingState(metadata: [String: String]) throws -> SafetensorsFile { try weights(metadata: metadata) }

    func restoreTrainingState(from file: SafetensorsFile, named name: String) throws {
        try classifier.loadWeights(from: file, named: name)
    }
}
