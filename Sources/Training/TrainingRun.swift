import Datasets
import Foundation
import Interchange
import Logging
import Tensors

/// One run from a model and a data set to a finished run folder: the loop with everything that follows it.
public struct TrainingRun {
    /// What goes to the terminal or the pipe.
    public enum Display: Sendable, Equatable {
        /// A bar and a table on a terminal; the log's lines where output is piped.
        case automatic
        /// A line of JSON an epoch on standard output.
        case json
        /// Nothing.
        case quiet
    }

    /// The whole configuration; it is written to the run's folder.
    public var configuration: RunConfiguration
    /// Where the run goes.
    public var destination: RunDestination
    /// The machine; it is written to the run's folder.
    public var environment: RunEnvironment
    /// What is shown while it runs.
    public var display = Display.automatic
    /// The streams.
    public var terminal: Terminal
    /// Standard output, and standard error for the bar.
    public var output: (standard: any TextSink, error: any TextSink)
    /// Draws pictures after epochs; given the run's folder.
    public var drawFigures: ((EpochReport, RunFolder) throws -> Void)?
    /// Asked after each step whether a signal came.
    public var stopSignal: () -> Int32? = { nil }
    /// What checkpoints and what grows with the run are written to.
    package var files: any Storage = SystemStorage()
    /// Where diagnostics go; silent unless the program turns it up.
    public var logger = Logger(label: "stn.training", factory: { _ in SwiftLogNoOpLogHandler() })

    /// A run to be started.
    public init(
        configuration: RunConfiguration, destination: RunDestination, environment: RunEnvironment,
        terminal: Terminal, output: (standard: any TextSink, error: any TextSink)
    ) {
        self.configuration = configuration
        self.destination = destination
        self.environment = environment
        self.terminal = terminal
        self.output = output
    }

    /// Makes the run's folder, trains and leaves everything in it.
    ///
    /// - Throws: ``TrainingError``, ``TrainingInterrupted``, ``RunFolderError`` or what the model throws; the reason is
    ///   then the log's last line, and checkpoints written before stay.
    @discardableResult
    public func start(_ model: any TrainableModel, on dataset: Dataset) throws -> TrainingSummary {
        // Refused here, an impossible run leaves no folder behind.
        _ = try TrainingPlan(configuration.training, dataset: dataset)
        try reserveMemory(for: model, on: dataset)
        let folder = try RunFolder.create(
            at: destination, configuration: configuration, environment: environment)
        return try train(model, on: dataset, in: folder, from: ResumePoint())
    }

    /// Goes on with the run in `folder` from its newest checkpoint that is whole, as if it had never stopped; one that has none
    /// begins.
    ///
    /// - Throws: As ``start(_:on:)``, and ``CheckpointError`` for a checkpoint that is another run's, or none that is whole.
    @discardableResult
    public func resume(
        _ model: any TrainableModel, on dataset: Dataset, in folder: RunFolder
    ) throws -> TrainingSummary {
        try reserveMemory(for: model, on: dataset)
        let point = try newestPoint(of: model, on: dataset, in: folder)
        try folder.write(configuration)
        // Piped output holds the log's lines alone, and there are none: without a word it would look as if nothing was done.
        if display == .automatic, notes == nil, isFinished(point.progress) {
            try? output.error.write("\(folder.path): \(Self.nothingLeft)\n")
        }
        return try train(model, on: dataset, in: folder, from: point)
    }

    private func newestPoint(
        of model: any TrainableModel, on dataset: Dataset, in folder: RunFolder
    ) throws -> ResumePoint {
        try ResumePoint(
            of: model, in: folder, configuration: configuration,
            plan: try TrainingPlan(configuration.training, dataset: dataset), files: files,
            note: display == .quiet ? { _ in } : { try? output.error.write("warning: \($0)\n") })
    }

    /// A fault that the run goes back from, to its last checkpoint.
    private struct Setback: Error {
        let divergence: TrainingError.Divergence
    }

    /// Trains to the end, going back to the last checkpoint as often as the configuration allows.
    ///
    /// What a checkpoint holds decides all that follows it, so a run that is killed on the way goes back once more, to the same
    /// bits.
    private func train(
        _ model: any TrainableModel, on dataset: Dataset, in folder: RunFolder, from point: ResumePoint
    ) throws -> TrainingSummary {
        var point = point
        while true {
            do {
                return try trainOnce(model, on: dataset, in: folder, from: point)
            } catch let setback as Setback {
                point = try newestPoint(of: model, on: dataset, in: folder)
                point.rollBack(because: setback.divergence)
            }
        }
    }

