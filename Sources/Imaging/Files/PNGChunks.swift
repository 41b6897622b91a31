/// A PNG file taken apart into chunks and put together again with only those that make the pixels.
///
/// libpng's simplified interface verifies neither the last chunk's checksum nor that the end is there, and it would
/// unpack text and colour profiles that were written to exhaust memory. So every chunk is walked here first, and libpng
/// sees a copy without ancillary chunks.
struct PNGChunks {
    /// Columns and rows as the header claims; each below 2³².
    let width: Int
    let height: Int
    /// A PNG file of IHDR, PLTE, tRNS, IDAT and IEND only.
    let essentialBytes: [UInt8]

    /// What is wrong with the bytes, in a few words.
    struct Flaw: Error { let reason: String }

    /// Walks the chunks of a PNG file; reads no byte outside `bytes` whatever the lengths say.
    init(walking bytes: [UInt8]) throws(Flaw) {
        var essential = ImageFormat.pngSignature
        essential.reserveCapacity(bytes.count)
        var offset = essential.count
        let header = try Self.chunk(of: bytes, at: offset)
        guard header.name == "IHDR", header.payload.count == 13 else { throw Flaw(reason: "no header") }
        width = Self.word(of: bytes, at: header.payload.lowerBound)
        height = Self.word(of: bytes, at: header.payload.lowerBound + 4)
        while true {
            let chunk = try Self.chunk(of: bytes, at: offset)
            if Self.essentialNames.contains(chunk.name) {
                try Self.verifyChecksum(of: chunk, in: bytes)
                essential += bytes[offset..<chunk.end]
            } else if chunk.isCritical {
                throw Flaw(reason: "unknown critical chunk \(chunk.name)")
            }
            offset = chunk.end
            if chunk.name == "IEND" { break }
        }
        essentialBytes = essential
    }

    /// The payloads of all chunks of one name in a PNG file, checksums unread.
    static func payloads(named name: String, in bytes: [UInt8]) throws(Flaw) -> [ArraySlice<UInt8>] {
        var (offset, payloads) = (ImageFormat.pngSignature.count, [ArraySlice<UInt8>]())
        while offset < bytes.count {
            let chunk = try chunk(of: bytes, at: offset)
            if chunk.name == name { payloads.append(bytes[chunk.payload]) }
            offset = chunk.end
        }
        return payloads
    }

    private struct Chunk {
        let name: String
        let isCritical: Bool
        let payload: Range<Int>
        /// Just after the checksum.
        var end: Int { payload.upperBound + 4 }
    }

    private static let essentialNames: Set<String> = ["IHDR", "PLTE", "tRNS", "IDAT", "IEND"]

    private static func chunk(of bytes: [UInt8], at offset: Int) throws(Flaw) -> Chunk {
        guard bytes.count - offset >= 12 else { throw Flaw(reason: "cut off after \(bytes.count) bytes") }
        let length = word(of: bytes, at: offset)
        guard length <= bytes.count - offset - 12 else {
            throw Flaw(reason: "cut off: the chunk at byte \(offset) claims \(length) bytes")
        }
        let name = bytes[offset + 4..<offset + 8]
        guard name.allSatisfy({ (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0) }) else {
            throw Flaw(reason: "no chunk at byte \(offset)")
        }
        let payload = offset + 8..<offset + 8 + length
        return Chunk(
            name: String(decoding: name, as: UTF8.self), isCritical: bytes[offset + 4] < 0x60, payload: payload)
    }

    private static func verifyChecksum(of chunk: Chunk, in bytes: [UInt8]) throws(Flaw) {
        let covered = chunk.payload.lowerBound - 4..<chunk.payload.upperBound
        guard Int(CRC32.checksum(of: bytes[covered])) == word(of: bytes, at: chunk.payload.upperBound) else {
            throw Flaw(reason: "checksum of chunk \(chunk.name) at byte \(covered.lowerBound - 4) is wrong")
        }
    }

    private static func word(of bytes: [UInt8], at offset: Int) -> Int {
        bytes[offset..<offset + 4].reduce(0) { $0 << 8 | Int($1) }
    }
}

/// The checksum of PNG chunks (ISO 3309, polynomial 0xEDB88320 reflected).
package enum CRC32 {
    private static let table: [UInt32] = (0..<256).map { index in
        (0..<8).reduce(UInt32(index)) { word, _ in word & 1 == 1 ? 0xEDB8_8320 ^ word >> 1 : word >> 1 }
    }

    package static func checksum(of bytes: ArraySlice<UInt8>) -> UInt32 {
        let table = table
        var word = UInt32.max
        for byte in bytes { word = table[Int(UInt8(truncatingIfNeeded: word) ^ byte)] ^ word >> 8 }
        return ~word
    }
}
