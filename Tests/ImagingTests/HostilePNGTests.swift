import Foundation
import Imaging
import TestSupport
import Testing

@Suite("PNG: hostile files")
struct HostilePNGTests {
    private static let rows: [[UInt8]] = [[1, 2], [3, 4]]

    /// Two by two pixels in grey, with what `edit` adds between header and pixels.
    private static func picture(
        width: Int = 2, height: Int = 2, bitDepth: UInt8 = 8, colorType: UInt8 = 0,
        _ edit: (inout PNGBuilder) -> Void = { _ in }
    ) -> [UInt8] {
        var builder = PNGBuilder(width: width, height: height, bitDepth: bitDepth, colorType: colorType)
        edit(&builder)
        return builder.finished(rows: rows)
    }

    /// A picture of which the header holds `payload`.
    private static func header(_ payload: [UInt8]) -> [UInt8] {
        var builder = PNGBuilder(width: 1, height: 1, colorType: 0)
        builder.bytes = Array(builder.bytes.prefix(8))
        builder.append("IHDR", payload)
        return builder.finished(rows: rows)
    }

    private static func chunks(_ chunks: [(String, [UInt8])], colorType: UInt8 = 0) -> [UInt8] {
        var builder = PNGBuilder(width: 2, height: 2, colorType: colorType)
        for (name, payload) in chunks { builder.append(name, payload) }
        return builder.bytes
    }

    /// The right picture with one byte changed.
    private static func changed(_ offset: Int, to byte: UInt8) -> [UInt8] {
        var bytes = picture()
        bytes[offset < 0 ? bytes.count + offset : offset] = byte
        return bytes
    }

    private static let size = PNGBuilder.word(2) + PNGBuilder.word(2)

    static let structure = [
        HostileFile("the signature alone", Array(picture().prefix(8)), "cut off after 8 bytes"),
        HostileFile("half the signature", Array(picture().prefix(4)), "cut off within its first bytes"),
        HostileFile(
            "line ends converted", [0x89, 0x50, 0x4E, 0x47, 10, 0x1A, 10] + picture().dropFirst(8), "not a PNG"),
        HostileFile("pixels first", Array(chunks([]).prefix(8)) + picture().dropFirst(33), "no header"),
        HostileFile("a header of 12 bytes", header(size + [8, 0, 0, 0]), "no header"),
        HostileFile("a header of 14 bytes", header(size + [8, 0, 0, 0, 0, 0]), "no header"),
        HostileFile(
            "a chunk of 4 GiB", chunks([]) + [0xFF, 0xFF, 0xFF, 0xFF] + Array("IDAT".utf8) + size, "claims 4294967295"),
        HostileFile("a chunk of 2 GiB", chunks([]) + [0x80, 0, 0, 0] + Array("tEXt".utf8) + size, "claims 2147483648"),
        HostileFile("a chunk one byte too long", changed(36, to: 18), "checksum of chunk IDAT"),
        HostileFile("a chunk without a name", chunks([]) + [0, 0, 0, 0, 0, 0, 0, 0] + size, "no chunk at byte 33"),
        HostileFile("a wrong checksum of the header", changed(29, to: 0xAA), "checksum of chunk IHDR"),
        HostileFile("a wrong checksum of pixels", changed(-13, to: 0xAA), "checksum of chunk IDAT"),
        HostileFile("a wrong checksum of the end", changed(-1, to: 0xAA), "checksum of chunk IEND"),
        HostileFile("an unknown critical chunk", picture { $0.append("ABCD", []) }, "unknown critical chunk ABCD"),
        HostileFile("no end", Array(picture().dropLast(12)), "cut off after"),
        HostileFile("an end without its checksum", Array(picture().dropLast(4)), "cut off after"),
        HostileFile("cut off in its pixels", Array(picture().dropLast(20)), "cut off"),
        HostileFile("no pixels", chunks([("IEND", [])]), "damaged PNG"),
        HostileFile("two headers", picture { $0.append("IHDR", size + [8, 0, 0, 0, 0]) }, "damaged PNG"),
    ]

