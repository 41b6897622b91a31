/// Writes `last.safetensors` after each epoch and `best.safetensors` after each that did best.
///
/// A checkpoint replaces its predecessor only once it is whole and on the disk.
public final class CheckpointWriter: TrainingObserver {
    /// The last checkpoint that is whole on the disk.
    public private(set) var newest: String?

    private let model: any TrainableModel
    private let folder: RunFolder
    private let metadata: [String: String]

    /// A writer into `folder`; `metadata` goes into each file beside the epoch's figures.
    public init(model: any TrainableModel, folder: RunFolder, metadata: [String: String]) {
        self.model = model
        self.folder = folder
        self.metadata = metadata
    }

    /// Called after each epoch.
    public func epochDidFinish(_ report: EpochReport) throws {
        let figures = [
            "epoch": "\(report.epoch)", "step": "\(report.completedSteps)",
            "accuracy": "\(report.test.accuracy)", "loss": "\(report.test.averageLoss)",
        ]
        if report.isBest { try save(to: folder.bestCheckpointPath, figures) }
        try save(to: folder.lastCheckpointPath, figures)
    }

    /// Called when the run stops early.
    public func trainingWillStop(after report: BatchReport) throws {
        try save(
            to: folder.lastCheckpointPath, ["epoch": "\(report.epoch)", "step": "\(report.completedSteps)"])
    }

    private func save(to path: String, _ figures: [String: String]) throws {
        let all = metadata.merging(figures) { _, figure in figure }
        try AtomicFile.replace(path) { try model.saveWeights(to: $0, metadata: all) }
        newest = path
    }
}
