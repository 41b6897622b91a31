import Execution
import Interchange
import Networks
import Tensors

/// Why a file of weights does not fit a network.
public enum WeightsError: UserFacingError, Equatable {
    /// The file lacks a parameter.
    case missing(name: String, file: String)
    /// The file holds a tensor the network has no place for.
    case unexpected(name: String, file: String)
    /// A tensor of another shape.
    case wrongShape(name: String, found: Shape, needed: Shape, file: String)
    /// A weight that is not a number or infinite.
    case notFinite(name: String, file: String)

    /// A file that is there but not what it should be.
    public var category: ErrorCategory { .badData }

    /// One line: the file, the tensor, what is wrong and what to do.
    public var description: String {
        switch self {
        case .missing(let name, let file):
            "\(file): no tensor named \(name); the file belongs to another network, check --transform"
        case .unexpected(let name, let file):
            "\(file): tensor \(name) has no place in this network; the file belongs to another one, check --transform"
        case .wrongShape(let name, let found, let needed, let file):
            "\(file): \(name) has shape \(found), but this network needs \(needed); check the data set and its image size"
        case .notFinite(let name, let file):
            "\(file): \(name) holds a value that is not finite; the training that wrote it diverged"
        }
    }
}

extension Classifier {
    /// The weights with PyTorch's names and layouts.
    ///
    /// - Parameter metadata: Put into the file's header, beside `format: pt`.
    /// - Returns: A safetensors file that `load_state_dict` takes as it is.
    public func weights(metadata: [String: String] = [:]) -> SafetensorsFile {
        let parameters = executor.parameters
        let tensors = parameters.entries.map { entry in
            let (name, shape) = (entry.name, entry.specification.pyTorchShape)
            let values = entry.specification.toPyTorch(parameters.tensor(entry).values)
            if entry.specification.role == .count {
                let integers = values.map { Int64(exactly: $0) ?? 0 }
                return SafetensorsFile.NamedTensor(name: name, shape: shape, integers: integers)
            }
            return SafetensorsFile.NamedTensor(name: name, shape: shape, floats: values)
        }
        return SafetensorsFile(
            metadata: metadata.merging(["format": "pt"]) { given, _ in given }, tensors: tensors)
    }

    /// Writes the weights; the file appears whole or not at all.
    ///
    /// - Throws: `FileError` when the file cannot be written.
    public func saveWeights(to path: String, metadata: [String: String] = [:]) throws {
        try weights(metadata: metadata).write(to: path)
    }

    /// Takes over the weights of a file written by ``saveWeights(to:metadata:)`` or by PyTorch's `save_file`.
    ///
    /// - Returns: The file's metadata.
    /// - Throws: `FileError` and `SafetensorsError` when it cannot be read, ``WeightsError`` when it does not fit;
    ///   the network is unchanged then.
    @discardableResult
    public func loadWeights(from path: String) throws -> [String: String] {
        let file = try SafetensorsFile(contentsOf: path)
        try loadWeights(from: file, named: path)
        return file.metadata
    }

    /// Takes over the weights of a parsed file; `name` is used in errors.
    ///
    /// - Throws: ``WeightsError`` when it does not fit; the network is unchanged then.
    public func loadWeights(from file: SafetensorsFile, named name: String) throws {
        try file.checkFit(of: executor.graph, named: name)
        let entries = executor.parameters.entries
        let tensors = try entries.map { entry in
            let floats =
                entry.specification.role == .count
                ? try file.integers(named: entry.name).map { Float(min(max($0, 0), 1 << 24)) }
                : try file.floats(named: entry.name)
            guard floats.allSatisfy(\.isFinite) else { throw WeightsError.notFinite(name: entry.name, file: name) }
            return Tensor(entry.specification.shape, entry.specification.fromPyTorch(floats))
        }
        for (entry, tensor) in zip(entries, tensors) { executor.parameters.assign(tensor, to: entry) }
    }
}

extension SafetensorsFile {
    /// Checks that the file holds a network's parameters by name and shape, and nothing else.
    ///
    /// Before a ``Classifier`` takes memory for a network that a file from a stranger describes: a network that fits the file
    /// is no larger than the file.
    ///
    /// - Throws: ``WeightsError``.
    package func checkFit(of graph: Graph, named name: String) throws(WeightsError) {
        let known = Set(graph.parameters.map(\.name))
        if let stranger = tensors.first(where: { !known.contains($0.name) }) {
            throw .unexpected(name: stranger.name, file: name)
        }
        let shapes: [String: Shape] = tensors.reduce(into: [:]) { $0[$1.name] = $1.shape }
        for parameter in graph.parameters {
            guard let shape = shapes[parameter.name] else { throw .missing(name: parameter.name, file: name) }
            let needed = parameter.specification.pyTorchShape
            guard shape == needed else {
                throw .wrongShape(name: parameter.name, found: shape, needed: needed, file: name)
            }
        }
    }
}

extension ParameterSpecification {
    /// The shape under which PyTorch keeps the parameter.
    package var pyTorchShape: Shape {
        layout == .convolution ? [shape[0], shape[3], shape[1], shape[2]] : shape
    }

    /// Values in PyTorch's order.
    package func toPyTorch(_ values: [Float]) -> [Float] {
        switch layout {
        case .plain: values
        case .convolution:
            PyTorchLayout.convolutionWeightToPyTorch(
                values, outputs: shape[0], inputs: shape[3], kernelHeight: shape[1], kernelWidth: shape[2])
        case .linear(let image):
            PyTorchLayout.flattenedLinearWeightToPyTorch(
                values, outputs: shape[0], channels: image[2], height: image[0], width: image[1])
        case .features(let image):
            PyTorchLayout.flattenedLinearWeightToPyTorch(
                values, outputs: 1, channels: image[2], height: image[0], width: image[1])
        }
    }

    /// Values in our order.
    package func fromPyTorch(_ values: [Float]) -> [Float] {
        switch layout {
        case .plain: values
        case .convolution:
            PyTorchLayout.convolutionWeightFromPyTorch(
                values, outputs: shape[0], inputs: shape[3], kernelHeight: shape[1], kernelWidth: shape[2])
        case .linear(let image):
            PyTorchLayout.flattenedLinearWeightFromPyTorch(
                values, outputs: shape[0], channels: image[2], height: image[0], width: image[1])
        case .features(let image):
            PyTorchLayout.flattenedLinearWeightFromPyTorch(
                values, outputs: 1, channels: image[2], height: image[0], width: image[1])
        }
    }
}
