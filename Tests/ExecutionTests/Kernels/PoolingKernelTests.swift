import CKernels
import Execution
import Networks
import Tensors
import TestSupport
import Testing

@Suite("Pooling kernels against plain loops")
struct PoolingKernelTests {
    /// Sizes of a pooling, with rows and columns that do not fill a window.
    struct Pooling: Sendable, CustomStringConvertible {
        let images, height, width, channels, window: Int
        var stride: Int?
        var padding = 0
        var ceilMode = false
        var windows: PoolingWindows {
            PoolingWindows(
                height: window, width: window, stride: stride ?? window, padding: padding, ceilMode: ceilMode)
        }
        var outputHeight: Int { windowCount(height) }
        var outputWidth: Int { windowCount(width) }
        var outputCount: Int { images * outputHeight * outputWidth * channels }
        var description: String { "\(images) × \(height) × \(width) × \(channels) by \(windows)" }

        var shape: stn_pooling_shape {
            windows.kernelShape(
                input: [height, width, channels], output: [outputHeight, outputWidth, channels], batch: images)
        }

        /// Where windows start: one after the other as long as they fit, or as long as they hold a pixel.
        private func windowCount(_ extent: Int) -> Int {
            let starts = Swift.stride(from: -padding, to: extent, by: windows.stride)
            let inside = starts.filter { $0 + window <= extent + padding }.count
            return ceilMode && (inside - 1) * windows.stride - padding + window < extent + padding
                && inside * windows.stride - padding < extent ? inside + 1 : inside
        }

        /// The places in the input that output `index` is made of, in reading order, with their places in the window.
        func places(of index: Int) -> [(input: Int, window: Int)] {
            let (channel, pixel) = (index % channels, index / channels)
            let (column, row) = (pixel % outputWidth, pixel / outputWidth % outputHeight)
            let image = pixel / (outputWidth * outputHeight)
            return (0..<window * window).compactMap { place in
                let y = row * windows.stride - padding + place / window
                let x = column * windows.stride - padding + place % window
                guard (0..<height).contains(y), (0..<width).contains(x) else { return nil }
                return (((image * height + y) * width + x) * channels + channel, place)
            }
        }

        static let all = [
            Pooling(images: 1, height: 2, width: 2, channels: 1, window: 2),
            Pooling(images: 2, height: 5, width: 7, channels: 3, window: 2),
            Pooling(images: 3, height: 3, width: 4, channels: 17, window: 1),
            Pooling(images: 2, height: 10, width: 8, channels: 8, window: 3),
            Pooling(images: 2, height: 6, width: 9, channels: 33, window: 2),
            Pooling(images: 1, height: 31, width: 16, channels: 9, window: 15),
            Pooling(images: 2, height: 9, width: 8, channels: 17, window: 3, stride: 2, padding: 1),
            Pooling(images: 1, height: 7, width: 5, channels: 3, window: 2, stride: 3),
            Pooling(images: 2, height: 7, width: 6, channels: 5, window: 4, stride: 3, padding: 2, ceilMode: true),
            Pooling(images: 3, height: 8, width: 5, channels: 2, window: 3, stride: 2, ceilMode: true),
            Pooling(images: 1, height: 6, width: 5, channels: 16, window: 5, stride: 1, padding: 2),
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
            let winner = places[winner(places.map { input[$0.input] })]
            return (value: input[winner.input], choice: UInt8(winner.window))
        }
        for keepsChoice in [true, false] {
            let output = GuardedBuffer<Float>(count: pooling.outputCount)
            let choice = GuardedBuffer<UInt8>(count: pooling.outputCount)
            let arguments = stn_max_pool_arguments(
                shape: pooling.shape, input: source.pointer, output: output.pointer,
                choice: keepsChoice ? choice.pointer : nil)
            try run(set.table.max_pool, arguments, tasks: pooling.images * pooling.outputHeight)
            expectSame(output.values, expected.map(\.value), "output")
            #expect(keepsChoice ? choice.values == expected.map(\.choice) : choice.isUntouched)
            #expect(output.isIntact && choice.isIntact)
        }
    }

