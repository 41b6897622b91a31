import ArgumentParser
import Reports
import Tensors
import Training

/// `stn report`: runs to a page.
struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Write a page about a run: curves, what the transformer does, mistakes. Opens offline.",
        discussion: """
            One HTML file that loads nothing and runs nothing: a summary in words, configuration and machine, learning \
            curves (of several runs, one over another), test images before and after the transformer, how the \
            transformation came about as an animation, rotation, scale and shift by class, accuracy on inputs that are \
            turned, scaled and shifted, with the transformer and held at the identity, its health, the confusion matrix, \
            and the worst and most confident mistakes. All but the curves is about the first run.

            Weights are the best epoch's. A run whose images are gone gets a page with what its folder has.

            EXAMPLES
              stn report runs/latest
              stn report runs/mnist-affine-001 runs/mnist-cnn-001 -o comparison.html
            """)

    @Argument(help: ArgumentHelp("Runs' folders, as stn train made them.", valueName: "run"), completion: .directory)
    var runs: [String]

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            "The page's file; the animation goes beside it. Default: report.html in the first run's folder, and "
                + "figures/evolution.png there.", valueName: "file"), completion: .file(extensions: ["html"]))
    var output: String?

    @Option(
        help: ArgumentHelp(
            "Where the first run's images are now, or another data set. Default: what it was trained on.",
            valueName: "data set"), completion: .list(DatasetRequest.builtIn.map(\.name)))
    var dataset: String?

    @OptionGroup var directory: DataDirectoryOption

    @Option(help: ArgumentHelp("Threads to use. Default: as in training, else one for each core.", valueName: "count"))
    var threads: String?

    @OptionGroup var quiet: QuietOption

    func validate() throws {
        if let output, !output.lowercased().hasSuffix(".html") {
            throw ValidationError("--output takes a file whose name ends in .html, not '\(oneLine(output))'")
        }
    }

    func run() throws {
        var request = ReportRequest(runs: runs)
        (request.output, request.dataset) = (output, dataset)
        (request.dataDirectory, request.threads) = (directory.dataDirectory, threads)
        let outcome = try request.write { quiet.bar($0, count: $1, unit: $2) }
        for line in outcome.lines { try DescriptorSink.standardOutput.write(line + "\n") }
        if let omission = outcome.omission { Diagnostics.note("note: \(oneLine(omission, limit: 2000))") }
        quiet.suggest("stn evaluate \(runs[0]) --by-class", "stn predict \(runs[0]) IMAGE")
    }
}
