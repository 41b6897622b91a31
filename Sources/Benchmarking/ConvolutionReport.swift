import Execution
import Foundation
import SpatialTransformers

/// How fast one dense 3×3 convolution is, as training runs it: forward, and the gradients of input and weight.
public struct ConvolutionReport: MeasuredReport {
    let convolution: [Figures]
    let peakGflops: Double
    let isa: String
    let threads: Int
    let precision = "float32"
    let version: String
    let compiler: String
    let system: String
    let processor: String

    struct Figures: Encodable, Sendable {
        /// [N, H, W, C].
        let shape: [Int]
        let outputs: Int
        let kernel: Int
        let forwardMs: Double
        let backwardMs: Double
        let forwardGflops: Double
        let backwardGflops: Double
    }

    /// Batch, height, width and channels, as the peer's script has them: as many channels go out as come in.
    private static let shapes: [Shape] = [[64, 32, 32, 64], [64, 16, 16, 128]]
    private static let kernel = 3

    /// Measures every shape.
    ///
    /// - Parameters:
    ///   - threadCount: Threads that compute.
    ///   - machine: What is measured with, for the report.
    /// - Throws: ``ExecutionError`` when `STN_ISA` is wrong.
    public init(threadCount: Int, machine: BenchmarkReport.Machine) throws {
        let set = try InstructionSet.best()
        convolution = try Self.shapes.map { try Self.measure($0, set, threadCount) }
        peakGflops = MachinePeak.fmaGflops(set, threadCount: threadCount)
        isa = set.rawValue
        threads = threadCount
        (version, compiler) = (machine.version, machine.compiler)
        (system, processor) = (machine.system, machine.processor)
    }

    private static func measure(_ shape: Shape, _ set: InstructionSet, _ threadCount: Int) throws -> Figures {
        let channels = shape[3]
        // The layer before has weights, so the gradient of the measured layer's input is wanted.
        let network = Sequential {
            Conv2d(channels, kernel: 1)
            Conv2d(channels, kernel: kernel)
        }
        let executor = try Classifier(
            network, input: [shape[1], shape[2], channels], seed: 0, threadCount: threadCount, instructionSet: set
        ).executor
        let data = BenchmarkBatch(count: shape[0], classes: executor.classCount, imageSize: executor.inputCount)
        let times = try data.withBuffers { images, labels in
            try executor.timeLastStages(images: images, labels: labels) { run in
                fastest(rounds: 3, iterations: 10) { _ in run() }
            }
        }
        return Figures(
            shape: shape.dimensions, outputs: channels, kernel: kernel, forwardMs: times.forward * 1e3,
            backwardMs: times.backward * 1e3, forwardGflops: times.flops / (times.forward * 1e9),
            // The gradients of input and of weight are each as much work as the forward pass.
            backwardGflops: 2 * times.flops / (times.backward * 1e9))
    }

    /// A table for people.
    public var text: String {
        func row(_ name: String, _ milliseconds: Double, _ gflops: Double) -> String {
            line(name, milliseconds, "ms", digits: 3)
                + String(format: "%8.0f GFLOP/s %4.0f%% of peak", gflops, 100 * gflops / peakGflops)
        }
        var lines = ["dense \(Self.kernel)×\(Self.kernel) convolutions · \(isa) · \(threads) threads · \(precision)"]
        for figures in convolution {
            let shape = figures.shape.map(String.init).joined(separator: "×") + " → \(figures.outputs)"
            lines.append(row("\(shape), forward", figures.forwardMs, figures.forwardGflops))
            lines.append(row("\(shape), both gradients", figures.backwardMs, figures.backwardGflops))
        }
        lines.append(line("peak of \(threads) threads", peakGflops, "GFLOP/s", digits: 0))
        return lines.joined(separator: "\n")
    }
}