    @Test("gradients are added at the chosen places, zero elsewhere", arguments: Pooling.all, InstructionSet.available)
    func gradient(_ pooling: Pooling, _ set: InstructionSet) throws {
        let input = input(pooling)
        let dOutput = (randomTensor([pooling.outputCount], seed: 12) as Tensor<Float>).values
        let winners = (0..<pooling.outputCount).map { index in
            let places = pooling.places(of: index)
            return places[winner(places.map { input[$0.input] })]
        }
        var expected = [Float](repeating: 0, count: input.count)
        for (winner, gradient) in zip(winners, dOutput) { expected[winner.input] += gradient }
        let (choice, gradient) = (GuardedBuffer(winners.map { UInt8($0.window) }), GuardedBuffer(dOutput))
        let dInput = GuardedBuffer<Float>(count: input.count)
        let arguments = stn_max_pool_gradient_arguments(
            shape: pooling.shape, choice: choice.pointer, d_output: gradient.pointer, d_input: dInput.pointer)
        try run(set.table.max_pool_gradient, arguments, tasks: pooling.images * pooling.height)
        expectSame(dInput.values, expected)
        #expect(dInput.isIntact)
    }

    @Test("the reference makes the same choices", arguments: Pooling.all)
    func reference(_ pooling: Pooling) {
        let shape: Shape = [pooling.images, pooling.height, pooling.width, pooling.channels]
        let input = Tensor<Float>(shape, input(pooling))
        let (operation, context) = (MaxPoolOperation(pooling.windows), OperationContext(isTraining: true))
        let output = operation.forward([input], parameters: [], context: context)
        #expect(output.shape == [pooling.images, pooling.outputHeight, pooling.outputWidth, pooling.channels])
        let dOutput: Tensor<Float> = randomTensor(output.shape, seed: 12)
        let dInput = operation.backward(dOutput, output: output, inputs: [input], parameters: [], context: context)
        var (values, gradient) = ([Float](), [Float](repeating: 0, count: shape.count))
        for index in 0..<pooling.outputCount {
            let places = pooling.places(of: index)
            let place = places[winner(places.map { input.values[$0.input] })].input
            values.append(input.values[place])
            gradient[place] += dOutput.values[index]
        }
        expectSame(output.values, values, "output")
        expectSame(dInput.inputs[0].values, gradient, "gradient")
    }

    @Test("means and their gradients agree with the reference", arguments: Pooling.all, InstructionSet.available)
    func average(_ pooling: Pooling, _ set: InstructionSet) throws {
        let shape: Shape = [pooling.images, pooling.height, pooling.width, pooling.channels]
        let input: Tensor<Float> = randomTensor(shape, seed: 13)
        let dOutput: Tensor<Float> = randomTensor(
            [pooling.images, pooling.outputHeight, pooling.outputWidth, pooling.channels], seed: 14)
        let (source, gradient) = (GuardedBuffer(input.values), GuardedBuffer(dOutput.values))
        for counts in [true, false] {
            let operation = AveragePoolOperation(pooling.windows, countIncludePad: counts)
            let context = OperationContext(isTraining: true)
            let exact: Tensor<Double> = input.converted()
            let expected = operation.forward([exact], parameters: [], context: context)
            let gradients = operation.backward(
                dOutput.converted(), output: expected, inputs: [exact], parameters: [], context: context)
            let output = GuardedBuffer<Float>(count: pooling.outputCount)
            let dInput = GuardedBuffer<Float>(count: shape.count)
            let arguments = stn_average_pool_arguments(
                shape: pooling.shape, counts_padding: counts ? 1 : 0, input: source.pointer, output: output.pointer,
                d_output: gradient.pointer, d_input: dInput.pointer)
            try run(set.table.average_pool, arguments, tasks: pooling.images * pooling.outputHeight)
            try run(set.table.average_pool_gradient, arguments, tasks: pooling.images * pooling.height)
            expectClose(output.values.map(Double.init), expected.values, relative: 1e-6, absolute: 1e-6, "output")
            expectClose(
                dInput.values.map(Double.init), gradients.inputs[0].values, relative: 1e-6, absolute: 1e-6, "gradient")
            #expect(output.isIntact && dInput.isIntact)
        }
    }
}
