import Interchange
import SwiftProtobuf
import Tensors

/// What an ONNX file holds, weights aside.
public struct ONNXSummary: Sendable {
    /// An input, an output, or a stored tensor.
    public struct Value: Sendable, Equatable {
        /// Its name.
        public let name: String
        /// The elements' type by the standard's name, "float32".
        public let type: String
        /// Its extents; a name stands for one that is free, "?" for an unknown one.
        public let extents: [String]
    }

    /// Larger files are not read: 64 MiB are twelve times the largest ready-made network.
    public static let largestByteCount = 1 << 26

    /// The version of the messages.
    public let intermediateRepresentation: Int
    /// The operator sets with their versions; "ai.onnx" is the standard's own.
    public let operatorSets: [(domain: String, version: Int)]
    /// The program that wrote the file, and its version.
    public let producer: String
    /// How many nodes there are of each operator, in alphabetical order.
    public let operators: [(type: String, count: Int)]
    /// What goes in.
    public let inputs: [Value]
    /// What comes out.
    public let outputs: [Value]
    /// Weights and constants.
    public let tensors: [Value]
    /// Free text, in the file's order.
    public let metadata: [(key: String, value: String)]

    /// Reads the file at `path`.
    ///
    /// - Throws: ``FileError`` when there is no such file or it cannot be read, ``ModelFormatError`` when it is too large or
    ///   not ONNX.
    public init(contentsOf path: String) throws {
        let file = try InputFile(path: path)
        guard file.byteCount <= Self.largestByteCount else {
            throw ModelFormatError.tooLarge(file: path, byteCount: file.byteCount, limit: Self.largestByteCount)
        }
        try self.init(parsing: try file.read(file.byteCount), named: path)
    }

    /// Reads a file that is in memory; `name` is for messages.
    ///
    /// - Throws: ``ModelFormatError/malformed(file:format:reason:)``.
    public init(parsing bytes: [UInt8], named name: String) throws(ModelFormatError) {
        func malformed(_ reason: String) -> ModelFormatError { .malformed(file: name, format: "ONNX", reason: reason) }
        var budget = MessageBudget(limit: 1_000_000)
        do {
            try budget.count(bytes[...], as: .onnxModel)
        } catch .tooManyParts(let limit) {
            throw malformed("it has more than \(limit) parts")
        } catch {
            throw malformed("its bytes are no message of protocol buffers")
        }
        guard let model = try? Onnx_ModelProto(serializedBytes: bytes) else {
            throw malformed("its bytes are no model")
        }
        guard model.hasIrVersion, model.hasGraph, !model.opsetImport.isEmpty else {
            throw malformed("it has no version, graph or operator set")
        }
        // The format forbids both, and what is shown of a file is JSON, whose keys are different.
        guard Set(model.opsetImport.map(Self.domain)).count == model.opsetImport.count else {
            throw malformed("it has two operator sets of one domain")
        }
        guard Set(model.metadataProps.map(\.key)).count == model.metadataProps.count else {
            throw malformed("it has a key of its metadata twice")
        }
        self.init(of: model)
    }

    private static func domain(_ set: Onnx_OperatorSetIdProto) -> String { set.domain.isEmpty ? "ai.onnx" : set.domain }

    private init(of model: Onnx_ModelProto) {
        intermediateRepresentation = Int(model.irVersion)
        operatorSets = model.opsetImport.map { (Self.domain($0), Int($0.version)) }
        producer = [model.producerName, model.producerVersion].filter { !$0.isEmpty }.joined(separator: " ")
        let counts = Dictionary(grouping: model.graph.node, by: \.opType).mapValues(\.count)
        operators = counts.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        (inputs, outputs) = (model.graph.input.map(Value.init), model.graph.output.map(Value.init))
        tensors = model.graph.initializer.map { tensor in
            Value(name: tensor.name, type: Value.typeName(tensor.dataType), extents: tensor.dims.map { "\($0)" })
        }
        metadata = model.metadataProps.map { ($0.key, $0.value) }
    }
}

extension ONNXSummary.Value {
    fileprivate init(_ value: Onnx_ValueInfoProto) {
        let tensor = value.type.tensorType
        self.init(
            name: value.name, type: Self.typeName(tensor.elemType),
            extents: tensor.shape.dim.map { dimension in
                switch dimension.value {
                case .dimValue(let extent): "\(extent)"
                case .dimParam(let name): name
                case nil: "?"
                }
            })
    }

    /// The standard's number for a type in words.
    fileprivate static func typeName(_ number: Int32) -> String {
        let names = [
            "undefined", "float32", "uint8", "int8", "uint16", "int16", "int32", "int64", "string", "bool", "float16",
            "float64", "uint32", "uint64", "complex64", "complex128", "bfloat16",
        ]
        return names.indices.contains(Int(number)) ? names[Int(number)] : "type \(number)"
    }
}