    static let headers = [
        HostileFile("no columns", picture(width: 0), "damaged PNG"),
        HostileFile("no rows", picture(height: 0), "damaged PNG"),
        HostileFile("2³² − 1 columns", picture(width: 1 << 32 - 1), "4294967295×2 pixels, more than"),
        HostileFile("2³¹ rows", picture(height: 1 << 31), "2×2147483648 pixels, more than"),
        HostileFile("65,535 a side", picture(width: 65_535, height: 65_535), "65535×65535 pixels, more than"),
        HostileFile("2³² − 1 a side", picture(width: 1 << 32 - 1, height: 1 << 32 - 1), "pixels, more than"),
        HostileFile("a strip across", picture(width: 16_385, height: 1), "16384 a side"),
        HostileFile("a strip down", picture(width: 1, height: 16_385), "16384 a side"),
        HostileFile("a row above 16 megapixels", picture(width: 4096, height: 4097), "more than 16777216 in all"),
        HostileFile("16 megapixels of which four are there", picture(width: 4096, height: 4096), "damaged PNG"),
        HostileFile("3 bits a sample", picture(bitDepth: 3), "damaged PNG"),
        HostileFile("no bits a sample", picture(bitDepth: 0), "damaged PNG"),
        HostileFile("255 bits a sample", picture(bitDepth: 255), "damaged PNG"),
        HostileFile("colour of kind 5", picture(colorType: 5), "damaged PNG"),
        HostileFile("a palette of 16 bits", picture(bitDepth: 16, colorType: 3), "damaged PNG"),
        HostileFile("another compression", header(size + [8, 0, 1, 0, 0]), "damaged PNG"),
        HostileFile("another kind of filter", header(size + [8, 0, 0, 1, 0]), "damaged PNG"),
        HostileFile("another interlacing", header(size + [8, 0, 0, 0, 2]), "damaged PNG"),
    ]

    private static let palette = [UInt8](repeating: 7, count: 771)

    static let contents = [
        HostileFile("a palette that is missing", picture(colorType: 3), "damaged PNG"),
        HostileFile("a palette of 257 colours", picture(colorType: 3) { $0.append("PLTE", palette) }, "damaged PNG"),
        HostileFile(
            "a palette of four bytes", picture(colorType: 3) { $0.append("PLTE", [1, 2, 3, 4]) }, "damaged PNG"),
        HostileFile("empty pixels", chunks([("IDAT", []), ("IEND", [])]), "damaged PNG"),
        HostileFile("pixels that are not compressed", chunks([("IDAT", size), ("IEND", [])]), "damaged PNG"),
        HostileFile("rows that are missing", picture(height: 3), "damaged PNG"),
        HostileFile("colour of which a third is there", picture(colorType: 2), "damaged PNG"),
        HostileFile(
            "a preset dictionary", chunks([("IDAT", [0x78, 0x20, 0, 0, 0, 1, 3, 0]), ("IEND", [])]), "damaged PNG"),
        HostileFile(
            "a block of no kind", chunks([("IDAT", [0x78, 1, 7, 0, 0, 0, 0, 1]), ("IEND", [])]), "damaged PNG"),
        HostileFile(
            "a filter of no kind", chunks([("IDAT", stored([9, 1, 2, 0, 3, 4])), ("IEND", [])]), "damaged PNG"),
    ]

    /// Bytes in one stored block, without the checksum, which comes too late to matter.
    private static func stored(_ data: [UInt8]) -> [UInt8] {
        let count = UInt8(data.count)
        return [0x78, 1, 1, count, 0, ~count, 0xFF] + data + [0, 0, 0, 0]
    }

    @Test("each is refused")
    func refused() throws {
        try expectRefusals(
            of: Self.structure + Self.headers + Self.contents, atLeast: 47, fileName: "picture.png",
            read: { _ = try Image(contentsOf: $0) })
    }

    /// Names and texts are unpacked by most readers; of these chunks each would take 26 MB, ten times over.
    @Test("what ancillary chunks would unpack to is never unpacked")
    func ancillaryBombs() throws {
        let bomb = DeflateBomb.zlib(repeats: 100_000)
        let good = try Image(decoding: Self.picture(), named: "good")
        for (name, head) in [("zTXt", "Comment\0\0"), ("iCCP", "profile\0\0"), ("iTXt", "Comment\0\u{1}\0\0\0")] {
            let bytes = Self.picture { builder in
                for _ in 0..<10 { builder.append(name, Array(head.utf8) + bomb) }
            }
            #expect(try Image(decoding: bytes, named: name) == good)
        }
        let broken = Self.picture {
            $0.append("tRNS", []); $0.append("gAMA", [1]); $0.append("sPLT", [0xFF])
        }
        #expect(try Image(decoding: broken, named: "broken ancillary chunks").width == 2)
    }

    @Test("data behind the last row are not unpacked")
    func moreDataThanRows() throws {
        let bomb = DeflateBomb.zlib(repeats: 400_000)
        let picture = try? Image(
            decoding: Self.chunks([("IDAT", bomb), ("IDAT", bomb), ("IEND", [])]), named: "bomb")
        // libpng may refuse what is left over; either way no more than the rows comes out.
        #expect(picture == nil || picture?.pixels == [0, 0, 0, 0])
    }
}
