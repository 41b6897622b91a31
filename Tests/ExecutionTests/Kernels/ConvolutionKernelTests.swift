import CKernels
import Execution
import Networks
import Tensors
import TestSupport
import Testing

/// The size of a convolution, or of a linear layer (images 1, height 1, kernel 1 × 1).
struct ConvolutionSize: Sendable, CustomStringConvertible {
    let images, height, width, channels, kernelHeight, kernelWidth, outputs: Int
    /// Rows of zeros above and below, columns left and right.
    let padding: (height: Int, width: Int)
    var description: String {
        "\(images) × \(height) × \(width) × \(channels), kernel \(kernelHeight) × \(kernelWidth), "
            + "padding \(padding.height) × \(padding.width), \(outputs) outputs"
    }

    init(
        _ images: Int, _ height: Int, _ width: Int, _ channels: Int, kernel: (Int, Int), outputs: Int,
        padding: (Int, Int) = (0, 0)
    ) {
        (self.images, self.height, self.width, self.channels) = (images, height, width, channels)
        (kernelHeight, kernelWidth) = kernel
        self.outputs = outputs
        self.padding = (padding.0, padding.1)
    }

    static let all = [
        ConvolutionSize(1, 2, 2, 1, kernel: (1, 1), outputs: 1),
        ConvolutionSize(2, 6, 7, 3, kernel: (3, 3), outputs: 5),
        ConvolutionSize(3, 9, 8, 2, kernel: (2, 3), outputs: 17),
        ConvolutionSize(1, 12, 13, 5, kernel: (3, 3), outputs: 33),
        ConvolutionSize(2, 8, 27, 4, kernel: (7, 7), outputs: 9),
        ConvolutionSize(3, 6, 6, 1, kernel: (5, 5), outputs: 16),
        ConvolutionSize(67, 4, 5, 3, kernel: (2, 2), outputs: 8),
        ConvolutionSize(2, 6, 6, 4, kernel: (3, 3), outputs: 67),
        // A kernel's row of 490 floats is more than the widest registers hold: cut into pieces.
        ConvolutionSize(1, 3, 9, 70, kernel: (2, 7), outputs: 10),
    ]
    /// Sizes at which the fast path takes Winograd's way, with borders that cut its tiles of 6 × 6, 4 × 4 and 2 × 2 outputs.
    static let winograd = [
        ConvolutionSize(2, 12, 12, 16, kernel: (5, 5), outputs: 32),
        ConvolutionSize(3, 14, 15, 17, kernel: (5, 5), outputs: 37),
        ConvolutionSize(1, 11, 20, 33, kernel: (5, 5), outputs: 65),
        ConvolutionSize(3, 15, 14, 19, kernel: (3, 3), outputs: 33),
        ConvolutionSize(2, 9, 13, 35, kernel: (7, 7), outputs: 41),
        // More tiles than a group of the gradients holds.
        ConvolutionSize(9, 26, 26, 16, kernel: (3, 3), outputs: 32),
        ConvolutionSize(2, 12, 11, 17, kernel: (3, 3), outputs: 35, padding: (1, 1)),
        ConvolutionSize(3, 8, 8, 33, kernel: (3, 3), outputs: 32, padding: (0, 2)),
        ConvolutionSize(2, 11, 16, 16, kernel: (5, 5), outputs: 33, padding: (2, 2)),
    ]
    /// Few channels, borders that cut tiles of 4 × 4 and 2 × 2 outputs.
    static let narrow = [
        ConvolutionSize(2, 12, 13, 3, kernel: (5, 5), outputs: 16),
        ConvolutionSize(3, 11, 16, 1, kernel: (5, 5), outputs: 37),
        ConvolutionSize(2, 10, 13, 4, kernel: (7, 7), outputs: 9),
        ConvolutionSize(1, 8, 9, 2, kernel: (7, 7), outputs: 33),
    ]
}

/// What follows the convolution within the same kernel.
struct ConvolutionEpilogue: Sendable, CustomStringConvertible {
    let pool: Int
    let relu: Bool
    let scaled: Bool
    var description: String { "pool \(pool)\(relu ? ", ReLU" : "")\(scaled ? ", scaled" : "")" }

