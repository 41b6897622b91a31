import CZlib

/// gzip, unpacked for a change and packed again.
enum GzipForm {
    private static let longest = 1 << 13

    /// What is in it; nil where it is damaged or too long to be worth changing.
    static func unpacked(_ bytes: [UInt8]) -> [UInt8]? {
        var stream = z_stream()
        guard stn_inflate_init_gzip(&stream) == Z_OK else { return nil }
        defer { inflateEnd(&stream) }
        var (input, isWhole) = (bytes, false)
        let output = [UInt8](unsafeUninitializedCapacity: longest) { output, count in
            input.withUnsafeMutableBufferPointer { input in
                (stream.next_in, stream.avail_in) = (input.baseAddress, UInt32(input.count))
                (stream.next_out, stream.avail_out) = (output.baseAddress, UInt32(output.count))
                isWhole = inflate(&stream, Z_FINISH) == Z_STREAM_END
            }
            count = longest - Int(stream.avail_out)
        }
        return isWhole ? output : nil
    }

    /// A gzip file of one block that is not compressed, in which a search sees what it changes.
    static func stored(_ bytes: [UInt8]) -> [UInt8] {
        let bytes = bytes.prefix(longest - 1)
        let count = UInt16(bytes.count)
        let checksum = bytes.withUnsafeBufferPointer { crc32(0, $0.baseAddress, UInt32($0.count)) }
        return [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 1] + littleEndian(count) + littleEndian(~count) + bytes
            + littleEndian(UInt32(truncatingIfNeeded: checksum)) + littleEndian(UInt32(count))
    }
}

/// A number with its low byte first.
func littleEndian<Word: FixedWidthInteger>(_ word: Word) -> [UInt8] {
    withUnsafeBytes(of: word.littleEndian, Array.init)
}
