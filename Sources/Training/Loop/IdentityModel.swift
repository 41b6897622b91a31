import Datasets
import SpatialTransformers

extension ClassifierModel {
    /// The network of a checkpoint with its transformers held where they begin: at the identity, or at their parts of the image.
    ///
    /// A fresh localization network gives every image the θ it begins with, so this is the classifier's weights behind it; what the
    /// checkpoint has of localization networks is left out, and so is a start off the identity.
    ///
    /// - Throws: As ``init(loading:for:dataset:)``.
    package convenience init(
        bypassingTransformerOf checkpoint: CheckpointLocation, for configuration: RunConfiguration, dataset: Dataset
    ) throws {
        var plain = configuration
        plain.transformer.initialSpread = 0
        try self.init(for: plain, dataset: dataset)
        let fresh = Set(classifier.executor.graph.parameters.filter(\.isLocalization).map(\.name))
        let file = try SafetensorsFile(contentsOf: checkpoint.weightsPath)
        let held = SafetensorsFile(
            metadata: file.metadata,
            tensors: file.tensors.filter { !fresh.contains($0.name) }
                + classifier.weights(metadata: [:]).tensors.filter { fresh.contains($0.name) })
        try classifier.loadWeights(from: held, named: checkpoint.weightsPath)
    }
}
