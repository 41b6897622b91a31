import Interchange
import SwiftProtobuf

/// A network in ONNX, ready to be written.
public struct ONNXModel: Sendable, Equatable {
    /// The message that the file consists of.
    package let message: Onnx_ModelProto

    /// The file's bytes; equal models give equal bytes.
    ///
    /// - Throws: ``ONNXError/tooLarge(byteCount:)``.
    public func encoded() throws(ONNXError) -> [UInt8] {
        var options = BinaryEncodingOptions()
        options.useDeterministicOrdering = true
        guard let bytes = try? message.serializedBytes(options: options) as [UInt8] else {
            // The one reason that is left: all strings are valid and no field is required.
            throw .tooLarge(byteCount: message.graph.initializer.reduce(0) { $0 + $1.rawData.count })
        }
        return bytes
    }

    /// Writes the file, whole or not at all.
    ///
    /// - Throws: ``FileError`` when the file system refuses, ``ONNXError/tooLarge(byteCount:)``.
    public func write(to path: String) throws {
        try AtomicFile.write(try encoded(), to: path)
    }
}
