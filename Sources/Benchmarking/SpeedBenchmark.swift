import Foundation
import SpatialTransformers

/// How fast the tutorial's network trains and classifies on this machine, on random images already in memory.
///
/// The method is that of the PyTorch script it is compared with: after a warm-up, the minimum over rounds of the mean
/// over steps. The minimum, because other programs only ever make a round slower.
public struct SpeedBenchmark: Sendable {
    /// Images of a training step.
    public var batch: Int
    /// Steps of a round.
    public var steps: Int
    /// Rounds, of which the fastest counts.
    public var rounds: Int
    /// Threads that compute.
    public var threadCount: Int
    /// What products are computed in.
    public var precision: Precision

    /// A benchmark of the tutorial's training step.
    ///
    /// - Parameters:
    ///   - batch: 64, as the tutorial trains.
    ///   - steps: 20, so that a round lasts longer than a scheduler's turn.
    ///   - rounds: 3, as the peer's script.
    ///   - threadCount: Threads that compute.
    ///   - precision: `.float32`, as in training.
    public init(
        batch: Int = 64, steps: Int = 20, rounds: Int = 3, threadCount: Int, precision: Precision = .float32
    ) {
        self.batch = batch
        self.steps = steps
        self.rounds = rounds
        self.threadCount = threadCount
        self.precision = precision
    }

    /// Measures training step and inference.
    ///
    /// - Throws: ``ExecutionError`` when `STN_ISA` is wrong.
    public func run() throws -> SpeedFigures {
        let classifier = try Classifier(
            ReadyMade.seed(classes: 10), input: [32, 32, 3], seed: 0, threadCount: threadCount, precision: precision)
        let executor = classifier.executor
        let data = BenchmarkBatch(count: batch, classes: 10, imageSize: executor.inputCount)
        let update = OptimizerUpdate(kind: .sgd, learningRate: 0.01)
        let step = try fastest(iterations: steps) { index in
            _ = try data.withBuffers { images, labels in
                try executor.trainingStep(images: images, labels: labels, step: UInt32(index), update: update)
            }
        }
        let trainingBytes = try executor.workingBytes(batch: batch, isTraining: true)
        var inference: [Int: Double] = [:]
        for count in [1, 64, 512] {
            let data = BenchmarkBatch(count: count, classes: 10, imageSize: executor.inputCount)
            inference[count] = try fastest(iterations: max(3, min(100, 1000 / count))) { _ in
                try data.withBuffers { images, _ in try executor.withResults(of: images) { _ in } }
            }
        }
        return SpeedFigures(
            trainStepMilliseconds: step * 1e3, imagesPerSecond: Double(batch) / step,
            inferenceMilliseconds: inference.mapValues { $0 * 1e3 }, forwardFlops: executor.graph.cost.flops,
            planBytes: trainingBytes,
            instructionSet: executor.instructionSet, threadCount: threadCount, batch: batch)
    }

    private func fastest(iterations: Int, _ body: (Int) throws -> Void) throws -> Double {
        try Benchmarking.fastest(rounds: rounds, iterations: iterations, body)
    }
}

/// What a ``SpeedBenchmark`` found.
public struct SpeedFigures: Sendable {
    /// One training step.
    public let trainStepMilliseconds: Double
    /// Images trained on a second.
    public let imagesPerSecond: Double
    /// One pass, by batch size.
    public let inferenceMilliseconds: [Int: Double]
    /// Work of one image's forward pass.
    public let forwardFlops: Double
    /// Memory of a training step's intermediates.
    public let planBytes: Int
    /// The kernels used.
    public let instructionSet: InstructionSet
    /// Threads that computed.
    public let threadCount: Int
    /// Images of a training step.
    public let batch: Int
}

/// Random images and labels, the same in every run.
struct BenchmarkBatch {
    private let images: [Float]
    private let labels: [Int32]

    init(count: Int, classes: Int, imageSize: Int) {
        var generator = RandomStream(seed: 0, purpose: .testing).generator
        images = (0..<count * imageSize).map { _ in generator.uniform(-2, 2) }
        labels = (0..<count).map { _ in Int32(generator.integer(below: classes)) }
    }

    func withBuffers<Result>(
        _ body: (UnsafeBufferPointer<Float>, UnsafeBufferPointer<Int32>) throws -> Result
    ) rethrows -> Result {
        try images.withUnsafeBufferPointer { images in
            try labels.withUnsafeBufferPointer { try body(images, $0) }
        }
    }
}
