import Datasets
import SpatialTransformers

extension ClassifierModel {
    /// The network of a checkpoint with its transformer held at the identity.
    ///
    /// The identity passes every image on bit for bit, so this is the classifier behind the transformer alone, with its
    /// weights; those of the localization network are left out.
    ///
    /// - Throws: As ``init(loading:for:dataset:)``.
    package convenience init(
        bypassingTransformerOf checkpoint: CheckpointLocation, for configuration: RunConfiguration, dataset: Dataset
    ) throws {
        var plain = configuration
        plain.transformer = TransformerSettings()
        plain.transformer.choice = .none
        try self.init(for: plain, dataset: dataset)
        let file = try SafetensorsFile(contentsOf: checkpoint.weightsPath)
        let known = Set(classifier.executor.parameters.entries.map(\.name))
        let kept = SafetensorsFile(
            metadata: file.metadata, tensors: file.tensors.filter { known.contains($0.name) })
        try classifier.loadWeights(from: kept, named: checkpoint.weightsPath)
    }
}
