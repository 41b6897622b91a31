import Datasets
import Tensors

extension OptimizerSettings {
    /// Numbers that are remembered for each weight.
    fileprivate var momentCount: Int { kind == .sgd ? (momentum == 0 ? 0 : 1) : 2 }
}

extension TrainingRun {
    /// Takes what batches need and makes sure of the rest, so that a run that begins does not end for want of memory.
    ///
    /// - Throws: ``MemoryShortage``, or what the model throws.
    func reserveMemory(for model: any TrainableModel, on dataset: Dataset) throws {
        let batch = configuration.training.batchSize
        let (training, test) = (dataset.training, dataset.test)
        try model.reserveMemory(
            training: Self.batchSizes(of: training.count, atMost: batch),
            inference: Self.batchSizes(of: test.count, atMost: batch))
        // The loaders' buffers; moments, if any; weights and moments as numbers, as bytes and as a file while they are saved.
        let loaders = (min(batch, training.count) + min(batch, test.count)) * training.bytesPerImage * 4
        let moments = configuration.training.optimizer.momentCount * model.parameterCount * 4
        let state = model.parameterCount * 4 + moments
        try MemoryShortage.check(
            loaders + moments + 4 * state + Self.smallThings, for: "training and saving a run",
            cure: "take smaller batches (--batch-size), or raise the limit that is set (ulimit -v)")
    }

    /// Pictures after an epoch, journals, threads' stacks and what the libraries keep, measured generously.
    private static let smallThings = 48 << 20

    /// All sizes that batches of a split have: the full one, and that of the last.
    private static func batchSizes(of count: Int, atMost batch: Int) -> Set<Int> {
        Set([min(batch, count), count % batch].filter { $0 > 0 })
    }
}
