import ArgumentParser
import Foundation
import Tensors
import Training

/// Where a run goes and what is shown of it.
struct OutputOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The run's folder. Default: the next free runs/<data set>-<model>-NNN, and runs/latest points at it.",
            valueName: "folder"), completion: .directory)
    var output: String?

    @Option(
        help: ArgumentHelp("The run's folder by name: runs/<name>; runs/latest points at it too.", valueName: "name"))
    var runName: String?

    @Flag(help: "Replace the run in the folder named by --output or --run-name.")
    var overwrite = false

    @Option(help: ArgumentHelp("Batches between two lines of the log. Default: 500.", valueName: "batches"))
    var logInterval: String?

    @Option(
        help: ArgumentHelp(
            "Epochs between two sheets of pictures in figures/, 0 for none. Default: 10.", valueName: "epochs"
        ))
    var figureEvery: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Steps between two checkpoints to go on from, besides the one after each epoch and at Ctrl-C. Default: those alone.",
            valueName: "steps"))
    var saveEvery: String?

    @Flag(name: .shortAndLong, help: "Show nothing but errors.")
    var quiet = false

    @Flag(help: "Print a line of JSON an epoch on standard output, as in metrics.jsonl.")
    var json = false

    @Flag(help: "Explain on standard error what is being done.")
    var verbose = false

    func validate() throws {
        if output != nil, runName != nil {
            throw ValidationError("--output and --run-name both name the folder; drop one")
        }
        if quiet, json { throw ValidationError("--quiet and --json contradict each other; drop one") }
        if quiet, verbose { throw ValidationError("--quiet and --verbose contradict each other; drop one") }
        if overwrite, output == nil, runName == nil {
            throw ValidationError("--overwrite needs --output or --run-name, to say which run")
        }
        if output == "" { throw ValidationError("--output takes a folder, not an empty name") }
        if let runName, runName.isEmpty || runName.hasPrefix(".") || runName.contains("/") {
            throw ValidationError(
                "--run-name takes a plain name; for a path say --output \(oneLine(runName))")
        }
        // In any case, for file systems that do not tell them apart.
        if let runName, runName.lowercased() == RunDestination.latestName {
            throw ValidationError("--run-name cannot be \(runName), which always points at the newest run")
        }
    }

    func record(in values: inout SettingValues) {
        values.set(.logInterval, logInterval)
        values.set(.figureEvery, figureEvery)
        values.set(.saveEvery, saveEvery)
    }

    /// Where the run goes.
    func destination(for configuration: RunConfiguration) -> RunDestination {
        if let output { return .named(path: output, overwrite: overwrite) }
        if let runName { return .titled(runsDirectory: "runs", name: runName, overwrite: overwrite) }
        return .numbered(
            runsDirectory: "runs", stem: "\(configuration.dataset.slug)-\(configuration.modelName)")
    }

    /// What is shown.
    var display: TrainingRun.Display { quiet ? .quiet : json ? .json : .automatic }
}
