import ArgumentParser
import Training

/// `stn bench`: how fast this machine is.
struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measure training, inference and the sampler on this machine.",
        discussion: """
            Seeds and shapes are fixed; the figures are the median and the fastest of the repetitions, with threads and \
            instruction set beside them. Run it on an idle machine.

            EXAMPLES
              stn bench train
              stn bench infer --batch-size 1 --json
            """,
        subcommands: [Train.self, Infer.self, Sample.self])

    /// What all measurements take.
    struct Options: ParsableArguments {
        @Option(help: ArgumentHelp("Images a batch, 1 to 65536; 64 as in training.", valueName: "count"))
        var batchSize = 64

        @Option(
            help: ArgumentHelp(
                "Timed repetitions after the warm-up, 3 to 100000; 50 make a steady median.",
                valueName: "count"))
        var repetitions = 50

        @Option(
            help: ArgumentHelp("Threads to use, 1 to 1024. Default: one for each core.", valueName: "count"))
        var threads: Int?

        @Flag(help: "Print one JSON object, with the machine and the compiler in it.")
        var json = false

        func validate() throws {
            try check("--batch-size", batchSize, 1...65_536)
            try check("--repetitions", repetitions, 3...100_000)
            if let threads { try check("--threads", threads, 1...1024) }
        }

        private func check(_ name: String, _ value: Int, _ range: ClosedRange<Int>) throws {
            guard !range.contains(value) else { return }
            throw ValidationError(
                "\(name) takes a whole number from \(range.lowerBound) to \(range.upperBound), not \(value)")
        }

        func run(_ subject: BenchmarkRequest.Subject) throws {
            let request = BenchmarkRequest(
                subject: subject, batchSize: batchSize, repetitions: repetitions, threads: threads,
                asJSON: json)
            try DescriptorSink.standardOutput.write(try Backend.current.runBenchmark(request) + "\n")
        }
    }

    struct Train: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "train",
            abstract: "Training steps of the CIFAR-10 network: images a second.")
        @OptionGroup var options: Options
        func run() throws { try options.run(.train) }
    }

    struct Infer: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "infer",
            abstract: "Forward passes of the CIFAR-10 network: images a second and milliseconds a batch.")
        @OptionGroup var options: Options
        func run() throws { try options.run(.infer) }
    }

    struct Sample: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "sample",
            abstract: "Grid generator and bilinear sampler alone, forward and backward.")
        @OptionGroup var options: Options
        func run() throws { try options.run(.sample) }
    }
}
