import Imaging

/// PNG files made by hand, so that kinds which the product never writes, and broken ones, can be tried.
struct PNGBuilder {
    var bytes = ImageFormat.pngSignature

    /// A header for the given size; `colorType` as in the PNG specification (0 grey, 2 colour, 3 palette, 4 and 6 alpha).
    init(width: Int, height: Int, bitDepth: UInt8 = 8, colorType: UInt8) {
        append("IHDR", Self.word(width) + Self.word(height) + [bitDepth, colorType, 0, 0, 0])
    }

    /// A chunk with a correct checksum.
    mutating func append(_ name: String, _ payload: [UInt8]) {
        let body = Array(name.utf8) + payload
        bytes += Self.word(payload.count) + body + Self.word(Int(CRC32.checksum(of: body[...])))
    }

    /// The pixels, stored uncompressed and unfiltered, and the end.
    func finished(rows: [[UInt8]]) -> [UInt8] {
        var copy = self
        copy.append("IDAT", Self.zlibStored(rows.flatMap { [0] + $0 }))
        copy.append("IEND", [])
        return copy.bytes
    }

    static func word(_ value: Int) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
    }

    private static func zlibStored(_ data: [UInt8]) -> [UInt8] {
        let (low, high) = (UInt8(truncatingIfNeeded: data.count), UInt8(truncatingIfNeeded: data.count >> 8))
        var (a, b) = (1, 0)
        for byte in data {
            a = (a + Int(byte)) % 65_521
            b = (b + a) % 65_521
        }
        return [0x78, 1, 1, low, high, ~low, ~high] + data + word(b << 16 | a)
    }
}

/// A picture of bytes that do not compress, from a small multiplicative generator.
func noisePicture(width: Int, height: Int, channels: Int, seed: UInt32 = 1) -> Image {
    var state = seed
    let pixels = (0..<width * height * channels).map { _ in
        state = state &* 1_664_525 &+ 1_013_904_223
        return UInt8(truncatingIfNeeded: state >> 24)
    }
    return Image(width: width, height: height, channels: channels, pixels: pixels)
}
