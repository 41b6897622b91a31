import ModelFormats
import SwiftProtobuf

/// Event files, byte by byte.
enum EventFile {
    /// A record: length, its checksum, bytes, their checksum.
    static func record(_ bytes: [UInt8]) -> [UInt8] {
        let length = littleEndian(UInt64(bytes.count))
        return length + littleEndian(MaskedChecksum.of(length)) + bytes + littleEndian(MaskedChecksum.of(bytes))
    }

    static func record(_ event: Tensorboard_Event) throws -> [UInt8] { record(try event.serializedBytes()) }

    /// A file of a version, then each step's loss.
    static func losses(_ losses: [(step: Int64, loss: Float)]) throws -> [UInt8] {
        let version = try record(.with { ($0.wallTime, $0.fileVersion) = (1_700_000_000, "brain.Event:2") })
        return try losses.reduce(version) { bytes, loss in
            bytes
                + (try record(
                    .with {
                        ($0.wallTime, $0.step) = (1_700_000_000 + Double(loss.step), loss.step)
                        $0.summary = .with { $0.value = [.with { ($0.tag, $0.simpleValue) = ("loss", loss.loss) }] }
                    }))
        }
    }

    static func littleEndian<Word: FixedWidthInteger>(_ word: Word) -> [UInt8] {
        withUnsafeBytes(of: word.littleEndian) { Array($0) }
    }

    /// A number as messages have it, seven bits a byte.
    static func varint(_ value: Int) -> [UInt8] {
        value < 128 ? [UInt8(value)] : [UInt8(value & 0x7F | 0x80)] + varint(value >> 7)
    }
}
