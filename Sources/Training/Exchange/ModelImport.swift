import Datasets
import Foundation
import Networks
import SpatialTransformers

/// Weights from elsewhere, PyTorch's `save_file` for instance, made into a file that says what it holds.
///
/// Names, shapes and layouts are PyTorch's already; what such a file lacks is everything around the tensors: the network, what it
/// was trained on, how pixels are normalised and what the classes are called.
public struct ModelImport: Sendable {
    /// Prefixes that PyTorch's wrappers put before every name: `DataParallel` and its like, and `torch.compile`.
    static let wrappers = ["module.", "_orig_mod."]

    /// The network, its transformer and the data set.
    public var configuration: RunConfiguration

    /// An import of a network of `configuration`.
    public init(_ configuration: RunConfiguration) { self.configuration = configuration }

    /// Reads the weights at `source` and writes them with their description to `target`.
    ///
    /// - Parameters:
    ///   - source: A file of `safetensors.torch.save_file(model.state_dict(), …)`.
    ///   - target: The file to write, whole or not at all.
    ///   - note: Told, in one line each, what was left out of a folder of images that had to be read.
    /// - Returns: The number of trained numbers.
    /// - Throws: ``FileError``, ``SafetensorsError`` or ``CheckpointError`` for a file that cannot be read or was changed,
    ///   ``WeightsMismatch`` when it holds another network, ``WeightsError`` when values are not finite, and what making the network throws.
    @discardableResult
    public func run(from source: String, to target: String, note: (String) -> Void = { _ in }) throws -> Int {
        try Seal.check(source)
        let weights = Self.unwrapped(try SafetensorsFile(contentsOf: source))
        let interface =
            try configuration.dataset.knownInterface
            ?? ModelInterface(of: configuration.dataset.load(seed: configuration.training.seed, note: note))
        let network = configuration.network(of: interface)
        let input: Shape = [interface.height, interface.width, interface.channels]
        // Before memory is taken for a network: a file that fits it is as large.
        let graph = try GraphBuilder.graph(of: network, input: input)
        if let mismatch = WeightsMismatch(of: weights, named: source, for: graph, named: networkName) { throw mismatch }
        let classifier = try Classifier(network, input: input, seed: configuration.training.seed)
        try classifier.loadWeights(from: weights, named: source)
        try classifier.saveWeights(to: target, metadata: configuration.metadata(of: interface))
        return classifier.parameterCount
    }

    private var networkName: String {
        "the network \(configuration.model.rawValue) with transform \(configuration.transformer.choice.rawValue)"
            + " for \(configuration.dataset.text)"
    }

    /// The tensors without the prefix that all of them have.
    static func unwrapped(_ file: SafetensorsFile) -> SafetensorsFile {
        guard let prefix = wrappers.first(where: { prefix in file.tensors.allSatisfy { $0.name.hasPrefix(prefix) } }),
            !file.tensors.isEmpty
        else { return file }
        let tensors = file.tensors.map { $0.renamed(String($0.name.dropFirst(prefix.count))) }
        return unwrapped(SafetensorsFile(metadata: file.metadata, tensors: tensors))
    }
}
