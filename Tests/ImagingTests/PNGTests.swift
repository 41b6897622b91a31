import Imaging
import Testing

@Suite("PNG")
struct PNGTests {
    @Test(
        "what is written is read back the same",
        arguments: [(1, 1, 1), (1, 1, 3), (7, 5, 1), (5, 7, 3), (64, 33, 3), (1, 300, 1), (300, 1, 3)])
    func roundTrip(width: Int, height: Int, channels: Int) throws {
        let image = noisePicture(width: width, height: height, channels: channels)
        #expect(try Image(decoding: image.pngData(), named: "noise") == image)
    }

    @Test("every truncation is an error")
    func truncation() throws {
        let bytes = try noisePicture(width: 9, height: 6, channels: 3).pngData()
        for length in 0..<bytes.count {
            #expect(throws: ImagingError.self, "\(length) of \(bytes.count) bytes") {
                try Image(decoding: Array(bytes[..<length]), named: "short")
            }
        }
    }

    @Test("a flipped bit is an error or changes nothing")
    func bitFlips() throws {
        let image = noisePicture(width: 9, height: 6, channels: 3)
        let bytes = try image.pngData()
        var refused = 0
        for bit in 0..<bytes.count * 8 {
            var damaged = bytes
            damaged[bit / 8] ^= 1 << UInt8(bit % 8)
            do {
                #expect(try Image(decoding: damaged, named: "flipped") == image, "bit \(bit)")
            } catch {
                refused += 1
            }
        }
        // Only flips in ancillary chunks, which are not read, can pass.
        #expect(refused > bytes.count * 8 / 2)
    }

    @Test("a small file that claims 60000×60000 pixels is refused by its header")
    func pixelBomb() {
        let bytes = PNGBuilder(width: 60_000, height: 60_000, colorType: 2).finished(rows: [[0, 0, 0]])
        #expect(
            throws: ImagingError.tooManyPixels(name: "bomb", width: 60_000, height: 60_000, limits: .default)
        ) {
            try Image(decoding: bytes, named: "bomb")
        }
        let extreme = PNGBuilder(width: 0xFFFF_FFFF, height: 0xFFFF_FFFF, colorType: 2).finished(rows: [
            [0, 0, 0]
        ])
        #expect(throws: ImagingError.self) { try Image(decoding: extreme, named: "bomb") }
    }

    @Test(
        "a header that claims other sizes than the data has is an error",
        arguments: [(2, 3), (5, 2), (0, 2), (2, 0)])
    func lyingHeader(width: Int, height: Int) {
        let bytes = PNGBuilder(width: width, height: height, colorType: 0).finished(rows: [[1, 2], [3, 4]])
        #expect(throws: ImagingError.self) { try Image(decoding: bytes, named: "liar") }
    }

    @Test("a chunk that claims more bytes than there are, or a foreign critical chunk, is an error")
    func lyingChunks() {
        var builder = PNGBuilder(width: 1, height: 1, colorType: 0)
        builder.bytes += [0x7F, 0xFF, 0xFF, 0xFF] + Array("IDAT".utf8) + [0, 0, 0, 0]
        #expect(throws: ImagingError.self) { try Image(decoding: builder.bytes, named: "long") }
        var foreign = PNGBuilder(width: 1, height: 1, colorType: 0)
        foreign.append("CgBI", [0, 0, 0, 0])
        #expect(throws: ImagingError.self) {
            try Image(decoding: foreign.finished(rows: [[7]]), named: "foreign")
        }
    }

    @Test("text, profile and gamma chunks are not looked at, whatever they hold")
    func ancillaryChunks() throws {
        var builder = PNGBuilder(width: 2, height: 1, colorType: 0)
        builder.append("gAMA", PNGBuilder.word(1_000_000))
        builder.append("iCCP", [UInt8](repeating: 0x41, count: 300))
        for _ in 0..<2000 { builder.append("zTXt", [0x61, 0, 0, 0x78, 0x9C, 1, 2, 3]) }
        #expect(try Image(decoding: builder.finished(rows: [[7, 9]]), named: "chunks").pixels == [7, 9])
    }

    @Test("transparency is laid over white")
    func transparency() throws {
        let color = PNGBuilder(width: 3, height: 1, colorType: 6)
            .finished(rows: [[10, 20, 30, 255, 10, 20, 30, 0, 0, 100, 200, 128]])
        let expected: [UInt8] = [10, 20, 30, 255, 255, 255, 127, 177, 227]
        #expect(try Image(decoding: color, named: "rgba").pixels == expected)
        let grey = PNGBuilder(width: 2, height: 1, colorType: 4).finished(rows: [[9, 255, 9, 0]])
        #expect(
            try Image(decoding: grey, named: "ga")
                == Image(width: 2, height: 1, channels: 1, pixels: [9, 255]))
    }

    @Test("palettes, transparent entries, 16-bit and 1-bit samples are converted")
    func kinds() throws {
        var palette = PNGBuilder(width: 3, height: 1, colorType: 3)
        palette.append("PLTE", [255, 0, 0, 0, 255, 0, 1, 2, 3])
        palette.append("tRNS", [255, 255, 0])
        let resolved = try Image(decoding: palette.finished(rows: [[1, 0, 2]]), named: "palette")
        #expect(resolved.pixels == [0, 255, 0, 255, 0, 0, 255, 255, 255])
        let deep = PNGBuilder(width: 3, height: 1, bitDepth: 16, colorType: 0)
            .finished(rows: [[0x80, 0x80, 0, 0, 0xFF, 0xFF]])
        #expect(try Image(decoding: deep, named: "16 bit").pixels == [128, 0, 255])
        let flat = PNGBuilder(width: 8, height: 1, bitDepth: 1, colorType: 0).finished(rows: [[0b1010_0011]])
        #expect(try Image(decoding: flat, named: "1 bit").pixels == [255, 0, 255, 0, 0, 0, 255, 255])
    }

    @Test("a picture wider than a PNG file can be is refused")
    func tooWide() throws {
        let widest = Image(width: 1_000_000, height: 1, channels: 1, filledWith: [7])
        #expect(try widest.pngData().count < 10_000)
        for (width, height) in [(1_000_001, 1), (1, 1_000_001)] {
            #expect(throws: ImagingError.cannotEncode(reason: "\(width)×\(height) pixels are too many")) {
                try Image(width: width, height: height, channels: 1, filledWith: [7]).pngData()
            }
        }
    }

    @Test("a palette index beyond the palette does not trap")
    func paletteIndex() throws {
        var palette = PNGBuilder(width: 2, height: 1, colorType: 3)
        palette.append("PLTE", [255, 0, 0])
        let bytes = palette.finished(rows: [[0, 200]])
        if let image = try? Image(decoding: bytes, named: "index") {
            #expect(image.pixels.prefix(3) == [255, 0, 0])
        }
    }
}
