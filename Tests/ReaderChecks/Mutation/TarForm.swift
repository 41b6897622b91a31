/// tar, whose members each have a header of 512 bytes with a checksum.
enum TarForm {
    private static let block = 512

    /// Puts right the checksum of each header, found by the sizes that those before it state.
    static func repair(_ bytes: inout [UInt8]) {
        var start = 0
        while start + block <= bytes.count, bytes[start] != 0 {
            let checksum = start + 148..<start + 156
            bytes.replaceSubrange(checksum, with: repeatElement(UInt8(ascii: " "), count: 8))
            let sum = bytes[start..<start + block].reduce(0) { $0 + Int($1) }
            let digits = String(sum, radix: 8)
            let text = String(repeating: "0", count: 6 - digits.count) + digits + "\0 "
            bytes.replaceSubrange(checksum, with: text.utf8)
            let size = bytes[start + 124..<start + 136].reduce(0) { size, byte in
                (0x30...0x37).contains(byte) ? (size << 3 | Int(byte & 7)) & 0xFFFF_FFFF : size
            }
            start += block + (size + block - 1) / block * block
        }
    }
}
