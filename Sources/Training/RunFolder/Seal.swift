import Crypto
import Interchange
import SpatialTransformers

/// A SHA-256 inside a safetensors file over all other bytes of it, so that no change to a checkpoint goes unseen.
///
/// It stands in the metadata as `sha256`, and is computed with 64 zeros in its place. A file beside the checkpoint would need a
/// second rename, and after a crash might belong to another checkpoint than the one it lies by; behind the data there is no
/// room, as readers refuse files longer than their header says.
package enum Seal {
    /// The file's bytes with their checksum.
    ///
    /// - Throws: ``SafetensorsError`` when the file breaks a limit of the format.
    package static func sealed(_ file: SafetensorsFile) throws(SafetensorsError) -> [UInt8] {
        var file = file
        file.metadata[key] = blank
        var bytes = try file.encoded()
        guard let place = place(in: bytes) else { preconditionFailure("no room for a checksum in the header") }
        bytes.replaceSubrange(place, with: Array(digest(of: bytes).utf8))
        return bytes
    }

    /// Reads sealed bytes; `name` is for messages.
    ///
    /// - Throws: ``CheckpointError/damaged(path:reason:)`` for bytes that are not what was sealed, ``SafetensorsError`` for those
    ///   that were never a file.
    package static func opened(_ bytes: [UInt8], name: String) throws -> SafetensorsFile {
        guard let place = place(in: bytes) else {
            throw CheckpointError.damaged(path: name, reason: "it holds no checksum, or is cut off")
        }
        var rest = bytes
        rest.replaceSubrange(place, with: Array(blank.utf8))
        // Compared as text: digits of another case are a change, too.
        guard digest(of: rest).utf8.elementsEqual(bytes[place]) else {
            throw CheckpointError.damaged(path: name, reason: "its checksum does not match its content")
        }
        let file = try SafetensorsFile(parsing: bytes, name: name)
        try requireEntry(file.metadata[key], at: bytes[place], path: name)
        return file
    }

    /// Refuses the file at `path` if its seal is broken; one without a seal, as other programs write it, is taken.
    ///
    /// Reads the file once, a block at a time.
    ///
    /// - Throws: ``CheckpointError/damaged(path:reason:)``, ``FileError``, and ``SafetensorsError`` for what is no such file.
    package static func check(_ path: String) throws {
        guard let entry = try SafetensorsFile.summary(of: path).metadata[key] else { return }
        let file = try InputFile(path: path)
        var head = try file.read(min(file.byteCount, 8 + SafetensorsFile.maximumHeaderByteCount))
        guard let place = place(in: head) else {
            throw CheckpointError.damaged(path: path, reason: "its checksum is not written as one")
        }
        let stated = head[place]
        try requireEntry(entry, at: stated, path: path)
        head.replaceSubrange(place, with: Array(blank.utf8))
        var hash = SHA256()
        hash.update(data: head)
        var restCount = file.byteCount - head.count
        while restCount > 0 {
            let block = try file.read(min(restCount, 1 << 20))
            hash.update(data: block)
            restCount -= block.count
        }
        guard hexadecimal(hash.finalize()).utf8.elementsEqual(stated) else {
            throw CheckpointError.damaged(path: path, reason: "its checksum does not match its content")
        }
    }

    /// What was found by its text must be the entry of the metadata, and not a field that readers pass over.
    private static func requireEntry(
        _ entry: String?, at stated: ArraySlice<UInt8>, path: String
    ) throws(CheckpointError) {
        guard let entry, entry.utf8.elementsEqual(stated) else {
            throw .damaged(path: path, reason: "its checksum is not written as one")
        }
    }

    private static let key = "sha256"
    private static let blank = String(repeating: "0", count: 64)
    /// How the header begins the entry; inside of a text the first quote would stand behind a backslash.
    private static let needle = Array("\"\(key)\":\"".utf8)

    private static func digest(of bytes: [UInt8]) -> String { hexadecimal(SHA256.hash(data: bytes)) }

    private static func hexadecimal(_ digest: SHA256Digest) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(
            decoding: digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    /// Where the digest stands: in the header, which alone is searched.
    private static func place(in bytes: [UInt8]) -> Range<Int>? {
        guard bytes.count > 8 else { return nil }
        let stated = bytes[..<8].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        let end = min(bytes.count, Int(min(stated, UInt64(SafetensorsFile.maximumHeaderByteCount))) + 8)
        let length = needle.count + blank.utf8.count
        guard end - 8 >= length else { return nil }
        return bytes.withUnsafeBufferPointer { bytes in
            for start in 8...end - length
            where bytes[start] == needle[0] && bytes[start - 1] != UInt8(ascii: "\\")
                && bytes[start..<start + needle.count].elementsEqual(needle)
            {
                return start + needle.count..<start + length
            }
            return nil
        }
    }
}
