import Interchange
import Testing

@Suite("Parameter layouts")
struct PyTorchLayoutTests {
    /// Each element says where it stands: 1000·o + 100·c + 10·y + x.
    private func place(_ o: Int, _ c: Int, _ y: Int, _ x: Int) -> Float {
        Float(1000 * o + 100 * c + 10 * y + x)
    }

    /// 2 outputs or images, 3 channels, 4 rows, 5 columns, channels first.
    private var channelsFirst: [Float] {
        (0..<2).flatMap { o in
            (0..<3).flatMap { c in (0..<4).flatMap { y in (0..<5).map { x in place(o, c, y, x) } } }
        }
    }

    private var channelsLast: [Float] {
        (0..<2).flatMap { o in
            (0..<4).flatMap { y in (0..<5).flatMap { x in (0..<3).map { c in place(o, c, y, x) } } }
        }
    }

    @Test("convolution weights move their inputs innermost, and back")
    func convolution() {
        #expect(
            PyTorchLayout.convolutionWeightFromPyTorch(
                channelsFirst, outputs: 2, inputs: 3, kernelHeight: 4, kernelWidth: 5) == channelsLast)
        #expect(
            PyTorchLayout.convolutionWeightToPyTorch(
                channelsLast, outputs: 2, inputs: 3, kernelHeight: 4, kernelWidth: 5) == channelsFirst)
    }

    @Test("images move their channels innermost, and back")
    func images() {
        #expect(
            PyTorchLayout.imagesFromPyTorch(channelsFirst, count: 2, channels: 3, height: 4, width: 5)
                == channelsLast)
        #expect(
            PyTorchLayout.imagesToPyTorch(channelsLast, count: 2, channels: 3, height: 4, width: 5)
                == channelsFirst)
    }

    @Test("a linear layer gives the same output for a flattened image in either order")
    func linear() {
        let weight = channelsFirst.map { Float(Int($0) * 7 % 11) }
        let moved = PyTorchLayout.flattenedLinearWeightFromPyTorch(
            weight, outputs: 2, channels: 3, height: 4, width: 5)
        let image = Array(channelsFirst.prefix(60)).map { Float(Int($0) * 3 % 13) }
        let movedImage = PyTorchLayout.imagesFromPyTorch(image, count: 1, channels: 3, height: 4, width: 5)
        for output in 0..<2 {
            let expected = zip(weight[(output * 60)...], image).reduce(0) { $0 + $1.0 * $1.1 }
            let actual = zip(moved[(output * 60)...], movedImage).reduce(0) { $0 + $1.0 * $1.1 }
            #expect(actual == expected)
        }
        #expect(moved != weight)
        #expect(
            PyTorchLayout.flattenedLinearWeightToPyTorch(
                moved, outputs: 2, channels: 3, height: 4, width: 5) == weight)
    }
}
