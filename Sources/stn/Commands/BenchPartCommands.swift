import ArgumentParser
import Benchmarking
import Training

extension BenchCommand {
    /// What the measurements of one part take.
    struct PartOptions: ParsableArguments {
        @Option(
            help: ArgumentHelp("Threads to use, 1 to 1024. Default: one for each core.", valueName: "count"))
        var threads: Int?

        @Flag(help: "Print one JSON object.")
        var json = false

        func validate() throws {
            if let threads { try Options.check("--threads", threads, 1...1024) }
        }

        var threadCount: Int { threads ?? Options.cores }

        func print(_ report: some MeasuredReport) throws {
            try DescriptorSink.standardOutput.write((json ? report.json : report.text) + "\n")
        }
    }

    struct Convolution: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "convolution",
            abstract: "Dense 3×3 convolutions alone, forward and both gradients.",
            discussion: """
                64 channels on 32×32 pixels and 128 on 16×16, batch 64, as training runs such a layer inside a network. \
                Gradients are those of input and weight.
                """)
        @OptionGroup var options: PartOptions
        func run() throws {
            try options.print(ConvolutionReport(threadCount: options.threadCount, machine: Options.machine))
        }
    }

    struct Growth: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "growth",
            abstract: "How time and memory of a training step grow with batch and image size.",
            discussion: """
                Batches 1, 2, 4 … at 32×32 pixels, then images of 32, 64 … pixels a side at batch 8. Exponents are slopes \
                over the last three points: 1 where twice as much takes twice as long. The whole takes about a minute and \
                4 GB; its largest network has 240 million parameters.
                """)

        @Option(
            help: ArgumentHelp("The largest batch, 1 to 65536; the last power of two up to it.", valueName: "count"))
        var largestBatch = 1024

        @Option(
            help: ArgumentHelp(
                "The largest image, 32 to 256 pixels a side; the last of 32, 64 … up to it.", valueName: "pixels"))
        var largestImage = 256

        @OptionGroup var options: PartOptions

        func validate() throws {
            try Options.check("--largest-batch", largestBatch, 1...65_536)
            try Options.check("--largest-image", largestImage, 32...256)
        }

        func run() throws {
            try options.print(
                GrowthReport(
                    largestBatch: largestBatch, largestImage: largestImage, threadCount: options.threadCount,
                    machine: Options.machine))
        }
    }

    struct Peak: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "peak",
            abstract: "What this machine reaches at best: FMAs in registers, bandwidth of memory.",
            discussion: """
                With one thread and with all at once. Bandwidth is that of a sum, a copy and a triad (a + s · b) over \
                384 MiB, every byte counted that the program reads or writes.
                """)
        @OptionGroup var options: PartOptions
        func run() throws {
            try options.print(PeakReport(threadCount: options.threadCount, machine: Options.machine))
        }
    }

    struct Startup: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "startup",
            abstract: "One training step and no more, to time the whole process.",
            discussion: """
                Makes the CIFAR-10 network and 64 random images and trains one step: time it from outside.

                EXAMPLES
                  time stn bench startup
                """)
        @OptionGroup var options: PartOptions
        func run() throws { try options.print(StartupReport(threadCount: options.threadCount)) }
    }
}