    static let all = [(1, false, false), (1, true, true), (2, false, true), (2, true, false), (2, true, true)].map {
        ConvolutionEpilogue(pool: $0.0, relu: $0.1, scaled: $0.2)
    }
}

@Suite("Convolution kernels against plain loops")
struct ConvolutionKernelTests {
    private func convolution(_ size: ConvolutionSize, _ epilogue: ConvolutionEpilogue) -> FastConvolution {
        let columns = size.kernelHeight * size.kernelWidth * size.channels
        let bound = 1 / Float(columns).squareRoot()
        func draw(_ count: Int, _ seed: UInt64, _ bound: Float) -> [Float] {
            (randomTensor([count], seed: seed, -bound, bound) as Tensor<Float>).values
        }
        let shape = stn_convolution_shape(
            images: Int64(size.images), height: Int64(size.height), width: Int64(size.width),
            channels: Int64(size.channels), kernel_height: Int64(size.kernelHeight),
            kernel_width: Int64(size.kernelWidth), outputs: Int64(size.outputs), pool: Int64(epilogue.pool),
            relu: epilogue.relu ? 1 : 0, top: Int64(size.padding.height), bottom: Int64(size.padding.height),
            left: Int64(size.padding.width), right: Int64(size.padding.width))
        let scale = draw(size.images * size.outputs, 34, 1).map { $0 < -0.2 ? 0 : Float(1.5) }
        return FastConvolution(
            shape: shape, input: draw(size.images * size.height * size.width * size.channels, 31, 1),
            weight: draw(size.outputs * columns, 32, bound), bias: draw(size.outputs, 33, bound),
            scale: epilogue.scaled ? scale : nil)
    }

    /// What the kernels may differ by, as a part of the largest number: Winograd's transforms have about 6 times the rounding
    /// error of direct sums; the gradient of 7 taps, whose transform goes through sixth powers of 2, twice that.
    private func tolerance(_ size: ConvolutionSize, _ way: FastConvolution.Way, _ what: String) -> Double {
        switch way {
        case .direct, .directMixed: 2e-6
        case .winogradNarrow: what == "output" ? 1.2e-5 : 2e-6
        case .winograd, .winogradMixed:
            what == "bias" ? 2e-6 : what == "weight" && size.kernelWidth == 7 ? 2.4e-5 : 1.2e-5
        }
    }

    /// What products of bfloat16 may differ by, root mean square; nil where there are none.
    ///
    /// Winograd's transforms enlarge it.
    private func bfloat16Error(_ way: FastConvolution.Way, _ what: String) -> Double? {
        switch (way, what) {
        case (.winogradMixed, "input"), (.winogradMixed, "weight"): 0.06
        case (.directMixed, "weight"): 0.004
        default: nil
        }
    }

    private func check(
        _ size: ConvolutionSize, _ epilogue: ConvolutionEpilogue, _ way: FastConvolution.Way = .direct
    ) throws {
        var convolution = convolution(size, epilogue)
        convolution.way = way
        let dOutput = (randomTensor([convolution.outputCount], seed: 35) as Tensor<Float>).values
        let (output, gradients) = convolution.expected(dOutput: dOutput)
        for set in InstructionSet.available {
            let result = try convolution.run(set, dOutput: dOutput)
            let pairs: [(String, [Float], [Double])] = [
                ("output", result.output, output), ("input", result.dInput, gradients.inputs[0].values),
                ("weight", result.dWeight, gradients.parameters[0].values),
                ("bias", result.dBias, gradients.parameters[1].values),
            ]
            for (what, actual, expected) in pairs {
                // A gradient that dropout made zero is zero.
                if let bound = bfloat16Error(way, what), expected.contains(where: { $0 != 0 }) {
                    let error = relativeError(actual, expected)
                    // Below it, float32 would have been used; of a single number that says nothing.
                    let least = expected.count > 1 ? bound / 60 : 0
                    #expect(error >= least && error < bound, "\(set), \(what): root mean square \(error)")
                    continue
                }
                let scale = expected.reduce(0) { max($0, abs($1)) }
                expectClose(
                    actual.map(Double.init), expected, relative: 1e-5, absolute: tolerance(size, way, what) * scale,
                    "\(set): \(what)")
            }
        }
    }

