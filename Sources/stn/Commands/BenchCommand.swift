import ArgumentParser
import Benchmarking
import Foundation
import SpatialTransformers
import Training

extension Precision: ExpressibleByArgument {}

/// `stn bench`: how fast this machine is.
struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measure training, inference and their parts on this machine.",
        discussion: """
            train, infer and sample each measure training and inference of the tutorial's network, as for CIFAR-10, on \
            random images in memory; sample adds the sampler alone. The others measure one thing. A figure is the mean \
            over a round's steps, of the fastest of three rounds: other programs only ever make a round slower. Heap \
            allocations are counted by the C library's tracer in a second process.

            EXAMPLES
              stn bench train
              stn bench sample --json
            """,
        subcommands: [
            Train.self, Infer.self, Sample.self, Convolution.self, Growth.self, Peak.self, Startup.self,
            TracedSteps.self,
        ])

    /// What all measurements take.
    struct Options: ParsableArguments {
        @Option(
            help: ArgumentHelp(
                "Images a training step or a profile, 1 to 65536; 64 as in training. Inference is measured at 1, 64 and 512.",
                valueName: "count"))
        var batchSize = 64

        @Option(
            help: ArgumentHelp(
                "Timed steps of a round, 3 to 100000; the fastest of three rounds counts.",
                valueName: "count"))
        var repetitions = 20

        @Option(
            help: ArgumentHelp("Threads to use, 1 to 1024. Default: one for each core.", valueName: "count"))
        var threads: Int?

        @Option(
            help: ArgumentHelp("float32 or mixed, as stn train takes it.", valueName: "kind"))
        var precision = Precision.float32

        @Flag(help: "Print one JSON object.")
        var json = false

        func validate() throws {
            try Self.check("--batch-size", batchSize, 1...65_536)
            try Self.check("--repetitions", repetitions, 3...100_000)
            if let threads { try Self.check("--threads", threads, 1...1024) }
        }

        static func check(_ name: String, _ value: Int, _ range: ClosedRange<Int>) throws {
            guard !range.contains(value) else { return }
            throw ValidationError(
                "\(name) takes a whole number from \(range.lowerBound) to \(range.upperBound), not \(value)")
        }

        var benchmark: SpeedBenchmark {
            SpeedBenchmark(
                batch: batchSize, steps: repetitions, threadCount: threads ?? Self.cores, precision: precision)
        }

        func run(_ subject: BenchmarkReport.Subject) throws {
            let report = try BenchmarkReport(
                subject, benchmark: benchmark, program: Self.program, machine: Self.machine)
            try DescriptorSink.standardOutput.write((json ? report.json : report.text) + "\n")
        }

        static var machine: BenchmarkReport.Machine {
            let environment = RunEnvironment.current(instructionSet: "", threads: 0)
            return .init(
                version: environment.version, compiler: "Swift \(environment.swift)", system: environment.system,
                processor: environment.processor)
        }

        static let cores = min(1024, ProcessInfo.processInfo.activeProcessorCount)

        /// This executable, wherever it was found; the first argument may be a bare name.
        static var program: String { Bundle.main.executablePath ?? CommandLine.arguments[0] }
    }

    /// Kernel by kernel instead of as a whole.
    struct Profiling: ParsableArguments {
        @Flag(help: "Print each kernel's time, GFLOP/s, GB/s and share of the measured peak, by phase, instead.")
        var profile = false

        func run(_ subject: ProfileReport.Subject, _ options: Options) throws {
            let report = try ProfileReport(subject, benchmark: options.benchmark)
            try DescriptorSink.standardOutput.write((options.json ? report.json : report.text) + "\n")
        }
    }

    /// Run by `stn bench` itself in a process whose allocations are traced.
    struct TracedSteps: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: AllocationCount.childArguments[1], abstract: "Train a few traced steps.", shouldDisplay: false)
        @Option var threads: Int
        func validate() throws {
            guard (1...1024).contains(threads) else { throw ValidationError("--threads takes 1 to 1024") }
        }
        func run() throws {
            guard try AllocationCount.runTracedSteps(threadCount: threads) else { throw ExitCode(1) }
        }
    }

    struct Train: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "train",
            abstract: "Training steps of the CIFAR-10 network: images a second.")
        @OptionGroup var options: Options
        @OptionGroup var profiling: Profiling
        func run() throws {
            if profiling.profile { try profiling.run(.training, options) } else { try options.run(.train) }
        }
    }

    struct Infer: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "infer",
            abstract: "Forward passes of the CIFAR-10 network: images a second and milliseconds a batch.")
        @OptionGroup var options: Options
        @OptionGroup var profiling: Profiling
        func run() throws {
            if profiling.profile { try profiling.run(.inference, options) } else { try options.run(.infer) }
        }
    }

    struct Sample: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "sample",
            abstract: "Grid generator and bilinear sampler alone, forward and backward.")
        @OptionGroup var options: Options
        func run() throws { try options.run(.sample) }
    }
}
