import Foundation
import SpatialTransformers

/// Where the time of a training step or forward pass goes, kernel by kernel.
public struct ProfileReport: Encodable, Sendable {
    let rows: [Row]
    let milliseconds: Double
    let peakGflops: Double
    let isa: String
    let threads: Int
    let batch: Int
    let precision = "float32"

    struct Row: Encodable, Sendable {
        let operation: String
        let kernel: String
        let ms: Double
        let gflops: Double
        let gbps: Double
    }

    /// What is profiled.
    public enum Subject: Sendable {
        /// A training step: plain SGD.
        case training
        /// A forward pass.
        case inference
    }

    /// Profiles the CIFAR-10 network on random images.
    ///
    /// - Parameters:
    ///   - subject: Training step or forward pass.
    ///   - benchmark: Batch size, steps and threads.
    /// - Throws: ``ExecutionError`` when `STN_ISA` is wrong.
    public init(_ subject: Subject, benchmark: SpeedBenchmark) throws {
        let executor = try Classifier(
            ReadyMade.seed(classes: 10), input: [32, 32, 3], seed: 0, threadCount: benchmark.threadCount
        ).executor
        let data = BenchmarkBatch(count: benchmark.batch, classes: 10, imageSize: executor.inputCount)
        let steps = benchmark.steps * benchmark.rounds
        let profiles = try data.withBuffers { images, labels in
            switch subject {
            case .training:
                try executor.profileTraining(
                    images: images, labels: labels, update: OptimizerUpdate(kind: .sgd, learningRate: 0.01),
                    steps: steps)
            case .inference: try executor.profileInference(images: images, passes: steps)
            }
        }
        rows = profiles.map { profile in
            Row(
                operation: profile.operation, kernel: profile.kernel, ms: profile.seconds * 1e3,
                gflops: profile.flops / (profile.seconds * 1e9), gbps: profile.bytes / (profile.seconds * 1e9))
        }
        milliseconds = rows.reduce(0) { $0 + $1.ms }
        peakGflops = MachinePeak.fmaGflops(executor.instructionSet, threadCount: benchmark.threadCount)
        isa = executor.instructionSet.rawValue
        threads = benchmark.threadCount
        batch = benchmark.batch
    }

    /// One line of JSON.
    public var json: String {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.sortedKeys]
        return String(decoding: (try? encoder.encode(self)) ?? Data(), as: UTF8.self)
    }

    /// A table for people, in the order the kernels run.
    public var text: String {
        func pad(_ text: String, _ width: Int) -> String { text.padding(toLength: width, withPad: " ", startingAt: 0) }
        let header = "tutorial's network, batch \(batch) · \(isa) · \(threads) threads · \(precision)"
        let titles =
            pad("kernel", 29) + pad("of", 40) + "       ms   share  GFLOP/s  of peak     GB/s"
        let lines = rows.map { row in
            pad(row.kernel, 29) + pad(row.operation, 40)
                + String(
                    format: "%9.3f %6.1f%% %8.0f %7.0f%% %8.1f", row.ms, 100 * row.ms / milliseconds, row.gflops,
                    100 * row.gflops / peakGflops, row.gbps)
        }
        let sum = pad("together", 69) + String(format: "%9.3f", milliseconds)
        let peak = String(format: "peak of %d threads: %.0f GFLOP/s", threads, peakGflops)
        return ([header, titles] + lines + [sum, peak]).joined(separator: "\n")
    }
}
