import Interchange

/// A run that is to go on: its folder, which this process holds from now on, and its settings.
public struct ResumedRun {
    /// The folder.
    public let folder: RunFolder
    /// The run's settings with the changes.
    public let configuration: RunConfiguration

    /// Takes hold of a run's folder.
    ///
    /// - Parameters:
    ///   - path: The folder.
    ///   - changes: What shall be different from now on: the number of epochs, of threads, where data lie, what is shown.
    /// - Throws: ``ConfigurationError`` for any other change and for a bad `config.yaml`; ``RunFolderError``.
    public init(_ path: String, changes: SettingValues) throws {
        for setting in Setting.allCases where !setting.mayChangeOnResume {
            guard let value = changes[setting] else { continue }
            throw ConfigurationError.contradiction(
                setting, origin: value.origin,
                reason:
                    "cannot be chosen with --resume, as a run goes on with its own settings; drop it, or start a new run"
            )
        }
        folder = try RunFolder.holding(path)
        let settings = try ConfigurationFile.read(folder.configurationPath)
        configuration = try RunConfiguration(resolving: settings.overridden(by: changes))
    }
}

/// What a run goes on from; by default nothing, as a run begins.
struct ResumePoint {
    /// Where training stands.
    private(set) var progress = TrainingProgress()
    /// Training steps done before; nil where a run begins.
    private(set) var step: Int?
    /// The bytes to keep of each file that grows with the run.
    private(set) var journals: [String: Int] = [:]

    /// Why the run went back to here; nil where it did not.
    private(set) var setback: TrainingError.Divergence?

    /// The beginning.
    init() {}

    /// Goes on from here with a lower learning rate.
    mutating func rollBack(because divergence: TrainingError.Divergence) {
        progress.rollBack()
        setback = divergence
    }

    /// Finds a run's newest checkpoint that is whole and puts the model where it was; the beginning where there is none.
    ///
    /// What earlier processes left half-written is swept away: the folder is held, so nobody else writes there. `note` is told of
    /// checkpoints that are damaged.
    ///
    /// - Throws: ``CheckpointError``, and what the model throws when the checkpoint is another network's.
    init(
        of model: any TrainableModel, in folder: RunFolder, configuration: RunConfiguration, plan: TrainingPlan,
        files: any Storage, note: (String) -> Void
    ) throws {
        for path in [folder.path, folder.checkpointsPath] { files.sweepTemporaries(in: path) }
        let store = CheckpointStore(folder: folder.checkpointsPath, files: files)
        guard let found = try store.newest(note: note) else { return }
        let record = try CheckpointRecord(in: found.file, path: found.path)
        progress = try record.progress(for: configuration, plan: plan, path: found.path)
        (journals, step) = (record.journals, progress.completedSteps(in: plan))
        try model.restoreTrainingState(from: found.file, named: found.path)
    }
}
