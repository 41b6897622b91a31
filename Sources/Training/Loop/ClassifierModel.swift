import Datasets
import SpatialTransformers

/// The library's ``Classifier`` as the training loop sees it.
public final class ClassifierModel: TrainableModel {
    /// The network and its weights.
    public let classifier: Classifier

    /// The network for the images of a data set, with fresh weights.
    ///
    /// - Throws: ``TrainingError`` when the images are too small for the network, ``ExecutionError`` when `STN_ISA` is wrong.
    public init(for configuration: RunConfiguration, dataset: Dataset) throws {
        let images = dataset.training
        let smallest = configuration.model.smallestImageSide(with: configuration.transformer.choice)
        guard min(images.height, images.width) >= smallest else {
            throw TrainingError.imagesTooSmall(
                dataset: dataset.name, height: images.height, width: images.width, smallest: smallest)
        }
        let normalization = dataset.normalization
        let network = configuration.model.network(
            classes: dataset.classNames.count, transform: configuration.transformer.transformation,
            options: configuration.transformer.options(
                mean: normalization.mean, deviation: normalization.deviation))
        classifier = try Classifier(
            network, input: [images.height, images.width, images.channels], seed: configuration.training.seed,
            threadCount: configuration.threads, precision: configuration.precision,
            labelSmoothing: Float(configuration.training.labelSmoothing))
    }

    /// The network with the weights of a checkpoint.
    ///
    /// - Throws: As the other initializer, ``ConfigurationError/otherClasses(path:weights:dataset:classes:)``, and
    ///   ``WeightsError``, ``SafetensorsError`` or ``FileError`` when the file does
    ///   not hold this network's weights.
    public convenience init(
        loading checkpoint: CheckpointLocation, for configuration: RunConfiguration, dataset: Dataset
    ) throws {
        // Said before the tensors' shapes are compared, which tell the same in words that help less.
        if let names = try checkpoint.classNames(), names.count != dataset.classNames.count {
            throw ConfigurationError.otherClasses(
                path: checkpoint.weightsPath, weights: names, dataset: configuration.dataset.text,
                classes: dataset.classNames)
        }
        try self.init(for: configuration, dataset: dataset)
        try classifier.loadWeights(from: checkpoint.weightsPath)
    }

    /// The number of trained numbers.
    public var parameterCount: Int { classifier.parameterCount }

    /// One optimizer step.
    ///
    /// - Throws: ``ExecutionError`` when sizes or labels do not fit.
    public func trainingStep(
        images: UnsafeBufferPointer<Float>, labels: UnsafeBufferPointer<Int32>, step: UInt32,
        update: OptimizerUpdate
    ) throws -> BatchResult {
        let result = try classifier.executor.trainingStep(
            images: images, labels: labels, step: step, update: update)
        return BatchResult(lossSum: result.lossSum, correct: result.correct, count: labels.count)
    }

    /// The figures of a batch with dropout off.
    ///
    /// - Throws: ``ExecutionError`` when sizes or labels do not fit.
    public func evaluate(
        images: UnsafeBufferPointer<Float>, labels: UnsafeBufferPointer<Int32>
    ) throws -> BatchResult {
        let result = try classifier.executor.evaluate(images: images, labels: labels)
        return BatchResult(lossSum: result.lossSum, correct: result.correct, count: labels.count)
    }

    /// What the first transformer does to a batch.
    ///
    /// - Throws: ``ExecutionError`` when sizes do not fit.
    public func transformerHealth(images: UnsafeBufferPointer<Float>, count: Int) throws -> TransformerHealth? {
        let graph = classifier.executor.graph
        guard !graph.transformers.isEmpty else { return nil }
        return try TransformerHealth(
            of: classifier, on: Tensor(graph.shape(of: graph.input).prefixed(by: count), Array(images)))
    }

    /// Writes the weights, whole or not at all.
    ///
    /// - Throws: ``FileError`` when the file cannot be written.
    public func saveWeights(to path: String, metadata: [String: String]) throws {
        try classifier.saveWeights(to: path, metadata: metadata)
    }
}
