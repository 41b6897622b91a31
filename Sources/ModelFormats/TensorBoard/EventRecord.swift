import SwiftProtobuf

/// An event as a record of TensorBoard's event files: its length (64 bits, little-endian) with a checksum, and its bytes with
/// another.
///
/// Records are only ever appended, so a program that is killed leaves at worst one that is cut off, which readers pass over.
///
/// - Source: TensorFlow's `lib/io/record_writer.h`.
package enum EventRecord {
    /// The record of an event.
    ///
    /// - Throws: What swift-protobuf throws for an event above 2 GiB.
    package static func bytes(of event: Tensorboard_Event) throws -> [UInt8] {
        let body: [UInt8] = try event.serializedBytes()
        let length = littleEndian(UInt64(body.count))
        return length + littleEndian(MaskedChecksum.of(length)) + body + littleEndian(MaskedChecksum.of(body))
    }

    private static func littleEndian(_ value: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian) { Array($0) }
    }
}
