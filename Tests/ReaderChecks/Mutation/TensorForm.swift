import Crypto
import Foundation

/// safetensors, put together again after a change of the header.
enum TensorForm {
    /// The header; nil where its length is not that of one.
    static func header(of bytes: [UInt8]) -> ArraySlice<UInt8>? {
        guard bytes.count > 8 else { return nil }
        let length = bytes[..<8].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return length <= UInt64(bytes.count - 8) ? bytes[8..<8 + Int(length)] : nil
    }

    /// A file of this header, and of the data that it says if they are few, else of those in `bytes`.
    static func file(header: [UInt8], like bytes: [UInt8]) -> [UInt8] {
        let old = (self.header(of: bytes)?.endIndex).map { bytes[$0...] } ?? []
        let end = largestEnd(in: header)
        let data = end <= 256 ? old.prefix(end) + [UInt8](repeating: 1, count: max(0, end - old.count)) : old
        let length = (0..<8).map { UInt8(truncatingIfNeeded: header.count >> ($0 * 8)) }
        return length + header + data
    }

    /// The file with the checksum over it where its header has room for one.
    static func sealed(_ bytes: [UInt8]) -> [UInt8] {
        guard let header = header(of: bytes), let key = place(of: key, in: header) else { return bytes }
        let digits = key + Self.key.count..<key + Self.key.count + 64
        guard digits.upperBound <= header.endIndex else { return bytes }
        var sealed = bytes
        sealed.replaceSubrange(digits, with: repeatElement(UInt8(ascii: "0"), count: 64))
        let digest = SHA256.hash(data: sealed).flatMap { byte in [byte >> 4, byte & 15] }
        sealed.replaceSubrange(digits, with: digest.map { hexadecimal[Int($0)] })
        return sealed
    }

    private static let key = Array(#""sha256":""#.utf8)
    private static let offsets = Array(#""data_offsets":["#.utf8)
    private static let hexadecimal = Array("0123456789abcdef".utf8)

    /// The highest end of a tensor's data that the header states.
    private static func largestEnd(in header: [UInt8]) -> Int {
        var (largest, rest) = (0, header[...])
        while let start = place(of: offsets, in: rest) {
            rest = header[(start + offsets.count)...]
            let end = rest.drop { $0 != UInt8(ascii: ",") }.dropFirst().prefix { (0x30...0x39).contains($0) }
            largest = max(largest, Int(String(decoding: end, as: UTF8.self)) ?? 0)
        }
        return largest
    }

    /// By the C library, as a search would look at the comparison of every byte otherwise.
    private static func place(of text: [UInt8], in bytes: ArraySlice<UInt8>) -> Int? {
        bytes.withUnsafeBytes { memory in
            var start = 0
            while memory.count - start >= text.count, let base = memory.baseAddress,
                let found = memchr(base + start, Int32(text[0]), memory.count - start - text.count + 1)
            {
                start = UnsafeRawPointer(found) - base
                if memcmp(found, text, text.count) == 0 { return bytes.startIndex + start }
                start += 1
            }
            return nil
        }
    }
}
