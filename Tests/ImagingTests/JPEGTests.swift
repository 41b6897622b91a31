import Imaging
import TestSupport
import Testing

@Suite("JPEG")
struct JPEGTests {
    /// A picture without sharp edges, which JPEG keeps nearly unchanged.
    private func gradient(width: Int, height: Int, channels: Int) -> Image {
        var pixels: [UInt8] = []
        for y in 0..<height {
            for x in 0..<width {
                for channel in 0..<channels {
                    pixels.append(UInt8((x * 5 + y * 3 + channel * 20) % 200 + 20))
                }
            }
        }
        return Image(width: width, height: height, channels: channels, pixels: pixels)
    }

    private func encoded(_ image: Image, progressive: Bool = false) -> [UInt8] {
        encodedJPEG(
            image.pixels, width: image.width, height: image.height, channels: image.channels,
            progressive: progressive)
    }

    @Test(
        "grey and colour, in one pass and in several, come back nearly the same", arguments: [1, 3],
        [false, true])
    func roundTrip(channels: Int, progressive: Bool) throws {
        let image = gradient(width: 21, height: 13, channels: channels)
        let decoded = try Image(decoding: encoded(image, progressive: progressive), named: "gradient")
        #expect(decoded.width == 21 && decoded.height == 13 && decoded.channels == channels)
        let worst = zip(decoded.pixels, image.pixels).map { abs(Int($0) - Int($1)) }.max() ?? 255
        #expect(worst <= 4)
    }

    @Test("every truncation is an error, never grey fill", arguments: [false, true])
    func truncation(progressive: Bool) {
        let bytes = encoded(noisePicture(width: 17, height: 9, channels: 3), progressive: progressive)
        #expect(bytes.count > 100)
        for length in 0..<bytes.count {
            #expect(throws: ImagingError.self, "\(length) of \(bytes.count) bytes") {
                try Image(decoding: Array(bytes[..<length]), named: "short")
            }
        }
    }

    @Test("a flipped bit gives an error or a picture within the limits", arguments: [false, true])
    func bitFlips(progressive: Bool) {
        let limits = ImageLimits(pixels: 4096, side: 512)
        let bytes = encoded(noisePicture(width: 17, height: 9, channels: 3), progressive: progressive)
        for bit in 0..<bytes.count * 8 {
            var damaged = bytes
            damaged[bit / 8] ^= 1 << UInt8(bit % 8)
            if let image = try? Image(decoding: damaged, named: "flipped", limits: limits) {
                #expect(image.width * image.height <= 4096)
            }
        }
    }

    @Test("a header that claims too many pixels, or more rows than follow, is refused")
    func lyingHeader() throws {
        let bytes = encoded(gradient(width: 16, height: 16, channels: 3))
        let frame = try #require((0..<bytes.count - 9).first { bytes[$0] == 0xFF && bytes[$0 + 1] == 0xC0 })
        var bomb = bytes
        bomb.replaceSubrange(frame + 5..<frame + 9, with: [0xEA, 0x60, 0xEA, 0x60])
        #expect(
            throws: ImagingError.tooManyPixels(name: "bomb", width: 60_000, height: 60_000, limits: .default)
        ) {
            try Image(decoding: bomb, named: "bomb")
        }
        var tall = bytes
        tall.replaceSubrange(frame + 5..<frame + 7, with: [0, 64])
        #expect(throws: ImagingError.self) { try Image(decoding: tall, named: "tall") }
    }

    @Test("CMYK is multiplied out")
    func cmyk() throws {
        // Inverted, as Adobe writes it: 255 is no ink.
        let pixels = [[UInt8]](repeating: [255, 128, 0, 255], count: 64).flatMap { $0 }
        let bytes = encodedJPEG(pixels, width: 8, height: 8, channels: 4)
        let decoded = try Image(decoding: bytes, named: "cmyk")
        #expect(decoded.channels == 3)
        for (sample, expected) in zip(decoded[4, 4], [255, 128, 0]) {
            #expect(abs(Int(sample) - expected) <= 3)
        }
    }

    @Test("passes are counted, and too many are refused")
    func scans() throws {
        let bytes = encoded(gradient(width: 16, height: 16, channels: 3), progressive: true)
        let count = JPEGDecoder.scanCount(bytes)
        #expect(count > 4)
        #expect(JPEGDecoder.scanCount(encoded(gradient(width: 16, height: 16, channels: 3))) == 1)
        #expect(throws: ImagingError.self) {
            try Image(decoding: bytes, named: "passes", limits: ImageLimits(jpegScans: count - 1))
        }
        #expect(
            try Image(decoding: bytes, named: "passes", limits: ImageLimits(jpegScans: count)).width == 16)
    }
}
