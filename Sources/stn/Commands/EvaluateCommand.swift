import ArgumentParser
import Reports
import Tensors
import Training

/// `stn evaluate`: the figures of a checkpoint on test images.
struct EvaluateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate",
        abstract: "Print the accuracy and loss of a checkpoint on the test images.",
        discussion: """
            Dropout is off and nothing is written but what --confusion names. With --json the output is one line, \
            {"accuracy":…,"loss":…,"correct":…,"total":…}; accuracy is from 0 to 1, the loss is the mean cross entropy \
            in nats. With more than five classes there is also top-5, the share of images whose class is among the five \
            with the highest scores: top5_accuracy in JSON.

            A .safetensors file that lies outside its run says itself what it was trained on; one that PyTorch's save_file \
            wrote does not, and needs --dataset.

            EXAMPLES
              stn evaluate runs/latest
              stn evaluate runs/latest --by-class
              stn evaluate runs/latest --confusion confusion.png
              stn evaluate runs/mnist-affine-001/checkpoints/last.safetensors --json
              stn evaluate weights.safetensors --dataset cifar10
            """)

    @OptionGroup var source: CheckpointOptions

    @Flag(help: "Print one line of JSON.")
    var json = false

    @Flag(help: "Add precision, recall and F1 of each class, and the class it is most often taken for.")
    var byClass = false

    @Option(
        help: ArgumentHelp(
            "Write which class was taken for which: .csv as numbers, .png as a picture.", valueName: "file"),
        completion: .file(extensions: ["csv", "png"]))
    var confusion: String?

    @OptionGroup var quiet: QuietOption

    func validate() throws {
        if let confusion, !["csv", "png"].contains(where: { confusion.lowercased().hasSuffix(".\($0)") }) {
            throw ValidationError(
                "--confusion takes a file whose name ends in .csv or .png, not '\(oneLine(confusion))'")
        }
    }

    func run() throws {
        let (location, configuration) = try source.resolve()
        let images = try configuration.dataset.load(seed: configuration.training.seed, note: Diagnostics.note)
        let model = try ClassifierModel(loading: location, for: configuration, dataset: images)
        let bar = quiet.bar("testing", count: images.test.count)
        let answers = try Evaluation.answers(
            of: model, on: images.test, classNames: images.classNames, normalization: images.normalization,
            batchSize: configuration.training.batchSize, progress: bar.show)
        bar.clear()
        let report = EvaluationReport(answers, byClass: byClass)
        try DescriptorSink.standardOutput.write((json ? report.json : report.text) + "\n")
        if let confusion {
            try answers.matrix.write(to: confusion)
            // A line of JSON stays alone on standard output.
            if !json { try DescriptorSink.standardOutput.write("wrote \(confusion)\n") }
        }
        if !json { quiet.suggest("stn visualize \(source.checkpoint)", "stn predict \(source.checkpoint) IMAGE") }
    }
}
