import Foundation
import SpatialTransformers

/// All figures of `stn bench`, as one line of JSON or a table for people.
public struct BenchmarkReport: Encodable, Sendable {
    /// The part that is looked at besides training and inference.
    public enum Subject: String, Sendable, CaseIterable {
        case train, infer, sample
    }

    let trainStepMs: Double
    let imagesPerSecond: Double
    let inferB1Ms: Double
    let inferB64Ms: Double
    let inferB512Ms: Double
    let peakRssMb: Double
    let allocationsPerStep: Double?
    let planMb: Double
    let gflops: Double
    let peakGflops: Double
    let isa: String
    let threads: Int
    let batch: Int
    let precision: String
    let sampler: [Sampler]?
    let transformations: [TransformationBenchmark.Figures]?
    let version: String
    let compiler: String
    let system: String
    let processor: String

    /// What the figures were measured with; given by the caller, as only it knows the product's version.
    public struct Machine: Sendable {
        let version: String
        let compiler: String
        let system: String
        let processor: String

        /// A version of the program, the compiler that built it, the operating system and the processor's name.
        public init(version: String, compiler: String, system: String, processor: String) {
            self.version = version
            self.compiler = compiler
            self.system = system
            self.processor = processor
        }
    }

    struct Sampler: Encodable, Sendable {
        let shape: [Int]
        let mode: String
        let forwardMs: Double
        let forwardBackwardMs: Double
    }

    /// Measures the tutorial's network, and when that is the subject the sampler and grids of several families.
    ///
    /// - Parameters:
    ///   - subject: What is looked at; training and inference are always measured, as they take a few seconds.
    ///   - benchmark: Batch sizes and threads.
    ///   - program: This executable, for the count of allocations.
    ///   - machine: What is measured with, for the report.
    /// - Throws: ``ExecutionError`` when `STN_ISA` is wrong.
    public init(_ subject: Subject, benchmark: SpeedBenchmark, program: String, machine: Machine) throws {
        let figures = try benchmark.run()
        trainStepMs = figures.trainStepMilliseconds
        imagesPerSecond = figures.imagesPerSecond
        inferB1Ms = figures.inferenceMilliseconds[1] ?? .nan
        inferB64Ms = figures.inferenceMilliseconds[64] ?? .nan
        inferB512Ms = figures.inferenceMilliseconds[512] ?? .nan
        planMb = Double(figures.planBytes) / 1e6
        // Read before the sampler's large pictures and the child process.
        peakRssMb = Self.peakResidentMegabytes()
        gflops = figures.forwardFlops * 64 / (inferB64Ms * 1e6)
        peakGflops = MachinePeak.fmaGflops(figures.instructionSet, threadCount: figures.threadCount)
        isa = figures.instructionSet.rawValue
        threads = figures.threadCount
        precision = benchmark.precision.rawValue
        batch = figures.batch
        (version, compiler) = (machine.version, machine.compiler)
        (system, processor) = (machine.system, machine.processor)
        sampler =
            subject == .sample
            ? try SamplerBenchmark(threadCount: figures.threadCount).run().map {
                Sampler(
                    shape: $0.shape.dimensions, mode: $0.mode.rawValue, forwardMs: $0.forwardMilliseconds,
                    forwardBackwardMs: $0.forwardBackwardMilliseconds)
            } : nil
        transformations =
            subject == .sample ? try TransformationBenchmark(threadCount: figures.threadCount).run() : nil
        allocationsPerStep = AllocationCount.perStep(program: program, threadCount: figures.threadCount)
    }

    /// One line, keys in the style of the peers' scripts.
    public var json: String {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.sortedKeys]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        let data = (try? encoder.encode(self)) ?? Data()
        return String(decoding: data, as: UTF8.self)
    }

    /// A table for people.
    public var text: String {
        func row(_ name: String, _ value: Double, _ unit: String, digits: Int = 2) -> String {
            name.padding(toLength: 34, withPad: " ", startingAt: 0) + String(format: "%10.\(digits)f %@", value, unit)
        }
        var lines = [
            "tutorial's network on random images · \(processor) · \(isa) · \(threads) threads · \(precision)",
            row("training step, batch \(batch)", trainStepMs, "ms"),
            row("training", imagesPerSecond, "images/s", digits: 0),
            row("inference, batch 1", inferB1Ms, "ms", digits: 3),
            row("inference, batch 64", inferB64Ms, "ms"),
            row("inference, batch 512", inferB512Ms, "ms"),
            row("inference, batch 64", gflops, "GFLOP/s", digits: 0),
            row("peak of this machine", peakGflops, "GFLOP/s", digits: 0),
            row("peak memory of the process", peakRssMb, "MB", digits: 0),
            row("intermediates of a training step", planMb, "MB", digits: 1),
        ]
        lines.append(
            allocationsPerStep.map { row("heap allocations a training step", $0, "", digits: 1) }
                ?? "heap allocations a training step     unknown: the C library has no tracer here")
        for figures in sampler ?? [] {
            let shape = figures.shape.map(String.init).joined(separator: "×")
            lines.append(row("\(figures.mode) \(shape), forward", figures.forwardMs, "ms", digits: 3))
            lines.append(row("\(figures.mode) \(shape) + gradients", figures.forwardBackwardMs, "ms", digits: 3))
        }
        for figures in transformations ?? [] { lines += figures.lines }
        return lines.joined(separator: "\n")
    }

    /// In MiB, as the peer's script reports it.
    private static func peakResidentMegabytes() -> Double {
        var usage = rusage()
        #if canImport(Glibc)
            // Glibc imports the constant as an enumeration, but the function takes a plain integer.
            guard getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 else { return .nan }
            return Double(usage.ru_maxrss) / 1024
        #else
            guard getrusage(RUSAGE_SELF, &usage) == 0 else { return .nan }
            return Double(usage.ru_maxrss) / 1_048_576
        #endif
    }
}

extension TransformationBenchmark.Figures {
    /// Two lines of a table for people.
    fileprivate var lines: [String] {
        let name = "\(transformation) \(shape.map(String.init).joined(separator: "×"))"
        func row(_ what: String, _ milliseconds: Double, _ ratio: Double) -> String {
            line("\(name)\(what)", milliseconds, "ms", digits: 3, width: 54)
                + String(format: "%6.2f × affine", ratio)
        }
        return [
            row(", forward", forwardMs, forwardToAffine),
            row(" + gradients", forwardBackwardMs, forwardBackwardToAffine),
        ]
    }
}
