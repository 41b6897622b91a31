import Imaging
import Testing

@Suite("Resizing")
struct ResizingTests {
    private static let sizes = [(1, 1), (2, 3), (7, 5), (16, 9), (40, 31), (100, 1), (1, 100)]

    @Test("a constant picture stays constant", arguments: sizes)
    func constant(width: Int, height: Int) {
        for value in [0, 1, 127, 254, 255] as [UInt8] {
            let image = Image(width: 13, height: 11, channels: 3, filledWith: [value, 255 - value, value])
            let resized = image.resized(width: width, height: height)
            let expected = Image(
                width: width, height: height, channels: 3, filledWith: [value, 255 - value, value])
            #expect(resized == expected)
        }
    }

    @Test("the same size gives the same picture", arguments: sizes)
    func identity(width: Int, height: Int) {
        let image = noisePicture(width: width, height: height, channels: 3)
        #expect(image.resized(width: width, height: height) == image)
    }

    @Test(
        "weights of every new pixel add up to one and stay inside", arguments: [1, 2, 3, 10, 97],
        [1, 2, 5, 64, 300])
    func weights(old: Int, new: Int) {
        let taps = ResamplingTaps(from: old, to: new)
        #expect(taps.starts.count == new)
        for index in 0..<new {
            let range = taps.range(of: index)
            #expect(abs(taps.weights[range].reduce(0, +) - 1) < 1e-5)
            #expect(taps.starts[index] >= 0 && taps.starts[index] + range.count <= old)
        }
    }

    @Test("halving keeps the mean of noise, which picking single pixels would not")
    func mean() {
        let image = noisePicture(width: 64, height: 64, channels: 1)
        let small = image.resized(width: 16, height: 16)
        let mean = { (image: Image) in
            Double(image.pixels.reduce(0) { $0 + Int($1) }) / Double(image.pixels.count)
        }
        #expect(abs(mean(image) - mean(small)) < 2)
    }

    @Test("a checkerboard shrinks to grey")
    func aliasing() {
        let pixels = (0..<64 * 64).map { UInt8(($0 + $0 / 64) % 2 == 0 ? 0 : 255) }
        let small = Image(width: 64, height: 64, channels: 1, pixels: pixels).resized(width: 8, height: 8)
        #expect(small.pixels.allSatisfy { (120...135).contains($0) })
    }

    @Test("a ramp is enlarged to a ramp")
    func ramp() {
        let image = Image(width: 4, height: 1, channels: 1, pixels: [0, 80, 160, 240])
        #expect(image.resized(width: 8, height: 1).pixels == [0, 20, 60, 100, 140, 180, 220, 240])
    }

    @Test("resizing commutes with mirroring")
    func mirrored() {
        let image = noisePicture(width: 23, height: 1, channels: 1)
        let mirror = Image(width: 23, height: 1, channels: 1, pixels: image.pixels.reversed())
        for width in [5, 7, 40] {
            let pairs = zip(
                image.resized(width: width, height: 1).pixels.reversed(),
                mirror.resized(width: width, height: 1).pixels)
            // A sum added up the other way round may round to the neighbouring byte.
            #expect(pairs.allSatisfy { abs(Int($0) - Int($1)) <= 1 })
        }
    }

    @Test("luma weighs red, green and blue as BT.601, and grey survives a round trip")
    func conversion() {
        let colors = Image(width: 3, height: 1, channels: 3, pixels: [255, 0, 0, 0, 255, 0, 0, 0, 255])
        #expect(colors.converted(toChannels: 1).pixels == [76, 150, 29])
        let grey = Image(width: 16, height: 16, channels: 1, pixels: (0...255).map { UInt8($0) })
        #expect(grey.converted(toChannels: 3).converted(toChannels: 1) == grey)
        #expect(grey.converted(toChannels: 3)[5, 2] == [37, 37, 37])
    }

    @Test("cropping takes the part that is named")
    func cropping() {
        let image = Image(width: 4, height: 3, channels: 1, pixels: (0..<12).map { UInt8($0) })
        #expect(image.cropped(x: 1, y: 1, width: 2, height: 2).pixels == [5, 6, 9, 10])
        #expect(image.cropped(x: 0, y: 0, width: 4, height: 3) == image)
    }
}
