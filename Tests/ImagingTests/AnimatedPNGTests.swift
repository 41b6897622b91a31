import Foundation
import Imaging
import TestSupport
import Testing

@Suite("Animated PNG")
struct AnimatedPNGTests {
    private let pictures = (1...3).map { noisePicture(width: 7, height: 5, channels: 3, seed: $0) }

    private func animation(_ pictures: [Image]) -> AnimatedPNG {
        AnimatedPNG(pictures.enumerated().map { .init($1, milliseconds: 100 * ($0 + 1)) }, repetitions: 2)
    }

    /// The chunks of a file with their payloads, each checksum verified.
    private func chunks(_ bytes: [UInt8]) throws -> [(name: String, payload: [UInt8])] {
        var (rest, found) = (bytes.dropFirst(8), [(name: String, payload: [UInt8])]())
        while !rest.isEmpty {
            let length = rest.prefix(4).reduce(0) { $0 << 8 | Int($1) }
            let body = rest.dropFirst(4).prefix(4 + length)
            #expect(
                PNGBuilder.word(Int(CRC32.checksum(of: body))) == Array(rest.dropFirst(8 + length).prefix(4)))
            found.append((String(decoding: body.prefix(4), as: UTF8.self), Array(body.dropFirst(4))))
            rest = rest.dropFirst(12 + length)
        }
        return found
    }

    @Test("what knows no animation sees the first picture")
    func firstPicture() throws {
        let bytes = try animation(pictures).data()
        #expect(try Image(decoding: bytes, named: "animation") == pictures[0])
    }

    @Test("a written file holds the same bytes, and replaces an earlier one")
    func writing() throws {
        try withScratchFolder { folder in
            let path = "\(folder)/animation.png"
            for animation in [animation(pictures), animation([pictures[1]])] {
                try animation.write(to: path)
                #expect(try Array(Data(contentsOf: URL(fileURLWithPath: path))) == animation.data())
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["animation.png"])
        }
    }

    @Test("every picture is there whole, with its time, numbered in one sequence")
    func frames() throws {
        let chunks = try chunks(animation(pictures).data())
        #expect(chunks.first?.name == "IHDR" && chunks.last?.name == "IEND")
        #expect(chunks.first { $0.name == "acTL" }?.payload == [0, 0, 0, 3, 0, 0, 0, 2])
        let controls = chunks.filter { $0.name == "fcTL" }.map(\.payload)
        #expect(controls.map { Array($0[4..<12]) } == Array(repeating: [0, 0, 0, 7, 0, 0, 0, 5], count: 3))
        let delays: [[UInt8]] = [[0, 100, 3, 232, 0, 0], [0, 200, 3, 232, 0, 0], [1, 44, 3, 232, 0, 0]]
        #expect(controls.map { Array($0[20..<26]) } == delays)
        let numbers = chunks.filter { ["fcTL", "fdAT"].contains($0.name) }.map { Array($0.payload.prefix(4)) }
        let expected: [[UInt8]] = numbers.indices.map { PNGBuilder.word($0) }
        #expect(numbers == expected)
        // The second picture: the data chunks between its control and the next, as a file of its own.
        let places = chunks.indices.filter { chunks[$0].name == "fcTL" }
        var second = PNGBuilder(width: 7, height: 5, colorType: 2)
        for chunk in chunks[places[1]..<places[2]].dropFirst() {
            #expect(chunk.name == "fdAT")
            second.append("IDAT", Array(chunk.payload.dropFirst(4)))
        }
        second.append("IEND", [])
        #expect(try Image(decoding: second.bytes, named: "second") == pictures[1])
    }

    @Test("grey beside colour becomes colour; nothing, or sizes that differ, is an error")
    func mixtures() throws {
        let grey = noisePicture(width: 7, height: 5, channels: 1)
        let mixed = try animation([grey, pictures[0]]).data()
        #expect(try Image(decoding: mixed, named: "mixed") == grey.converted(toChannels: 3))
        let plain = try animation([grey, grey]).data()
        #expect(try Image(decoding: plain, named: "grey") == grey)
        #expect(throws: ImagingError.cannotEncode(reason: "an animation of no pictures")) { try animation([]).data() }
        let larger = noisePicture(width: 8, height: 5, channels: 3)
        #expect(throws: ImagingError.cannotEncode(reason: "7×5 and 8×5 in one animation")) {
            try animation([pictures[0], larger]).data()
        }
    }

    private static let pillow = Python.having("PIL")

    @Test(
        "Pillow reads back every picture and its time",
        .enabled(if: AnimatedPNGTests.pillow != nil, "no Python with Pillow, in ~/.cache/stn-peers or on the path"))
    func readBack() throws {
        let python = try #require(Self.pillow)
        try withScratchFolder { folder in
            let path = folder + "/animation.png"
            try animation(pictures).write(to: path)
            let script = """
                import sys
                from PIL import Image, ImageSequence
                file = Image.open(sys.argv[1])
                print(file.is_animated, file.n_frames, file.info["loop"])
                for frame in ImageSequence.Iterator(file):
                    print(frame.info["duration"], frame.convert("RGB").tobytes().hex())
                """
            let hex = pictures.map { $0.pixels.map { String(format: "%02x", $0) }.joined() }
            let lines = try python.output(of: script, [path]).split(separator: "\n").map(String.init)
            #expect(lines == ["True 3 2", "100.0 \(hex[0])", "200.0 \(hex[1])", "300.0 \(hex[2])"])
        }
    }
}
