import Datasets
import SpatialTransformers

/// The library's ``Classifier`` as the training loop sees it, with what goes in and comes out.
public final class ClassifierModel: TrainableModel {
    /// The network and its weights.
    public let classifier: Classifier
    /// The size and normalisation of its images, and the names of its classes.
    public let interface: ModelInterface

    /// The network for the images of a data set, with fresh weights.
    ///
    /// - Throws: ``TrainingError`` when the images are too small for the network, ``ExecutionError`` when `STN_ISA` is wrong.
    public convenience init(for configuration: RunConfiguration, dataset: Dataset) throws {
        try self.init(for: configuration, interface: ModelInterface(of: dataset), name: dataset.name, fitting: nil)
    }

    /// The network with the weights of a checkpoint.
    ///
    /// - Throws: As the other initializer, ``ConfigurationError/otherClasses(path:weights:dataset:classes:)``, and
    ///   ``WeightsError``, ``SafetensorsError`` or ``FileError`` when the file does
    ///   not hold this network's weights.
    public convenience init(
        loading checkpoint: CheckpointLocation, for configuration: RunConfiguration, dataset: Dataset
    ) throws {
        try self.init(
            loading: checkpoint, for: configuration, interface: ModelInterface(of: dataset), name: dataset.name)
    }

    /// The network with the weights of a checkpoint, for images that are not at hand.
    ///
    /// What goes in and comes out is what the file of weights says; where it does not, or where the settings name a data set on
    /// the command line, what is known of the data set, which is read only if it is a folder.
    ///
    /// - Parameters:
    ///   - checkpoint: Where the weights are.
    ///   - settings: Those of the checkpoint under what the user gave.
    ///   - note: Told, in one line each, what was left out of a folder that had to be read.
    /// - Throws: As the other initializers, ``ModelError/badMetadata(path:key:text:expected:)``, and what reading a folder
    ///   throws.
    public convenience init(
        loading checkpoint: CheckpointLocation, settings: SettingValues, note: (String) -> Void = { _ in }
    ) throws {
        guard let dataset = settings[.dataset] else { throw checkpoint.noDataset }
        let path = checkpoint.weightsPath
        let stated =
            dataset.origin == .flag
            ? nil : try ModelInterface(metadata: try SafetensorsFile.summary(of: path).metadata, path: path)
        let configuration = try RunConfiguration(resolving: settings, folderMayBeGone: stated != nil)
        let interface =
            try stated ?? configuration.dataset.knownInterface
            ?? ModelInterface(of: configuration.dataset.load(seed: configuration.training.seed, note: note))
        try self.init(loading: checkpoint, for: configuration, interface: interface, name: configuration.dataset.text)
    }

    private convenience init(
        loading checkpoint: CheckpointLocation, for configuration: RunConfiguration, interface: ModelInterface,
        name: String
    ) throws {
        // Said before the tensors' shapes are compared, which tell the same in words that help less.
        if let names = try checkpoint.classNames(), names.count != interface.classNames.count {
            throw ConfigurationError.otherClasses(
                path: checkpoint.weightsPath, weights: names, dataset: configuration.dataset.text,
                classes: interface.classNames)
        }
        let weights = try SafetensorsFile(contentsOf: checkpoint.weightsPath)
        try self.init(
            for: configuration, interface: interface, name: name, fitting: (weights, checkpoint.weightsPath))
        try classifier.loadWeights(from: weights, named: checkpoint.weightsPath)
    }

    /// The network; memory for it is taken only once the weights that it is made for, if any, are seen to fit.
    private init(
        for configuration: RunConfiguration, interface: ModelInterface, name: String,
        fitting weights: (file: SafetensorsFile, path: String)?
    ) throws {
        let smallest = configuration.model.smallestImageSide(with: configuration.transformer.choice)
        guard min(interface.height, interface.width) >= smallest else {
            throw TrainingError.imagesTooSmall(
                dataset: name, height: interface.height, width: interface.width, smallest: smallest)
        }
        let network = configuration.network(of: interface)
        let input: Shape = [interface.height, interface.width, interface.channels]
        if let (file, path) = weights {
            try file.checkFit(of: try GraphBuilder.graph(of: network, input: input), named: path)
        }
        self.interface = interface
        classifier = try Classifier(
            network, input: input, seed: configuration.training.seed, threadCount: configuration.threads,
            precision: configuration.precision, labelSmoothing: Float(configuration.training.labelSmoothing))
    }

    /// The number of trained numbers.
    public var parameterCount: Int { classifier.parameterCount }

    /// Takes the memory of all batches.
    ///
    /// - Throws: ``ExecutionError/outOfMemory(_:)``.
    public func reserveMemory(training: Set<Int>, inference: Set<Int>) throws {
        try classifier.executor.reserveMemory(training: training, inference: inference)
    }

    /// One optimizer step.
    ///
    /// - Throws: ``ExecutionError`` when sizes or labels do not fit, or a number is of no use; nothing is changed then.
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

    /// What each transformer does to a batch; nil where there is none.
    ///
    /// - Throws: ``ExecutionError`` when sizes do not fit.
    public func transformerHealth(images: UnsafeBufferPointer<Float>, count: Int) throws -> [TransformerHealth]? {
        let graph = classifier.executor.graph
        guard !graph.transformers.isEmpty else { return nil }
        return try TransformerHealth.all(
            of: classifier, on: Tensor(graph.shape(of: graph.input).prefixed(by: count), Array(images)))
    }

    /// θ of the first transformer.
    ///
    /// - Throws: ``ExecutionError`` when sizes do not fit.
    public func transformationParameters(images: UnsafeBufferPointer<Float>, count: Int) throws -> Tensor<Float>? {
        let graph = classifier.executor.graph
        return try classifier.transformed(
            Tensor(graph.shape(of: graph.input).prefixed(by: count), Array(images)))?.theta
    }

    /// The weights, by PyTorch's names and layouts.
    public func weights(metadata: [String: String]) -> SafetensorsFile { classifier.weights(metadata: metadata) }

    /// Weights and what the optimizer remembers.
    public func trainingState(metadata: [String: String]) -> SafetensorsFile {
        classifier.trainingState(metadata: metadata)
    }

    /// Takes over a training state.
    ///
    /// - Throws: ``WeightsError`` or ``SafetensorsError`` when it is another network's; nothing is changed then.
    public func restoreTrainingState(from file: SafetensorsFile, named name: String) throws {
        try classifier.restoreTrainingState(from: file, named: name)
    }
}
