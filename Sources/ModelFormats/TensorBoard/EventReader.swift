import Interchange
import SwiftProtobuf

/// Reads an event file of TensorBoard's, record by record.
///
/// A record is its length (64 bits, little-endian) with a checksum, and its bytes with another. A last record that is cut off is
/// how a killed program leaves a file: it ends the reading, and is no fault.
package struct EventReader {
    /// Longer records are refused: a sheet of pictures takes a hundredth of it.
    static let largestRecord = 1 << 24

    private let file: InputFile
    private let path: String
    private var offset = 0
    /// Whether the file ends within a record.
    package private(set) var isCutOff = false

    /// Opens the file at `path`.
    ///
    /// - Throws: ``FileError``.
    package init(path: String) throws {
        file = try InputFile(path: path)
        self.path = path
    }

    /// The next event; nil at the end.
    ///
    /// - Throws: ``ModelFormatError/malformed(file:format:reason:)`` for a wrong checksum, a record that is too long, or bytes
    ///   that are no event; ``FileError`` when reading fails.
    package mutating func next() throws -> Tensorboard_Event? {
        if offset == file.byteCount { return nil }
        guard let length = try checked(8) else { return nil }
        let count = length.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard count <= UInt64(Self.largestRecord) else { throw malformed("a record of \(count) bytes") }
        guard let bytes = try checked(Int(count)) else { return nil }
        var budget = MessageBudget(limit: 1_000_000)
        guard (try? budget.count(bytes[...], as: .event)) != nil,
            let event = try? Tensorboard_Event(serializedBytes: bytes)
        else { throw malformed("the record before byte \(offset) is no event") }
        return event
    }

    /// The next `count` bytes, whose checksum follows them; nil when the file ends before.
    private mutating func checked(_ count: Int) throws -> [UInt8]? {
        guard file.byteCount - offset >= count + 4 else {
            isCutOff = true
            offset = file.byteCount
            return nil
        }
        let bytes = try file.read(count), checksum = try file.read(4)
        guard checksum.reversed().reduce(UInt32(0), { $0 << 8 | UInt32($1) }) == MaskedChecksum.of(bytes) else {
            throw malformed("a checksum at byte \(offset + count) is wrong")
        }
        offset += count + 4
        return bytes
    }

    private func malformed(_ reason: String) -> ModelFormatError {
        .malformed(file: path, format: "an event file of TensorBoard's", reason: reason)
    }
}
