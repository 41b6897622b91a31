import Datasets
import Testing

@Suite("Glyphs")
struct GlyphsTests {
    /// FNV-1a over the bytes.
    private static func checksum(_ bytes: some Sequence<UInt8>) -> UInt64 {
        bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }

    // Bytes may be pinned because the glyphs use only operations that IEEE 754 defines to the bit. A new
    // value here means a new data set: results of earlier versions are then no longer comparable.
    @Test(
        "the first images of a seed are these bytes",
        arguments: [
            (GlyphDifficulty.easy, 14_236_339_821_428_472_278 as UInt64),
            (.normal, 14_239_876_586_610_710_344),
            (.hard, 14_846_590_548_079_587_224),
        ])
    func pinned(difficulty: GlyphDifficulty, expected: UInt64) {
        let set = Glyphs.load(seed: 1, difficulty: difficulty, trainingCount: 40, testCount: 20)
        #expect(Self.checksum(set.training.pixels + set.test.pixels) == expected)
    }

    @Test("an image does not depend on how many are drawn or how they are shared among threads")
    func independentOfCount() {
        // 300 images are five parallel chunks; a single image is drawn by the calling thread.
        let set = Glyphs.load(seed: 5, trainingCount: 300, testCount: 7)
        let again = Glyphs.load(seed: 5, trainingCount: 130, testCount: 7)
        let bytes = set.training.bytesPerImage
        #expect(set.training.pixels.prefix(130 * bytes) == again.training.pixels[...])
        #expect(set.test.pixels == again.test.pixels)
        for number in [0, 63, 64, 129, 299] {
            let image = Glyphs.image(number, seed: 5)
            #expect(image.pixels[...] == set.training.pixels[(number * bytes)..<((number + 1) * bytes)])
            #expect(image.labels == [set.training.labels[number]])
        }
        #expect(Glyphs.image(6, seed: 5, split: .test).pixels[...] == set.test.pixels.suffix(bytes))
    }

    @Test("seeds, splits and numbers give different images")
    func different() {
        let base = Glyphs.image(3, seed: 5).pixels
        #expect(Glyphs.image(3, seed: 6).pixels != base)
        #expect(Glyphs.image(3, seed: 5, split: .test).pixels != base)
        #expect(Glyphs.image(13, seed: 5).pixels != base)
        #expect(Glyphs.image(3, seed: 5, difficulty: .hard).pixels != base)
    }

    @Test("labels are balanced and name ten classes")
    func balanced() {
        let set = Glyphs.load(seed: 0, trainingCount: 200, testCount: 50)
        #expect(set.classNames.count == 10 && Set(set.classNames).count == 10)
        for label in 0..<10 {
            #expect(set.training.labels.count { $0 == label } == 20)
            #expect(set.test.labels.count { $0 == label } == 5)
        }
    }

    @Test("the normalisation is that of the images", arguments: GlyphDifficulty.allCases)
    func normalization(difficulty: GlyphDifficulty) {
        let set = Glyphs.load(seed: 11, difficulty: difficulty, trainingCount: 4000, testCount: 1)
        for channel in 0..<3 {
            let values = stride(from: channel, to: set.training.pixels.count, by: 3).map {
                Double(set.training.pixels[$0]) / 255
            }
            let mean = values.reduce(0, +) / Double(values.count)
            let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
            // Colours vary by about 0.2 from image to image: the standard error of 4000 is 0.003.
            #expect(abs(mean - Double(set.normalization.mean[channel])) < 0.015)
            #expect(abs(variance.squareRoot() - Double(set.normalization.deviation[channel])) < 0.015)
        }
    }
}
