import CKernels
import Execution
import Networks
import Tensors
import TestSupport
import Testing

@Suite("Max-pooling kernels against plain loops")
struct MaxPoolKernelTests {
    /// Sizes of a pooling, with rows and columns that do not fill a window.
    struct Pooling: Sendable, CustomStringConvertible {
        let images, height, width, channels, window: Int
        var outputHeight: Int { height / window }
        var outputWidth: Int { width / window }
        var outputCount: Int { images * outputHeight * outputWidth * channels }
        var description: String { "\(images) × \(height) × \(width) × \(channels) by \(window)" }

        /// The places in the input that output `index` is the largest of, in reading order.
        func places(of index: Int) -> [Int] {
            let (channel, pixel) = (index % channels, index / channels)
            let (column, row) = (pixel % outputWidth, pixel / outputWidth % outputHeight)
            let top = pixel / (outputWidth * outputHeight) * height + row * window
            return (0..<window * window).map { place in
                ((top + place / window) * width + column * window + place % window) * channels + channel
            }
        }

        static let all = [
            Pooling(images: 1, height: 2, width: 2, channels: 1, window: 2),
            Pooling(images: 2, height: 5, width: 7, channels: 3, window: 2),
            Pooling(images: 3, height: 3, width: 4, channels: 17, window: 1),
            Pooling(images: 2, height: 10, width: 8, channels: 8, window: 3),
            Pooling(images: 2, height: 6, width: 9, channels: 33, window: 2),
            Pooling(images: 1, height: 31, width: 16, channels: 9, window: 15),
        ]
    }

    /// Random numbers of few values, so that ties are common, with NaN and infinities among them.
    private func input(_ pooling: Pooling) -> [Float] {
        let count = pooling.images * pooling.height * pooling.width * pooling.channels
        var generator = RandomStream(seed: 11, purpose: .testing).generator
        return (0..<count).map { _ in
            switch generator.integer(below: 24) {
            case 0: .nan
            case 1: .infinity
            case 2...6: -.infinity
            case let draw: Float(draw % 5) - 2
            }
        }
    }

    /// The last NaN, else the first of the largest: PyTorch's choice.
    private func winner(_ candidates: [Float]) -> Int {
        candidates.lastIndex(where: \.isNaN)
            ?? candidates.firstIndex(of: candidates.max() ?? 0) ?? 0
    }

    @Test("largest of each window, NaN above all, ties to the first", arguments: Pooling.all, InstructionSet.available)
    func forward(_ pooling: Pooling, _ set: InstructionSet) throws {
        let input = input(pooling)
        let source = GuardedBuffer(input)
        let expected = (0..<pooling.outputCount).map { index in
            let places = pooling.places(of: index)
            let winner = winner(places.map { input[$0] })
            return (value: input[places[winner]], choice: UInt8(winner))
        }
        for keepsChoice in [true, false] {
            let output = GuardedBuffer<Float>(count: pooling.outputCount)
            let choice = GuardedBuffer<UInt8>(count: pooling.outputCount)
            let arguments = stn_max_pool_arguments(
                images: Int64(pooling.images), height: Int64(pooling.height), width: Int64(pooling.width),
                channels: Int64(pooling.channels), window: Int64(pooling.window), input: source.pointer,
                output: output.pointer, choice: keepsChoice ? choice.pointer : nil)
            try run(set.table.max_pool, arguments, tasks: pooling.images)
            expectSame(output.values, expected.map(\.value), "output")
            #expect(keepsChoice ? choice.values == expected.map(\.choice) : choice.isUntouched)
            #expect(output.isIntact && choice.isIntact)
        }
    }

    @Test("gradients go to the chosen places, zero elsewhere", arguments: Pooling.all, InstructionSet.available)
    func gradient(_ pooling: Pooling, _ set: InstructionSet) throws {
        let input = input(pooling)
        let dOutput = (randomTensor([pooling.outputCount], seed: 12) as Tensor<Float>).values
        let choices = (0..<pooling.outputCount).map { index in
            winner(pooling.places(of: index).map { input[$0] })
        }
        var expected = [Float](repeating: 0, count: input.count)
        for index in 0..<pooling.outputCount { expected[pooling.places(of: index)[choices[index]]] = dOutput[index] }
        let (choice, gradient) = (GuardedBuffer(choices.map(UInt8.init)), GuardedBuffer(dOutput))
        let dInput = GuardedBuffer<Float>(count: input.count)
        let arguments = stn_max_pool_gradient_arguments(
            images: Int64(pooling.images), height: Int64(pooling.height), width: Int64(pooling.width),
            channels: Int64(pooling.channels), window: Int64(pooling.window), choice: choice.pointer,
            d_output: gradient.pointer, d_input: dInput.pointer)
        try run(set.table.max_pool_gradient, arguments, tasks: pooling.images)
        expectSame(dInput.values, expected)
        #expect(dInput.isIntact)
    }

    @Test("the reference makes the same choices", arguments: Pooling.all)
    func reference(_ pooling: Pooling) {
        let shape: Shape = [pooling.images, pooling.height, pooling.width, pooling.channels]
        let input = Tensor<Float>(shape, input(pooling))
        let (operation, context) = (MaxPoolOperation(window: pooling.window), OperationContext(isTraining: true))
        let output = operation.forward([input], parameters: [], context: context)
        let dOutput: Tensor<Float> = randomTensor(output.shape, seed: 12)
        let dInput = operation.backward(dOutput, output: output, inputs: [input], parameters: [], context: context)
        var (values, gradient) = ([Float](), [Float](repeating: 0, count: shape.count))
        for index in 0..<pooling.outputCount {
            let places = pooling.places(of: index)
            let place = places[winner(places.map { input.values[$0] })]
            values.append(input.values[place])
            gradient[place] = dOutput.values[index]
        }
        expectSame(output.values, values, "output")
        expectSame(dInput.inputs[0].values, gradient, "gradient")
    }
}
