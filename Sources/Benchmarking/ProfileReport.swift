import Foundation
import SpatialTransformers

/// Where the time of a training step or forward pass goes, kernel by kernel.
public struct ProfileReport: MeasuredReport {
    let rows: [Row]
    /// Milliseconds of each phase that was run.
    let phases: [String: Double]
    let milliseconds: Double
    let peakGflops: Double
    /// Of a triad of large memory.
    let peakGbps: Double
    let isa: String
    let threads: Int
    let batch: Int
    let precision: String

    struct Row: Encodable, Sendable {
        let phase: String
        let operation: String
        let kernel: String
        let ms: Double
        let gflops: Double
        let gbps: Double
        /// The share of the peak that limits it: of FMAs, or of memory when its bytes take longer than its operations.
        let shareOfPeak: Double
        let isMemoryBound: Bool
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
            ReadyMade.seed(classes: 10), input: [32, 32, 3], seed: 0, threadCount: benchmark.threadCount,
            precision: benchmark.precision
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
        let peak = try MachinePeak(executor.instructionSet, threadCount: benchmark.threadCount)
        rows = profiles.map { Row($0, peak: peak) }
        phases = rows.reduce(into: [:]) { $0[$1.phase, default: 0] += $1.ms }
        milliseconds = rows.reduce(0) { $0 + $1.ms }
        (peakGflops, peakGbps) = (peak.fmaGflops, peak.triadGbps)
        isa = executor.instructionSet.rawValue
        threads = benchmark.threadCount
        precision = benchmark.precision.rawValue
        batch = benchmark.batch
    }

    /// A table for people: phase by phase, in the order the kernels run.
    public var text: String {
        func pad(_ text: String, _ width: Int) -> String { text.padding(toLength: width, withPad: " ", startingAt: 0) }
        func times(_ milliseconds: Double) -> String {
            String(format: "%9.3f %6.1f%%", milliseconds, 100 * milliseconds / self.milliseconds)
        }
        var lines = [
            "tutorial's network, batch \(batch) · \(isa) · \(threads) threads · \(precision)",
            pad("kernel", 31) + pad("of", 40) + "       ms   share  GFLOP/s     GB/s  of peak",
        ]
        for phase in KernelProfile.Phase.allCases.map(\.rawValue) {
            guard let sum = phases[phase] else { continue }
            lines.append(pad(phase, 71) + times(sum))
            lines += rows.filter { $0.phase == phase }.map { row in
                let place = pad("  " + row.kernel, 31) + pad(row.operation, 40) + times(row.ms)
                // Of small kernels the work is not counted.
                if row.gflops == 0 && row.gbps == 0 { return place }
                return place + String(format: " %8.0f %8.1f %7.0f%% ", row.gflops, row.gbps, 100 * row.shareOfPeak)
                    + (row.isMemoryBound ? "of memory" : "of FMAs")
            }
        }
        lines.append(pad("together", 71) + times(milliseconds))
        lines.append(
            String(
                format: "peak of %d threads: FMAs %.0f GFLOP/s, memory %.1f GB/s (what lies in caches may be faster)",
                threads, peakGflops, peakGbps))
        return lines.joined(separator: "\n")
    }
}

extension ProfileReport.Row {
    init(_ profile: KernelProfile, peak: MachinePeak) {
        phase = profile.phase.rawValue
        (operation, kernel) = (profile.operation, profile.kernel)
        ms = profile.seconds * 1e3
        gflops = profile.flops / (profile.seconds * 1e9)
        gbps = profile.bytes / (profile.seconds * 1e9)
        isMemoryBound = gbps / peak.triadGbps > gflops / peak.fmaGflops
        shareOfPeak = isMemoryBound ? gbps / peak.triadGbps : gflops / peak.fmaGflops
    }
}
