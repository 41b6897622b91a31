import ArgumentParser
import Datasets
import Foundation
import Logging
import Reports
import Training

/// `stn train`: settings to a run.
struct TrainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train",
        abstract: "Train a classifier with a spatial transformer.",
        discussion: """
            The data set is cifar10, mnist, fashion-mnist, glyphs (drawn by the program, no files needed) or a folder that \
            holds a folder of images for each class. With no options this is PyTorch's spatial transformer tutorial: SGD \
            at a constant 0.01, batches of 64, no augmentation.

            After each epoch the network is tested, and the run's folder holds: config.yaml (all settings, for --config), \
            environment.json, metrics.jsonl (a line an epoch), stn.log, checkpoints/last.safetensors and \
            best.safetensors, figures/. On a terminal you see a bar and a table; piped output is the tutorial's own log, \
            a line every 500 batches and one after each test. Ctrl-C finishes the step, saves, prints the command that goes \
            on from there and exits with 130; a second one exits at once.

            --resume goes on with a run that was stopped, killed or finished, at the step of its last checkpoint, bit for \
            bit as if it had never stopped. Beside it stand --epochs (also more than before), --threads, --data-dir, \
            --on-nonfinite and what is shown; all other settings are the run's own.

            EXAMPLES
              stn train glyphs --epochs 5 --optimizer adam --schedule one-cycle --localization-rate 0.1
              stn train cifar10 --schedule one-cycle --learning-rate 0.05
              stn train mnist --transform none --run-name mnist-without
              stn train mnist --distort rotation
              stn train ./pets --image-size 96 --skip-bad --optimizer adamw
              stn train cifar10 --print-config > my.yaml
              stn train --config my.yaml --seed 1
              stn train --resume runs/latest --epochs 100
            """)

    @Argument(
        help: ArgumentHelp(
            "cifar10, mnist, fashion-mnist, glyphs, or a folder of images.", valueName: "data set"),
        completion: .list(DatasetRequest.builtIn.map(\.name)))
    var dataset: String?

    @OptionGroup(title: "Data") var data: DataOptions
    @OptionGroup(title: "Network") var model: ModelOptions
    @OptionGroup(title: "Training") var optimization: OptimizationOptions
    @OptionGroup(title: "Output") var output: OutputOptions

    @Option(
        name: [.customLong("config"), .customShort("c")],
        help: ArgumentHelp(
            "Read settings from a YAML file, such as a run's config.yaml; options given beside it win.",
            valueName: "file"), completion: .file(extensions: ["yaml", "yml"]))
    var configurationFile: String?

    @Option(
        help: ArgumentHelp("Go on with the run in this folder, from its newest checkpoint.", valueName: "run"),
        completion: .directory)
    var resume: String?

    @Flag(name: .customLong("print-config"), help: "Print the complete settings as YAML and train nothing.")
    var printConfiguration = false

    @Flag(
        help:
            "Try one training step, one test batch and one checkpoint, keep nothing, and say how long an epoch takes."
    )
    var dryRun = false

    func validate() throws {
        guard let resume else { return }
        if resume.isEmpty { throw ValidationError("--resume takes the folder of a run, not an empty name") }
        let others = [
            ("--config", configurationFile != nil), ("--print-config", printConfiguration), ("--dry-run", dryRun),
            ("--output", output.output != nil), ("--run-name", output.runName != nil),
            ("--overwrite", output.overwrite),
        ]
        if let (name, _) = others.first(where: \.1) {
            throw ValidationError("--resume goes on in the run's folder with its settings; drop \(name)")
        }
    }

    func run() throws {
        if let resume { return try goOn(with: ResumedRun(resume, changes: flags)) }
        let configuration = try resolvedConfiguration()
        let standardOutput = DescriptorSink.standardOutput
        if printConfiguration {
            try standardOutput.write(ConfigurationFile.text(of: configuration))
            return
        }
        // All that can be refused is refused before images are read.
        let destination = output.destination(for: configuration)
        try destination.preflight()
        let images = try load(configuration)
        let model = try ClassifierModel(for: configuration, dataset: images)
        let run = trainingRun(model, configuration, destination, images)
        if dryRun {
            let seconds = try run.rehearse(model, on: images)
            if !output.quiet {
                try standardOutput.write(
                    String(format: "ok, an epoch of training takes about %.1f s\n", seconds))
            }
            return
        }
        let signals = StopSignals()
        try run.stopping(at: signals).start(model, on: images)
    }

    private func goOn(with resumed: ResumedRun) throws {
        let configuration = resumed.configuration
        let images = try load(configuration)
        let model = try ClassifierModel(for: configuration, dataset: images)
        let destination = RunDestination.named(path: resumed.folder.path, overwrite: false)
        let signals = StopSignals()
        try trainingRun(model, configuration, destination, images).stopping(at: signals)
            .resume(model, on: images, in: resumed.folder)
    }

    private func load(_ configuration: RunConfiguration) throws -> Dataset {
        try configuration.dataset.load(
            seed: configuration.training.seed, note: output.quiet ? { _ in } : Diagnostics.note)
    }

    private func trainingRun(
        _ model: ClassifierModel, _ configuration: RunConfiguration, _ destination: RunDestination, _ images: Dataset
    ) -> TrainingRun {
        var run = TrainingRun(
            configuration: configuration, destination: destination,
            environment: .current(
                instructionSet: model.classifier.executor.instructionSet.rawValue,
                threads: model.classifier.executor.threadCount),
            terminal: .current(), output: (DescriptorSink.standardOutput, DescriptorSink.standardError))
        run.display = output.display
        run.logger = Diagnostics.logger(verbose: output.verbose)
        run.drawFigures = { report, folder in
            let pictures = try TransformPictures(
                of: model.classifier, on: images.test, normalization: images.normalization)
            _ = try pictures.write(to: folder.figurePath(epoch: report.epoch))
        }
        return run
    }

    /// The settings that were given as options.
    private var flags: SettingValues {
        var flags = SettingValues()
        flags.set(.dataset, dataset)
        data.record(in: &flags)
        model.record(in: &flags)
        optimization.record(in: &flags)
        output.record(in: &flags)
        return flags
    }

    /// The file's settings under the options', checked.
    private func resolvedConfiguration() throws -> RunConfiguration {
        guard let configurationFile else { return try RunConfiguration(resolving: flags) }
        return try RunConfiguration(
            resolving: ConfigurationFile.read(configurationFile).overridden(by: flags))
    }
}

extension TrainingRun {
    /// The run, ending after the step in which a signal came.
    fileprivate func stopping(at signals: StopSignals) -> TrainingRun {
        var run = self
        run.stopSignal = { signals.signalNumber }
        return run
    }
}
