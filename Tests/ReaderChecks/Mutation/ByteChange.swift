import Tensors

/// Changes of bytes of any kind.
package enum ByteChange {
    /// `bytes` with one change.
    package static func changed(_ bytes: [UInt8], using generator: inout RandomStreamGenerator) -> [UInt8] {
        guard !bytes.isEmpty else { return [UInt8(truncatingIfNeeded: generator.nextWord())] }
        var bytes = bytes
        let place = generator.integer(below: bytes.count)
        let range = place..<place + 1 + generator.integer(below: min(16, bytes.count - place))
        switch generator.integer(below: 8) {
        case 0: bytes[place] ^= 1 << UInt8(generator.integer(below: 8))
        case 1: bytes[place] = UInt8(truncatingIfNeeded: generator.nextWord())
        case 2: bytes[place] = [0, 1, 0x7F, 0x80, 0xFF][generator.integer(below: 5)]
        case 3: bytes.insert(UInt8(truncatingIfNeeded: generator.nextWord()), at: place)
        case 4: bytes.removeSubrange(range)
        case 5: bytes.insert(contentsOf: Array(bytes[range]), at: generator.integer(below: bytes.count))
        case 6: bytes.replaceSubrange(range, with: repeatElement(bytes[place] ^ 0xFF, count: range.count))
        default: bytes.removeLast(generator.integer(below: min(16, bytes.count)))
        }
        return bytes
    }
}
