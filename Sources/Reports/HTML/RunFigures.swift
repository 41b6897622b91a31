import Datasets
import Imaging
import SpatialTransformers
import Training

/// Makes a bar for work of so many things of a unit; nil where nobody watches.
public typealias BarMaker = (_ label: String, _ count: Int, _ unit: String) -> WorkBar?

/// All that is computed of a run with its weights and its data, apart from how it is drawn.
package struct RunFigures {
    let dataset: Dataset
    let parameterCount: Int
    /// The network's transformer; nil for a network without one.
    let transformer: Graph.Transformer?
    package let predictions: Predictions
    package let confusion: ConfusionMatrix
    package let mistakes: Mistakes
    /// Images before and after.
    package let samples: [TransformedSample]
    /// What the transformer makes of the images that are mistakes.
    let seen: [Int: TransformedSample]
    package let evolution: EvolutionAnimation?
    let motions: MotionDistribution?
    package let sweeps: [InputSweep]

    /// Pictures of each kind: enough to see a pattern, few enough to look at each.
    private static let limits = (samples: 8, mistakes: 8)

    /// Computes everything.
    ///
    /// - Parameters:
    ///   - record: The run.
    ///   - checkpoint: Its weights.
    ///   - configuration: Its settings.
    ///   - dataset: Its data.
    ///   - bar: Makes a bar for each part of the work.
    /// - Throws: ``WeightsError`` and what else a network and its weights can be wrong about.
    package init(
        of record: RunRecord, checkpoint: CheckpointLocation, configuration: RunConfiguration, dataset: Dataset,
        bar: BarMaker
    ) throws {
        self.dataset = dataset
        let (test, normalization) = (dataset.test, dataset.normalization)
        let model = try ClassifierModel(loading: checkpoint, for: configuration, dataset: dataset)
        let classifier = model.classifier
        parameterCount = model.parameterCount
        let transformer = classifier.executor.graph.transformers.first
        self.transformer = transformer
        let classifying = bar("classifying", test.count, "img")
        let predictions = try Predictions(
            of: classifier, on: test, normalization: normalization, batchSize: configuration.training.batchSize
        ) { classifying?.show($0) }
        classifying?.clear()
        self.predictions = predictions
        confusion = predictions.confusion(classNames: dataset.classNames)
        mistakes = Mistakes(predictions, limit: Self.limits.mistakes)
        let drawing = transformer.map {
            TransformerDrawing(
                transformer: $0,
                sampler: configuration.transformer.options(
                    mean: normalization.mean, deviation: normalization.deviation, seed: configuration.training.seed
                ).sampler, normalization: normalization, threadCount: classifier.executor.threadCount)
        }
        samples =
            try drawing?.samples(
                at: test.drawnIndices(Self.limits.samples, seed: 0), of: test, theta: predictions.theta(of:)) ?? []
        let wrong = Array(Set(mistakes.worst + mistakes.mostConfident)).sorted()
        let seen = try drawing?.samples(at: wrong, of: test, theta: predictions.theta(of:)) ?? []
        self.seen = Dictionary(uniqueKeysWithValues: seen.map { ($0.index, $0) })
        evolution = try drawing.flatMap {
            try EvolutionAnimation(record, on: test, drawing: $0, bar: bar)
        }
        motions = MotionDistribution(predictions, of: transformer, classCount: dataset.classNames.count)
        let plain = try transformer.map { _ in
            try ClassifierModel(bypassingTransformerOf: checkpoint, for: configuration, dataset: dataset).classifier
        }
        let images = test.images(
            at: test.drawnIndices(InputSweep.imageLimit(bytesPerImage: test.bytesPerImage), seed: 0))
        let kinds = InputSweep.Kind.allCases
        let moving = bar("moving inputs", kinds.reduce(0) { $0 + $1.positions.count }, "step")
        defer { moving?.clear() }
        var steps = 0
        sweeps = try kinds.map { kind in
            try InputSweep(kind, of: (classifier, plain), on: images, normalization: normalization) {
                steps += 1
                moving?.show(steps)
            }
        }
    }
}
