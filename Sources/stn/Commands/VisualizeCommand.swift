import ArgumentParser
import Reports
import Tensors
import Training

/// `stn visualize`: pictures of what a transformer does.
struct VisualizeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "visualize",
        abstract: "Draw test images beside what the spatial transformer makes of them, and the learning curve.",
        discussion: """
            EXAMPLES
              stn visualize runs/latest
              stn visualize runs/latest --count 16 --seed 1 --output before-after.png
            """)

    @OptionGroup var source: CheckpointOptions

    @Option(
        help: ArgumentHelp("The picture's file. Default: in the run's figures folder.", valueName: "file"),
        completion: .file(extensions: ["png"]))
    var output: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Images to draw, 1 to 1024; 64 is 8 by 8 on each side.", valueName: "count"))
    var count = 64

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Decides which test images are drawn. Default: 0, the images that training draws too.", valueName: "number")
    )
    var seed: UInt64 = 0

    @OptionGroup var quiet: QuietOption

    func validate() throws {
        if let output, !output.lowercased().hasSuffix(".png") {
            throw ValidationError("--output takes a file whose name ends in .png, not '\(oneLine(output))'")
        }
        guard (1...1024).contains(count) else {
            throw ValidationError("--count takes 1 to 1024, not \(count)")
        }
    }

    func run() throws {
        let (location, configuration) = try source.resolve()
        let images = try configuration.dataset.load(seed: configuration.training.seed, note: Diagnostics.note)
        let model = try ClassifierModel(loading: location, for: configuration, dataset: images)
        let bar = quiet.bar("drawing", count: min(count, images.test.count))
        let pictures = try TransformPictures(
            of: model.classifier, on: images.test, normalization: images.normalization, count: count, seed: seed,
            progress: bar.show)
        bar.clear()
        var written = try pictures.write(to: output ?? location.defaultFigurePath)
        if output == nil, let curve = try location.writeLearningCurve() { written.append(curve) }
        for path in written {
            try DescriptorSink.standardOutput.write("wrote \(path)\n")
        }
        quiet.suggest("stn evaluate \(source.checkpoint) --by-class", "stn predict \(source.checkpoint) IMAGE")
    }
}