    @Test("a convolution and what is fused to it", arguments: ConvolutionSize.all, ConvolutionEpilogue.all)
    func convolutions(_ size: ConvolutionSize, _ epilogue: ConvolutionEpilogue) throws {
        for way in [FastConvolution.Way.direct, .directMixed] { try check(size, epilogue, way) }
    }

    @Test(
        "a convolution by Winograd's way, its gradients in both precisions", arguments: ConvolutionSize.winograd,
        ConvolutionEpilogue.all)
    func winograd(_ size: ConvolutionSize, _ epilogue: ConvolutionEpilogue) throws {
        let shape = convolution(size, epilogue).shape
        #expect(withUnsafePointer(to: shape) { stn_winograd_fits($0) } == 1)
        for way in [FastConvolution.Way.winograd, .winogradMixed] { try check(size, epilogue, way) }
    }

    @Test("tiles that lie beside the image are zeros", arguments: ConvolutionEpilogue.all)
    func winogradOutside(_ epilogue: ConvolutionEpilogue) throws {
        try check(
            ConvolutionSize(2, 5, 3, 16, kernel: (3, 3), outputs: 33, padding: (8, 15)), epilogue, .winograd)
    }

    @Test("a convolution of few channels by Winograd's way", arguments: ConvolutionSize.narrow, ConvolutionEpilogue.all)
    func winogradNarrow(_ size: ConvolutionSize, _ epilogue: ConvolutionEpilogue) throws {
        let shape = convolution(size, epilogue).shape
        #expect(withUnsafePointer(to: shape) { stn_winograd_narrow_fits($0) } == 1)
        try check(size, epilogue, .winogradNarrow)
    }

    @Test("NaN in one pixel reaches exactly the outputs that see it, through pooling and ReLU")
    func notANumber() throws {
        let size = ConvolutionSize(1, 7, 7, 2, kernel: (2, 2), outputs: 19)
        for epilogue in ConvolutionEpilogue.all where !epilogue.scaled {
            var convolution = convolution(size, epilogue)
            // Row 3, column 4: seen by the four positions (2 ... 3, 3 ... 4).
            convolution.input[(3 * 7 + 4) * 2] = .nan
            let side = 6 / epilogue.pool
            let seen = Set([(2, 3), (2, 4), (3, 3), (3, 4)].map { $0.0 / epilogue.pool * side + $0.1 / epilogue.pool })
            for set in InstructionSet.available {
                let dOutput = [Float](repeating: 1, count: convolution.outputCount)
                let result = try convolution.run(set, dOutput: dOutput)
                let broken = Set(result.output.indices.filter { result.output[$0].isNaN }.map { $0 / 19 })
                #expect(broken == seen, "\(set), \(epilogue)")
                #expect(result.output.filter(\.isNaN).count == seen.count * 19)
                // The gradient of that pixel is in the sum over positions of every output's weights.
                #expect((0..<19).allSatisfy { result.dWeight[$0 * 8..<($0 + 1) * 8].contains { $0.isNaN } })
                #expect(!result.dInput.contains { $0.isNaN })
            }
        }
    }

    @Test("of equal values in a window the first is chosen")
    func ties() throws {
        let size = ConvolutionSize(1, 5, 5, 1, kernel: (1, 1), outputs: 18)
        var convolution = convolution(size, ConvolutionEpilogue(pool: 2, relu: false, scaled: false))
        convolution.input = [Float](repeating: 0.5, count: 25)
        convolution.input[7] = 0.75
        convolution.weight = [Float](repeating: 1, count: 18)
        let dOutput = [Float](repeating: 1, count: convolution.outputCount)
        for set in InstructionSet.available {
            let choice = try #require(try convolution.run(set, dOutput: dOutput).choice)
            // Pixel 7 is row 1, column 2: place 2 of the second window.
            #expect(choice == [0, 2, 0, 0].flatMap { [UInt8](repeating: $0, count: 18) }, "\(set)")
        }
    }
}
