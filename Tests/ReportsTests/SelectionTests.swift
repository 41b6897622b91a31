import Datasets
import Reports
import Testing

@Suite("The images that are drawn")
struct SelectionTests {
    /// A hundred images of one pixel that holds their number, sorted by class as files often are.
    private let images = LabeledImages(
        height: 1, width: 1, channels: 1, pixels: (0..<100).map { UInt8($0) }, labels: (0..<100).map { Int32($0 / 10) })

    @Test("a seed gives the same images each time, another seed others")
    func seeds() {
        let first = images.selection(16, seed: 0)
        #expect(first.count == 16)
        #expect(images.selection(16, seed: 0).pixels == first.pixels)
        #expect(images.selection(16, seed: 1).pixels != first.pixels)
        #expect(images.selection(8, seed: 0).pixels == Array(first.pixels[..<8]))
    }

    @Test("images come from all over the split, each once, with their labels")
    func spread() {
        let all = images.selection(1000, seed: 3)
        #expect(all.pixels.sorted() == images.pixels)
        #expect(zip(all.pixels, all.labels).allSatisfy { Int32($0 / 10) == $1 })
        #expect(Set(images.selection(16, seed: 0).labels).count > 3)
    }
}
