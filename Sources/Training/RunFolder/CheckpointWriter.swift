import SpatialTransformers

/// Writes what a run goes on from, `last.safetensors` after each epoch, and `best.safetensors` after each that did best.
///
/// A checkpoint replaces nothing before it is whole and on the disk. The order is what makes an epoch count once and only once:
/// its lines are on the disk before the checkpoint that closes it, and after a crash those that no checkpoint knows of are cut
/// off. Weights of an epoch that was not closed are written again, bit for bit, when the run goes on.
public final class CheckpointWriter: TrainingObserver {
    /// The last file of weights that is whole on the disk.
    public private(set) var newest: String?

    private let model: any TrainableModel
    private let store: CheckpointStore
    private let configuration: RunConfiguration
    private let metadata: [String: String]
    private let journals: [Journal]
    private var progress: TrainingProgress
    private let isRolledBack: Bool
    private var plan: TrainingPlan?

    /// A writer of a run's checkpoints.
    ///
    /// - Parameters:
    ///   - model: Whose weights are written.
    ///   - store: Where they go.
    ///   - configuration: The run's; its ``RunConfiguration/saveEvery`` says how often.
    ///   - metadata: Put into each file beside the figures.
    ///   - journals: The files that grow with the run. Whoever writes to them observes before this object.
    ///   - progress: Where the run starts.
    ///   - isRolledBack: Whether it went back to there, which its checkpoint must know.
    package init(
        model: any TrainableModel, store: CheckpointStore, configuration: RunConfiguration, metadata: [String: String],
        journals: [Journal], from progress: TrainingProgress, isRolledBack: Bool = false
    ) {
        self.isRolledBack = isRolledBack
        (self.model, self.store, self.configuration) = (model, store, configuration)
        (self.metadata, self.journals, self.progress) = (metadata, journals, progress)
        newest = progress.last == nil ? nil : lastPath
    }

    /// Called once before the first step.
    public func trainingWillStart(_ plan: TrainingPlan) throws {
        self.plan = plan
        // So that a folder with weights and no checkpoint is known for one that cannot be gone on with.
        if progress == TrainingProgress() || isRolledBack { try save() }
    }

    /// Called after each step.
    public func batchDidFinish(_ report: BatchReport) throws { try follow(report) }

    /// Called after each step that was left out.
    public func batchWasSkipped(_ report: BatchReport, because divergence: TrainingError.Divergence) throws {
        try follow(report)
    }

    private func follow(_ report: BatchReport) throws {
        progress.follow(report)
        if let interval = configuration.saveEvery, report.completedSteps % interval == 0 { try save() }
    }

    /// Called after each epoch.
    public func epochDidFinish(_ report: EpochReport) throws {
        let figures = [
            "epoch": "\(report.epoch)", "step": "\(report.completedSteps)",
            "accuracy": "\(report.test.accuracy)", "loss": "\(report.test.averageLoss)",
        ]
        if report.isBest { try saveWeights(to: bestPath, figures) }
        try saveWeights(to: lastPath, figures)
        progress.finish(report)
        try save()
    }

    /// Called when the run stops early.
    public func trainingWillStop(after report: BatchReport) throws {
        try saveWeights(to: lastPath, ["epoch": "\(report.epoch)", "step": "\(report.completedSteps)"])
        try save()
    }

    /// Puts weights and the optimizer's memory as they are aside, for people to look at; checkpoints stay as they are.
    ///
    /// - Returns: Where they lie.
    func saveAside(_ divergence: TrainingError.Divergence) throws -> String {
        let path = store.divergedPath(step: divergence.step)
        let said = ["step": "\(divergence.step)", "epoch": "\(divergence.epoch)", "fault": divergence.finding]
        try store.save(try model.trainingState(metadata: described(by: said)), to: path)
        return path
    }

    /// Writes a checkpoint of the last step that this object was told of.
    func save() throws {
        guard let plan else { preconditionFailure("a run that has not begun has nothing to save") }
        for journal in journals { try journal.synchronize() }
        let lengths = Dictionary(uniqueKeysWithValues: journals.map { ($0.name, $0.byteCount) })
        let record = CheckpointRecord(
            progress, journals: lengths, configuration: configuration, images: plan.imageCount)
        let step = progress.completedSteps(in: plan)
        var all = described(by: try record.metadata)
        all["step"] = "\(step)"
        try store.save(try model.trainingState(metadata: all), step: step)
    }

    private var lastPath: String { store.folder + "/last.safetensors" }
    private var bestPath: String { store.folder + "/best.safetensors" }

    private func saveWeights(to path: String, _ figures: [String: String]) throws {
        try store.save(try model.weights(metadata: described(by: figures)), to: path)
        newest = path
    }

    /// What every file is told, and what is known of this one.
    private func described(by figures: [String: String]) -> [String: String] {
        figures.reduce(into: metadata) { $0[$1.key] = $1.value }
    }
}
