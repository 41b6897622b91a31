import Datasets

/// Runs a model over a whole split without changing it.
public enum Evaluation {
    /// The figures of `model` on `images`, in batches of `batchSize` (64 by default, the size training uses).
    public static func run(
        _ model: any TrainableModel, on images: LabeledImages, normalization: Normalization,
        batchSize: Int = 64
    ) throws -> BatchResult {
        let loader = BatchLoader(
            images, normalization: normalization, capacity: max(1, min(batchSize, images.count)))
        return try run(model, loader: loader, batchSize: batchSize)
    }

    static func run(_ model: any TrainableModel, loader: BatchLoader, batchSize: Int) throws -> BatchResult {
        var total = BatchResult.empty
        let order = Array(0..<loader.imageCount)
        for first in stride(from: 0, to: order.count, by: batchSize) {
            let indices = order[first..<min(first + batchSize, order.count)]
            total += try loader.withBatch(indices) { try model.evaluate(images: $0, labels: $1) }
        }
        return total
    }
}
