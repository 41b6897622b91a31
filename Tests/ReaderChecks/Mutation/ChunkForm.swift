import Imaging
import ModelFormats

/// Formats that are a row of lengths, contents and checksums.
enum ChunkForm {
    /// Puts right the checksum of each chunk of a PNG file.
    static func repairPNG(_ bytes: inout [UInt8]) {
        var start = 8
        while start + 12 <= bytes.count {
            let length = bytes[start..<start + 4].reduce(0) { $0 << 8 | Int($1) }
            let end = start + 8 + length
            guard end + 4 <= bytes.count else { return }
            let checksum = CRC32.checksum(of: bytes[start + 4..<end])
            bytes.replaceSubrange(end..<end + 4, with: littleEndian(checksum).reversed())
            start = end + 4
        }
    }

    /// Puts right both checksums of each record of an event file.
    static func repairRecords(_ bytes: inout [UInt8]) {
        var start = 0
        while start + 16 <= bytes.count {
            let length = bytes[start..<start + 8].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            bytes.replaceSubrange(start + 8..<start + 12, with: checksum(bytes[start..<start + 8]))
            guard length <= UInt64(bytes.count - start - 16) else { return }
            let end = start + 12 + Int(length)
            bytes.replaceSubrange(end..<end + 4, with: checksum(bytes[start + 12..<end]))
            start = end + 4
        }
    }

    private static func checksum(_ bytes: ArraySlice<UInt8>) -> [UInt8] { littleEndian(MaskedChecksum.of(bytes)) }
}
