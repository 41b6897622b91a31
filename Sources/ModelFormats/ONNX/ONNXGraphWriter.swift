import Foundation
import Tensors

/// An ONNX graph in the making: nodes in the order they run, and the constants they read.
struct ONNXGraphWriter {
    let operatorSet: ONNXOperatorSet
    private(set) var nodes: [Onnx_NodeProto] = []
    private(set) var constants: [Onnx_TensorProto] = []
    /// For grids with positions that read nothing, the value that is zero there and 1 elsewhere, [N, 1, H, W].
    var masks: [String: String] = [:]
    private var counts: [String: Int] = [:]

    init(operatorSet: ONNXOperatorSet) { self.operatorSet = operatorSet }

    /// The bytes of all constants: nearly all of the file.
    var byteCount: Int { constants.reduce(0) { $0 + $1.rawData.count } }

    /// Adds a node with one output, and returns that one's name.
    mutating func add(
        _ type: String, _ inputs: String..., attributes: [Onnx_AttributeProto] = []
    ) -> String {
        add(type, to: inputs, attributes: attributes)
    }

    /// Adds a node on any number of values.
    mutating func add(_ type: String, to inputs: [String], attributes: [Onnx_AttributeProto] = []) -> String {
        counts[type, default: 0] += 1
        let name = "\(type)_\(counts[type, default: 0])"
        nodes.append(
            .with {
                $0.name = name
                $0.opType = type
                $0.input = inputs
                $0.output = [name]
                $0.attribute = attributes
            })
        return name
    }

    /// A constant of floats; one that is there already is used again.
    mutating func constant(_ values: [Float], dimensions: [Int], named name: String) -> String {
        precondition(
            values.count == dimensions.reduce(1, *), "\(values.count) values for a constant of \(dimensions)")
        return constant(
            .with {
                $0.dims = dimensions.map(Int64.init)
                $0.dataType = Int32(Onnx_TensorProto.DataType.float.rawValue)
                $0.rawData = littleEndian(values.map(\.bitPattern))
            }, named: name)
    }

    /// A constant of a single number, which goes with any shape.
    mutating func scalar(_ value: Double, named name: String) -> String {
        constant([Float(value)], dimensions: [], named: name)
    }

    /// A list of whole numbers: shapes, indices, amounts of padding.
    mutating func list(_ values: [Int], named name: String) -> String {
        constant(
            .with {
                $0.dims = [Int64(values.count)]
                $0.dataType = Int32(Onnx_TensorProto.DataType.int64.rawValue)
                $0.rawData = littleEndian(values.map { UInt64(bitPattern: Int64($0)) })
            }, named: name)
    }

    /// The value under another shape; an extent of 0 is the input's own.
    mutating func reshaped(_ value: String, _ shape: [Int], named name: String) -> String {
        let shape = list(shape, named: name)
        return add("Reshape", value, shape)
    }

    /// Makes a value known under the name by which callers ask for it.
    ///
    /// - Precondition: no value has the name.
    mutating func rename(_ value: String, to name: String) {
        guard let producer = nodes.firstIndex(where: { $0.output == [value] }) else {
            // The graph's input, which keeps its own name.
            return copy(value, as: name)
        }
        nodes[producer].output = [name]
        for index in nodes.indices { nodes[index].input = nodes[index].input.map { $0 == value ? name : $0 } }
    }

    /// Gives a value a second name.
    mutating func copy(_ value: String, as name: String) {
        nodes.append(.with { ($0.name, $0.opType, $0.input, $0.output) = (name, "Identity", [value], [name]) })
    }

    /// The name under which the constant is stored: the wanted one, with a number where that names another constant.
    private mutating func constant(_ tensor: Onnx_TensorProto, named wanted: String) -> String {
        var tensor = tensor
        for number in 1... {
            tensor.name = number == 1 ? wanted : "\(wanted).\(number)"
            guard let known = constants.first(where: { $0.name == tensor.name }) else { break }
            if known == tensor { return tensor.name }
        }
        constants.append(tensor)
        return tensor.name
    }
}

/// The words one after another, each with its low byte first.
private func littleEndian<Word: FixedWidthInteger>(_ words: [Word]) -> Data {
    words.map(\.littleEndian).withUnsafeBytes { Data($0) }
}

extension Onnx_AttributeProto {
    /// A whole number.
    static func integer(_ name: String, _ value: Int) -> Onnx_AttributeProto {
        .with { ($0.name, $0.type, $0.i) = (name, .int, Int64(value)) }
    }

    /// A list of whole numbers.
    static func integers(_ name: String, _ values: [Int]) -> Onnx_AttributeProto {
        .with { ($0.name, $0.type, $0.ints) = (name, .ints, values.map(Int64.init)) }
    }

    /// A floating-point number.
    static func float(_ name: String, _ value: Float) -> Onnx_AttributeProto {
        .with { ($0.name, $0.type, $0.f) = (name, .float, value) }
    }

    /// A word.
    static func string(_ name: String, _ value: String) -> Onnx_AttributeProto {
        .with { ($0.name, $0.type, $0.s) = (name, .string, Data(value.utf8)) }
    }
}
