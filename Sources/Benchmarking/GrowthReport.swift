import Execution
import Foundation
import SpatialTransformers

/// How a training step of the CIFAR-10 network grows with the batch and with the size of the images.
public struct GrowthReport: MeasuredReport {
    /// At 32×32 pixels.
    let batches: [Figures]
    /// At one batch.
    let imageSizes: [Figures]
    /// Of the last points of each series: 1 where twice as much work takes twice as much.
    let exponents: Exponents
    let isa: String
    let threads: Int
    let precision = "float32"
    let version: String
    let compiler: String
    let system: String
    let processor: String

    struct Figures: Encodable, Sendable {
        let batch: Int
        let imageSize: Int
        let stepMs: Double
        let msPerImage: Double
        let gflop: Double
        let gflops: Double
        let planMb: Double
        let mbPerImage: Double
        let parametersMb: Double
    }

    /// y ~ xᵏ: the k of a series.
    struct Exponents: Encodable, Sendable {
        let timeByBatch: Double
        let memoryByBatch: Double
        let timeByFlops: Double
        let timeByPixels: Double
        let memoryByPixels: Double
    }

    /// Measures both series.
    ///
    /// - Parameters:
    ///   - largestBatch: The last of 1, 2, 4 …; 1024 takes some seconds.
    ///   - largestImage: The last of 32, 64, 128, 256 pixels a side; at 256 the network has 240 million parameters, which
    ///     take 3 GB with their gradients and packed copies.
    ///   - threadCount: Threads that compute.
    ///   - machine: What is measured with, for the report.
    /// - Throws: ``ExecutionError`` when `STN_ISA` is wrong.
    public init(largestBatch: Int, largestImage: Int, threadCount: Int, machine: BenchmarkReport.Machine) throws {
        let set = try InstructionSet.best()
        func series(from first: Int, to last: Int) -> [Int] {
            Array(sequence(first: first) { $0 * 2 <= last ? $0 * 2 : nil })
        }
        batches = try Self.figures(imageSize: 32, batches: series(from: 1, to: largestBatch), set, threadCount)
        imageSizes = try series(from: 32, to: largestImage).flatMap {
            try Self.figures(imageSize: $0, batches: [Self.imageSizeBatch], set, threadCount)
        }
        let pixels = imageSizes.map { Double($0.imageSize * $0.imageSize) }
        exponents = Exponents(
            timeByBatch: Self.exponent(batches.map { Double($0.batch) }, batches.map(\.stepMs)),
            memoryByBatch: Self.exponent(batches.map { Double($0.batch) }, batches.map(\.planMb)),
            timeByFlops: Self.exponent(imageSizes.map(\.gflop), imageSizes.map(\.stepMs)),
            timeByPixels: Self.exponent(pixels, imageSizes.map(\.stepMs)),
            memoryByPixels: Self.exponent(pixels, imageSizes.map(\.planMb)))
        isa = set.rawValue
        threads = threadCount
        (version, compiler) = (machine.version, machine.compiler)
        (system, processor) = (machine.system, machine.processor)
    }

    /// Images a step while their size grows: enough for the threads, few enough for the memory.
    private static let imageSizeBatch = 8

    private static func figures(
        imageSize: Int, batches: [Int], _ set: InstructionSet, _ threadCount: Int
    ) throws -> [Figures] {
        let executor = try Classifier(
            ReadyMade.seed(classes: 10), input: [imageSize, imageSize, 3], seed: 0, threadCount: threadCount,
            instructionSet: set
        ).executor
        let update = OptimizerUpdate(kind: .sgd, learningRate: 0.01)
        return try batches.map { batch in
            let data = BenchmarkBatch(count: batch, classes: 10, imageSize: executor.inputCount)
            let seconds = try data.withBuffers { images, labels in
                // 20 as in training at batch 64, fewer where a step is more work.
                let steps = max(1, min(20, 20 * 64 * 1024 / (batch * imageSize * imageSize)))
                return try fastest(rounds: 3, iterations: steps) { step in
                    _ = try executor.trainingStep(images: images, labels: labels, step: UInt32(step), update: update)
                }
            }
            let bytes = Double(try executor.workingBytes(batch: batch, isTraining: true))
            // Forward pass alone, as the direct algorithm counts it: gradients grow in proportion.
            let flops = executor.graph.cost.flops * Double(batch)
            return Figures(
                batch: batch, imageSize: imageSize, stepMs: seconds * 1e3, msPerImage: seconds * 1e3 / Double(batch),
                gflop: flops / 1e9, gflops: flops / (seconds * 1e9), planMb: bytes / 1e6,
                mbPerImage: bytes / (1e6 * Double(batch)), parametersMb: Double(executor.parameters.count * 4) / 1e6)
        }
    }

    /// The slope of log y over log x through the last three points, by least squares; NaN with fewer than two.
    static func exponent(_ x: [Double], _ y: [Double]) -> Double {
        let points = zip(x, y).suffix(3).map { (x: log($0), y: log($1)) }
        guard points.count > 1 else { return .nan }
        let count = Double(points.count)
        let mean = (x: points.reduce(0) { $0 + $1.x } / count, y: points.reduce(0) { $0 + $1.y } / count)
        let products = points.reduce(0) { $0 + ($1.x - mean.x) * ($1.y - mean.y) }
        return products / points.reduce(0) { $0 + ($1.x - mean.x) * ($1.x - mean.x) }
    }
}

extension GrowthReport {
    /// Two tables for people, and what they say.
    public var text: String {
        func table(_ rows: [Figures]) -> [String] {
            ["  batch  image      step ms  ms/image  parameters MB  memory MB  MB/image"]
                + rows.map {
                    String(
                        format: "%7d %6d %12.3f %9.4f %14.1f %10.2f %9.4f", $0.batch, $0.imageSize, $0.stepMs,
                        $0.msPerImage, $0.parametersMb, $0.planMb, $0.mbPerImage)
                }
        }
        func sentence(_ what: String, _ exponent: Double) -> String {
            if exponent.isNaN { return "\(what): one point has no slope" }
            // A tenth, because caches and delays move a point by a few per cent.
            let word = exponent > 1.1 ? "faster than linear" : exponent < 0.9 ? "slower than linear" : "linear"
            return String(format: "%@: exponent %.2f, %@", what, exponent, word)
        }
        return
            (["training step of the tutorial's network · \(processor) · \(isa) · \(threads) threads · \(precision)"]
            + table(batches)
            + [
                sentence("time by batch", exponents.timeByBatch),
                sentence("memory of intermediates by batch", exponents.memoryByBatch), "",
            ]
            + table(imageSizes)
            + [
                sentence("time by floating-point operations", exponents.timeByFlops),
                sentence("time by pixels", exponents.timeByPixels),
                sentence("memory of intermediates by pixels", exponents.memoryByPixels),
            ]).joined(separator: "\n")
    }
}
