import Foundation
import Tensors
import Testing

/// One case of ONNX's node tests: the only node of `model.onnx`, and the tensors of `test_data_set_0`.
///
/// Reads the few fields of ModelProto and TensorProto (onnx.proto) that these files have.
struct OnnxNode {
    let operation: String
    private(set) var text: [String: String] = [:]
    private(set) var integers: [String: Int] = [:]
    let inputs: [Tensor<Double>]
    let output: Tensor<Double>

    init(in folder: URL) throws {
        let model = try Message(Data(contentsOf: folder.appendingPathComponent("model.onnx")))
        let node = try #require(try model.messages(7).first?.messages(1).first)
        operation = try #require(node.strings(4).first)
        for attribute in try node.messages(5) {
            let name = try #require(attribute.strings(1).first)
            text[name] = attribute.strings(4).first
            integers[name] = attribute.numbers(3).first
        }
        func tensor(_ file: String) throws -> Tensor<Double> {
            try OnnxNode.tensor(
                Message(Data(contentsOf: folder.appendingPathComponent("test_data_set_0/\(file).pb"))))
        }
        inputs = [try tensor("input_0"), try tensor("input_1")]
        output = try tensor("output_0")
    }

    /// Where the cases are, if they are.
    static let folder: URL? = {
        let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let named = ProcessInfo.processInfo.environment["STN_ONNX_NODE_TESTS"].map { URL(fileURLWithPath: $0) }
        let folder = named ?? repository.appendingPathComponent("../shared/onnx-node-tests").standardizedFileURL
        return FileManager.default.fileExists(atPath: folder.path) ? folder : nil
    }()

    /// The cases in the folder, less those whose model is spelled out in simpler operators.
    static func names(_ prefix: String) -> [String] {
        guard let folder, let names = try? FileManager.default.contentsOfDirectory(atPath: folder.path) else {
            return []
        }
        return names.filter { $0.hasPrefix(prefix) && !$0.hasSuffix("_expanded") }.sorted()
    }

    /// A tensor of 32-bit floats or 64-bit integers, stored as raw bytes.
    private static func tensor(_ message: Message) throws -> Tensor<Double> {
        let bytes = try #require(message.bytes(9).first)
        let values: [Double]
        switch message.numbers(2).first {
        case 1: values = numbers(bytes, as: UInt32.self).map { Double(Float(bitPattern: $0)) }
        case 7: values = numbers(bytes, as: Int64.self).map(Double.init)
        default: throw Malformed()
        }
        return Tensor(Shape(message.numbers(1)), values)
    }

    private static func numbers<Number: FixedWidthInteger>(_ bytes: Data, as type: Number.Type) -> [Number] {
        let size = MemoryLayout<Number>.size
        return (0..<bytes.count / size).map { index in
            bytes.dropFirst(index * size).prefix(size).reversed().reduce(0) { $0 << 8 | Number($1) }
        }
    }

    private struct Malformed: Error {}

    /// The fields of a protobuf message by number.
    private struct Message {
        private var varints: [Int: [Int]] = [:]
        private var blobs: [Int: [Data]] = [:]

        init(_ data: Data) throws {
            var rest = data
            while !rest.isEmpty {
                let key = try Message.varint(&rest)
                switch key & 7 {
                case 0: varints[key >> 3, default: []].append(try Message.varint(&rest))
                case 2: blobs[key >> 3, default: []].append(try Message.take(Message.varint(&rest), of: &rest))
                case 5: _ = try Message.take(4, of: &rest)
                default: throw Malformed()
                }
            }
        }

        func bytes(_ field: Int) -> [Data] { blobs[field] ?? [] }
        func strings(_ field: Int) -> [String] { bytes(field).map { String(decoding: $0, as: UTF8.self) } }
        func messages(_ field: Int) throws -> [Message] { try bytes(field).map { try Message($0) } }
        /// Repeated numbers may be packed.
        func numbers(_ field: Int) -> [Int] {
            (varints[field] ?? [])
                + bytes(field).flatMap { packed -> [Int] in
                    var (rest, numbers) = (packed, [Int]())
                    while !rest.isEmpty, let number = try? Message.varint(&rest) { numbers.append(number) }
                    return numbers
                }
        }

        private static func varint(_ data: inout Data) throws -> Int {
            var (value, shift) = (0, 0)
            while let byte = data.popFirst(), shift < 63 {
                value |= Int(byte & 127) << shift
                if byte < 128 { return value }
                shift += 7
            }
            throw Malformed()
        }

        private static func take(_ count: Int, of data: inout Data) throws -> Data {
            guard count >= 0, count <= data.count else { throw Malformed() }
            defer { data = data.dropFirst(count) }
            return data.prefix(count)
        }
    }
}
