/// The checksum of TensorBoard's event files: CRC-32C (Castagnoli, polynomial 0x82F63B78 reflected), turned and shifted so that
/// checksums of bytes that hold checksums stay good.
///
/// - Source: TensorFlow's `lib/hash/crc32c.h`. None of the libraries here has this polynomial.
package enum MaskedChecksum {
    private static let table: [UInt32] = (0..<256).map { index in
        (0..<8).reduce(UInt32(index)) { word, _ in word & 1 == 1 ? 0x82F6_3B78 ^ word >> 1 : word >> 1 }
    }

    /// The checksum as it stands in a file.
    package static func of(_ bytes: some Sequence<UInt8>) -> UInt32 {
        let word = plain(bytes)
        return (word >> 15 | word << 17) &+ 0xA282_EAD8
    }

    /// The checksum itself.
    static func plain(_ bytes: some Sequence<UInt8>) -> UInt32 {
        let table = table
        var word = UInt32.max
        for byte in bytes { word = table[Int(UInt8(truncatingIfNeeded: word) ^ byte)] ^ word >> 8 }
        return ~word
    }
}
