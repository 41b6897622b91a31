import Foundation
import Interchange
import Tensors

/// A file of expected values that PyTorch computed: `Tests/Goldens/<name>.safetensors`, written by
/// `tools/generate_goldens.py`.
///
/// A file holds cases, a case holds tensors and settings (text). Tensors are in PyTorch's layout; ``image(_:_:)`` and
/// ``convolutionWeight(_:_:)`` convert.
public struct Golden: Sendable {
    private struct Description: Decodable {
        let about: [String: String]
        let cases: [String: [String: String]]
    }

    private let file: SafetensorsFile
    /// The settings of each case, by the case's name.
    public let cases: [String: [String: String]]
    /// Where the values come from: "torch", "script", "arithmetic".
    public let about: [String: String]

    /// The golden file called `name`.
    public init(_ name: String) throws {
        file = try SafetensorsFile(contentsOf: Self.folder.appendingPathComponent("\(name).safetensors").path)
        let text = file.metadata["golden"] ?? ""
        let description = try JSONDecoder().decode(Description.self, from: Data(text.utf8))
        (cases, about) = (description.cases, description.about)
    }

    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Goldens")

    /// The names of the cases in alphabetical order.
    public var caseNames: [String] { cases.keys.sorted() }

    /// A case's setting as a number, or nil when it has no such setting.
    public func number(_ name: String, _ setting: String) -> Double? {
        cases[name]?[setting].flatMap(Double.init)
    }

    /// Whether a case's setting is "true".
    public func flag(_ name: String, _ setting: String) -> Bool { cases[name]?[setting] == "true" }

    /// A case's tensor as it stands in the file.
    public func tensor(_ name: String, _ key: String) throws -> Tensor<Float> {
        let floats = try file.floats(named: "\(name)/\(key)")
        return Tensor(file["\(name)/\(key)"]?.shape ?? [], floats)
    }

    /// A case's tensor in double precision; as exact as the file holds it.
    public func doubles(_ name: String, _ key: String) throws -> Tensor<Double> {
        let floats = try tensor(name, key)
        return Tensor(floats.shape, file["\(name)/\(key)"]?.doubles() ?? floats.values.map(Double.init))
    }

    /// A case's tensors under their own names, as a file of their own: a state dictionary.
    public func file(of name: String) -> SafetensorsFile {
        SafetensorsFile(
            tensors: file.tensors.filter { $0.name.hasPrefix("\(name)/") }.map { tensor in
                let key = String(tensor.name.dropFirst(name.count + 1))
                if let integers = tensor.integers() {
                    return SafetensorsFile.NamedTensor(name: key, shape: tensor.shape, integers: integers)
                }
                return SafetensorsFile.NamedTensor(name: key, shape: tensor.shape, floats: tensor.floats() ?? [])
            })
    }

    /// A case's integers, such as labels.
    public func integers(_ name: String, _ key: String) throws -> [Int] {
        try file.integers(named: "\(name)/\(key)").map(Int.init)
    }

    /// A case's images, moved from the file's [N, C, H, W] to [N, H, W, C].
    public func image(_ name: String, _ key: String) throws -> Tensor<Float> {
        channelsLast(try tensor(name, key))
    }

    /// A case's convolution weights, moved from the file's [O, I, kH, kW] to [O, kH, kW, I].
    public func convolutionWeight(_ name: String, _ key: String) throws -> Tensor<Float> {
        channelsLast(try tensor(name, key))
    }
}

/// The tensor with its second axis moved to the end: [N, C, H, W] → [N, H, W, C], or [O, I, kH, kW] → [O, kH, kW, I].
public func channelsLast(_ tensor: Tensor<Float>) -> Tensor<Float> {
    let shape = tensor.shape
    precondition(shape.rank == 4, "\(shape) has no channels to move")
    let values = PyTorchLayout.imagesFromPyTorch(
        tensor.values, count: shape[0], channels: shape[1], height: shape[2], width: shape[3])
    return Tensor([shape[0], shape[2], shape[3], shape[1]], values)
}
