import Datasets
import Execution
import Foundation
import Interchange
import SpatialTransformers
import Training

/// A model that learns nothing and remembers what it was shown.
final class RecordingModel: TrainableModel {
    struct Step: Equatable {
        var pixels: [Float]
        var labels: [Int32]
        var step: UInt32
        var update: OptimizerUpdate
    }

    var parameterCount: Int { 6 }
    private(set) var steps: [Step] = []
    private(set) var evaluated: [[Int32]] = []
    private(set) var saved: [[String: String]] = []
    /// The loss of each image in the step of this number.
    var loss: (UInt32) -> Double = { 2 / Double($0 + 1) }
    /// The share of test images classified rightly in each test, and its loss.
    var tests: [(accuracy: Double, loss: Double)] = []
    /// What its transformer does, if it has one.
    var health: TransformerHealth?
    /// What a test's batch fails with.
    var saveFailure: (any Error)?
    private var testImagesSeen = 0
    private let testCount: Int

    init(testCount: Int) { self.testCount = testCount }

    func trainingStep(
        images: UnsafeBufferPointer<Float>, labels: UnsafeBufferPointer<Int32>, step: UInt32,
        update: OptimizerUpdate
    ) throws -> BatchResult {
        steps.append(Step(pixels: Array(images), labels: Array(labels), step: step, update: update))
        return BatchResult(
            lossSum: loss(step) * Double(labels.count), correct: labels.count / 2, count: labels.count)
    }

    func evaluate(images: UnsafeBufferPointer<Float>, labels: UnsafeBufferPointer<Int32>) throws
        -> BatchResult
    {
        evaluated.append(Array(labels))
        let test = tests.isEmpty ? (0.5, 1.0) : tests[min(testImagesSeen / testCount, tests.count - 1)]
        let before = Int(test.0 * Double(testImagesSeen % testCount))
        testImagesSeen += labels.count
        let after = Int(test.0 * Double((testImagesSeen - 1) % testCount + 1))
        return BatchResult(
            lossSum: test.1 * Double(labels.count), correct: after - before, count: labels.count)
    }

    func transformerHealth(images: UnsafeBufferPointer<Float>, count: Int) -> [TransformerHealth]? {
        health.map { [$0] }
    }

    /// One number, that of the steps behind it.
    func weights(metadata: [String: String]) throws -> SafetensorsFile {
        if let saveFailure { throw saveFailure }
        saved.append(metadata)
        return file(metadata)
    }

    func trainingState(metadata: [String: String]) throws -> SafetensorsFile { file(metadata) }

    func restoreTrainingState(from file: SafetensorsFile, named name: String) throws {
        stepsBefore = Int(try file.integers(named: "steps")[0])
    }

    private var stepsBefore = 0

    private func file(_ metadata: [String: String]) -> SafetensorsFile {
        let count = Int64(stepsBefore + steps.count)
        return SafetensorsFile(metadata: metadata, tensors: [.init(name: "steps", shape: [1], integers: [count])])
    }
}

/// Keeps what is written.
final class MemorySink: TextSink {
    private(set) var text = ""
    func write(_ text: String) throws { self.text += text }
}

enum Fakes {
    /// Images of 1×2×2 values in which byte 0 of image i is i, so that the order can be read off; labels are i % 10.
    static func images(_ count: Int) -> LabeledImages {
        LabeledImages(
            height: 1, width: 2, channels: 2,
            pixels: (0..<count).flatMap { [UInt8($0 % 256), 1, 2, UInt8($0 / 256)] },
            labels: (0..<count).map { Int32($0 % 10) })
    }

    static func dataset(training: Int, test: Int) -> Dataset {
        Dataset(
            name: "fake", classNames: (0..<10).map(String.init),
            normalization: Normalization(mean: [0, 0.5], deviation: [1, 0.25]), training: images(training),
            test: images(test))
    }

    /// A configuration that needs no files.
    static func configuration(epochs: Int = 2, batchSize: Int = 4) -> RunConfiguration {
        var configuration = RunConfiguration(dataset: DatasetRequest(source: .glyphs))
        configuration.training.epochs = epochs
        configuration.training.batchSize = batchSize
        return configuration
    }

    /// The health of a transformer whose θ is the same for all images.
    static func health(_ theta: [Float], _ transformation: any Transformation = AffineTransform()) throws
        -> TransformerHealth
    {
        let network = Sequential { SpatialTransformer(transformation, options: .init()) { Flatten() } }
        let classifier = try Classifier(network, input: [8, 8, 1], seed: 1, threadCount: 1)
        for entry in classifier.executor.parameters.entries where entry.name.hasSuffix("bias") {
            classifier.executor.parameters.assign(Tensor([theta.count], theta), to: entry)
        }
        let images = Tensor<Float>([3, 8, 8, 1], (0..<192).map { Float($0 % 7) / 7 })
        return try TransformerHealth.all(of: classifier, on: images)[0]
    }

    static let environment = RunEnvironment.current(instructionSet: "scalar", threads: 1)
}

/// Runs `body` with a folder of its own, which is gone afterwards.
func withTemporaryFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
    let path = NSTemporaryDirectory() + "stn-tests-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try body(path)
}

/// The steps behind the weights that a ``RecordingModel`` wrote.
func stepsBehind(_ path: String) throws -> Int64 {
    try SafetensorsFile(contentsOf: path).integers(named: "steps")[0]
}

func text(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }
