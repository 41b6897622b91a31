/// Compressed zeros, 160 times smaller than what they unpack to, made without a compressor.
enum DeflateBomb {
    /// A zlib stream, checksum included, of one zero byte and `repeats` copies of 258 more.
    static func zlib(repeats: Int) -> [UInt8] {
        var bits = BitWriter()
        // One last block with the fixed codes (RFC 1951, 3.2.6), whose bits come the highest first.
        bits.append(0b011, count: 3)
        bits.appendCode(0b0011_0000, count: 8)
        for _ in 0..<repeats {
            // Length 258 is symbol 285 without extra bits; distance 1 is code 0 of five bits.
            bits.appendCode(0b1100_0101, count: 8)
            bits.appendCode(0, count: 5)
        }
        bits.appendCode(0, count: 7)
        let count = 1 + 258 * repeats
        // Adler-32 of zeros: the first sum stays 1, the second counts bytes.
        return [0x78, 1] + bits.bytes + PNGBuilder.word((count % 65_521) << 16 | 1)
    }

    private struct BitWriter {
        private(set) var bytes: [UInt8] = []
        private var count = 0

        mutating func append(_ value: Int, count bits: Int) {
            for bit in 0..<bits {
                if count % 8 == 0 { bytes.append(0) }
                bytes[bytes.count - 1] |= UInt8(value >> bit & 1) << UInt8(count % 8)
                count += 1
            }
        }

        mutating func appendCode(_ code: Int, count bits: Int) {
            for bit in (0..<bits).reversed() { append(code >> bit & 1, count: 1) }
        }
    }
}