    private func trainOnce(
        _ model: any TrainableModel, on dataset: Dataset, in folder: RunFolder, from point: ResumePoint
    ) throws -> TrainingSummary {
        func journal(_ name: String) throws -> Journal {
            try Journal(name, in: folder.path, keeping: point.journals[name] ?? 0, files: files)
        }
        let (log, metrics) = (try journal(RunFolder.logName), try journal(RunFolder.metricsName))
        let evolution = configuration.transformer.choice == .none ? nil : try journal(EvolutionLine.fileName)
        let checkpoints = CheckpointWriter(
            model: model, store: CheckpointStore(folder: folder.checkpointsPath, files: files),
            configuration: configuration, metadata: configuration.metadata(of: ModelInterface(of: dataset)),
            journals: [log, metrics] + [evolution].compactMap(\.self), from: point.progress,
            isRolledBack: point.setback != nil)
        let bar = progressBar
        let events = try TensorBoardWriter(
            folder: folder, configuration: configuration, resumedStep: point.step)
        do {
            let trainer = try Trainer(
                model: model, dataset: dataset, configuration: configuration.training,
                observers: observers(
                    model: model, dataset: dataset, checkpoints: checkpoints, log: log, metrics: metrics,
                    evolution: evolution, bar: bar, events: events, folder: folder),
                from: point.progress, stopSignal: stopSignal)
            if let setback = point.setback {
                let line = FaultWatcher.line(
                    setback, step: point.step ?? 0, rollbacks: point.progress.faultCounts.rollbacks)
                for sink in [log, notes].compactMap(\.self) { try sink.write(line) }
            }
            try notes?.write(heading(model: model, dataset: dataset, folder: folder, from: point.progress))
            let summary = try trainer.run()
            try events.end(succeeded: true)
            try notes?.write(closing(summary, folder: folder))
            return summary
        } catch {
            // The message that follows must not stand behind a half-drawn bar.
            try? bar?.clear()
            try? events.end(succeeded: false)
            // Nobody asked for an end, so what was learned since the last checkpoint is worth one.
            if case TextSinkError.closedPipe = error { try? checkpoints.save() }
            if case TrainingError.diverged(let divergence) = error, canRollBack(from: point) {
                throw Setback(divergence: divergence)
            }
            let error = completed(error, checkpoints: checkpoints, run: folder.path)
            try? log.write("\(error)\n")
            throw error
        }
    }

    /// Shows that the configuration works: one training step, one test batch and one checkpoint, then nothing is left.
    ///
    /// - Returns: seconds an epoch of training would take.
    public func rehearse(_ model: any TrainableModel, on dataset: Dataset) throws -> Double {
        try destination.preflight()
        try reserveMemory(for: model, on: dataset)
        let trainer = try Trainer(model: model, dataset: dataset, configuration: configuration.training)
        let seconds = try trainer.rehearse()
        let path = NSTemporaryDirectory() + "stn-dry-run-\(UUID().uuidString).safetensors"
        defer { unlink(path) }
        try model.weights(metadata: configuration.metadata(of: ModelInterface(of: dataset))).write(to: path)
        return seconds
    }

    private func observers(
        model: any TrainableModel, dataset: Dataset, checkpoints: CheckpointWriter, log: Journal, metrics: Journal,
        evolution: Journal?, bar: ProgressBar?, events: TensorBoardWriter, folder: RunFolder
    ) -> [any TrainingObserver] {
        let frozenEpochs = configuration.training.frozenEpochs
        // Files first: what the terminal says is saved is saved. And journals before the checkpoint that knows of their lines.
        var observers: [any TrainingObserver] = [
            MetricsWriter(metrics), events, SeedLogWriter([log], interval: configuration.logInterval),
            HealthWatcher([log], frozenEpochs: frozenEpochs), FaultWatcher(log),
        ]
        if let evolution { observers.append(EvolutionWriter(model: model, dataset: dataset, on: evolution)) }
        observers.append(checkpoints)
        if let bar { observers.append(bar) }
        switch display {
        case .quiet: break
        case .json: observers.append(MetricsWriter(output.standard))
        case .automatic where terminal.outputIsTerminal:
            observers.append(EpochTable(output.standard, terminal: terminal))
        case .automatic:
            observers.append(SeedLogWriter([output.standard], interval: configuration.logInterval))
        }
        // A warning is for people, who may look at it later where nobody watches now; then no run ends for want of a reader.
        if display != .quiet {
            let warnings: any TextSink = notes ?? ForgivingSink(output.error)
            observers.append(HealthWatcher([warnings], frozenEpochs: frozenEpochs))
        }
        if let drawFigures, configuration.figureEvery > 0 {
            observers.append(
                FigureHook(every: configuration.figureEvery) { report in
                    try drawFigures(report, folder)
                    let path = folder.figurePath(epoch: report.epoch)
                    try events.record(picture: path, tag: "transforms", after: report)
                })
        }
        return observers
    }

