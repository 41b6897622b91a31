import Tensors

/// Why a run cannot go on from its checkpoints.
public enum CheckpointError: UserFacingError, Equatable {
    /// A checkpoint that is not what was written.
    case damaged(path: String, reason: String)
    /// Checkpoints, and none of them whole.
    case noneIntact(folder: String, count: Int)
    /// Weights, and nothing that says how far the run had come.
    case weightsAlone(folder: String)
    /// A checkpoint of other settings than the run's `config.yaml` has.
    case otherSetting(path: String, name: String, checkpoint: String, run: String)
    /// A checkpoint that was trained on another number of images.
    case otherImages(path: String, checkpoint: Int, now: Int)
    /// Fewer epochs than are trained already.
    case tooFewEpochs(path: String, epochs: Int)

    /// Decides the exit code.
    public var category: ErrorCategory {
        switch self {
        case .damaged, .noneIntact, .weightsAlone, .otherSetting, .otherImages: .badData
        case .tooFewEpochs: .usage
        }
    }

    /// One line: what, where, what to do.
    public var description: String {
        switch self {
        case .damaged(let path, let reason):
            "\(path): \(reason); copy the file again, or take an older one"
        case .noneIntact(let folder, let count):
            "\(folder): none of \(count) checkpoints to go on from is whole; put whole ones in their place, or start another run"
        case .weightsAlone(let folder):
            "\(folder): holds weights, and no checkpoint to go on from; start another run"
        case .otherSetting(let path, let name, let checkpoint, let run):
            "\(path) was trained with \(name) \(oneLine(checkpoint)), but config.yaml says \(oneLine(run)); put that back"
        case .otherImages(let path, let checkpoint, let now):
            "\(path) was trained on \(checkpoint) images, but the data set has \(now) now; put that back"
        case .tooFewEpochs(let path, let epochs):
            "\(path) has come further than epoch \(epochs); say more with --epochs"
        }
    }
}