    private var progressBar: ProgressBar? {
        display != .quiet && terminal.errorIsTerminal ? ProgressBar(output.error, terminal: terminal) : nil
    }

    /// Where words for people go; nowhere when nobody watches, as piped output holds the log's lines alone.
    private var notes: (any TextSink)? {
        guard display == .automatic else { return nil }
        return terminal.outputIsTerminal ? output.standard : terminal.errorIsTerminal ? output.error : nil
    }

    private func heading(
        model: any TrainableModel, dataset: Dataset, folder: RunFolder, from progress: TrainingProgress
    ) -> String {
        let (images, training) = (dataset.training, configuration.training)
        let lines: [(label: String, parts: [String])] = [
            (
                "stn",
                [
                    ProductVersion.current, environment.instructionSet, "\(environment.threads) threads",
                    "seed \(training.seed)",
                ]
            ),
            (
                "data",
                [
                    dataset.name, "\(grouped(Double(images.count))) training",
                    "\(grouped(Double(dataset.test.count))) test",
                    "\(images.height)×\(images.width)×\(images.channels)",
                    "\(dataset.classNames.count) classes",
                ] + distortionNote
            ),
            ("model", [configuration.modelName, "\(grouped(Double(model.parameterCount))) parameters"]),
            (
                "train",
                [
                    "\(training.optimizer.kind.rawValue) \(training.optimizer.learningRate) \(training.schedule.name.rawValue)",
                    "batch \(training.batchSize)", "\(training.epochs) epochs",
                ]
            ),
            ("run", [folder.path] + place(of: progress)),
        ]
        return lines.map { LabeledLine.text($0.label, $0.parts, columns: terminal.columns) }.joined() + "\n"
    }

    /// Where a run goes on; nothing for one that begins.
    private func place(of progress: TrainingProgress) -> [String] {
        if progress == TrainingProgress() { return [] }
        return isFinished(progress)
            ? [Self.nothingLeft]
            : ["goes on in epoch \(progress.epoch) after \(progress.batches) of its steps"]
    }

    private func isFinished(_ progress: TrainingProgress) -> Bool { progress.epoch > configuration.training.epochs }

    private static let nothingLeft = "all epochs are trained; train more with --epochs"

    private var distortionNote: [String] {
        let distortion = configuration.dataset.distortion
        return distortion == .none ? [] : ["distorted by \(distortion.rawValue)"]
    }

    private func closing(_ summary: TrainingSummary, folder: RunFolder) -> String {
        let accuracy = String(format: "%.2f%%", 100 * summary.best.test.accuracy)
        let best = [
            "\(accuracy) at epoch \(summary.best.epoch)", "\(clockTime(summary.last.elapsedSeconds)) in all",
            folder.bestCheckpointPath,
        ]
        let wrote = [folder.path, "checkpoints/", "figures/", "metrics.jsonl", "stn.log", "events.out.tfevents.*"]
        let next = ["evaluate \(folder.path) --by-class", "report \(folder.path)", "predict \(folder.path) IMAGE"]
        return LabeledLine.text("best", best, columns: terminal.columns)
            + LabeledLine.text("wrote", wrote, columns: terminal.columns)
            + LabeledLine.text("next", next.map { "stn " + $0 }, separator: "    ", columns: terminal.columns)
    }

    private func canRollBack(from point: ResumePoint) -> Bool {
        configuration.training.onNonfinite == .rollback
            && point.progress.faultCounts.rollbacks < FaultCounts.rollbackLimit
    }

    /// The error with the checkpoint that the user is left with; the loop itself knows of none.
    private func completed(_ error: any Error, checkpoints: CheckpointWriter, run: String) -> any Error {
        let checkpoint = checkpoints.newest
        if case TrainingError.diverged(var divergence) = error {
            divergence.checkpoint = checkpoint
            // Best effort: a disk that takes nothing more must not hide why the run ended.
            divergence.aside = try? checkpoints.saveAside(divergence)
            if configuration.training.onNonfinite == .rollback, divergence.reason == nil {
                divergence.reason = "after \(FaultCounts.rollbackLimit) rollbacks"
            }
            return TrainingError.diverged(divergence)
        }
        if var interrupted = error as? TrainingInterrupted {
            (interrupted.checkpoint, interrupted.run) = (checkpoint, run)
            return interrupted
        }
        return error
    }
}

/// Calls a drawer of pictures each few epochs, and after the last.
final class FigureHook: TrainingObserver {
    private let interval: Int
    private let draw: (EpochReport) throws -> Void

    init(every interval: Int, draw: @escaping (EpochReport) throws -> Void) {
        self.interval = interval
        self.draw = draw
    }

    func epochDidFinish(_ report: EpochReport) throws {
        if report.epoch % interval == 0 || report.epoch == report.plan.epochs { try draw(report) }
    }
}
