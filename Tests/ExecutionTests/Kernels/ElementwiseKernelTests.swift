import CKernels
import Execution
import Tensors
import TestSupport
import Testing

@Suite("Elementwise kernels against plain loops")
struct ElementwiseKernelTests {
    /// Random numbers with NaN, infinities, zeros and a denormal spread among them.
    private func values(_ count: Int, seed: UInt64) -> [Float] {
        var values = (randomTensor([count], seed: seed) as Tensor<Float>).values
        let special: [Float] = [
            .nan, .infinity, -.infinity, 0, -0.0, .leastNonzeroMagnitude, -.greatestFiniteMagnitude,
        ]
        for (place, value) in zip(stride(from: 2, to: count, by: 5), (0..<count).map { special[$0 % 7] }) {
            values[place] = value
        }
        return values
    }

    @Test("ReLU cuts off negative numbers and keeps NaN", arguments: InstructionSet.available)
    func relu(_ set: InstructionSet) throws {
        for count in oddCounts {
            let input = values(count, seed: 1)
            let (source, output) = (GuardedBuffer(input), GuardedBuffer<Float>(count: count))
            let arguments = stn_relu_arguments(count: Int64(count), input: source.pointer, output: output.pointer)
            try run(set.table.relu, arguments, tasks: pieceCount(count))
            expectSame(output.values, input.map { $0 < 0 ? 0 : $0 }, "\(count) elements")
            #expect(output.isIntact && source.isIntact)
        }
    }

    @Test("ReLU's gradient passes where the output is positive or NaN", arguments: InstructionSet.available)
    func reluGradient(_ set: InstructionSet) throws {
        for count in oddCounts {
            let (output, dOutput) = (values(count, seed: 2), values(count, seed: 3))
            let (o, d, result) = (GuardedBuffer(output), GuardedBuffer(dOutput), GuardedBuffer<Float>(count: count))
            let arguments = stn_relu_gradient_arguments(
                count: Int64(count), output: o.pointer, d_output: d.pointer, d_input: result.pointer)
            try run(set.table.relu_gradient, arguments, tasks: pieceCount(count))
            expectSame(result.values, zip(output, dOutput).map { $0 <= 0 ? 0 : $1 }, "\(count) elements")
            #expect(result.isIntact)
        }
    }

    @Test("a screen finds each number that is not below its limit, and no other", arguments: InstructionSet.available)
    func screen(_ set: InstructionSet) throws {
        func failed(_ values: [Float], below limit: Float) throws -> Bool {
            let (numbers, result) = (GuardedBuffer(values), GuardedBuffer<UInt8>(count: 1))
            let part = GuardedBuffer([
                stn_screened_part(count: Int64(values.count), values: UnsafePointer(numbers.pointer), limit: limit)
            ])
            let arguments = stn_screen_arguments(parts: UnsafePointer(part.pointer), failed: result.pointer)
            try run(set.table.screen, arguments, tasks: 1)
            #expect(result.isIntact && numbers.isIntact)
            return result.values[0] != 0
        }
        for count in oddCounts where count > 0 && count <= Int(STN_PIECE) {
            let good = (randomTensor([count], seed: 5) as Tensor<Float>).values.map { $0 * 0x1p40 }
            let harmless: [Float] = [0, .leastNonzeroMagnitude, -0x1p50 * (1 - 0x1p-24)]
            for place in Set([0, count / 2, count - 1]) {
                for value in harmless {
                    var values = good
                    values[place] = value
                    #expect(try !failed(values, below: 0x1p50), "\(value) at \(place) of \(count)")
                }
                for value in [Float.nan, .infinity, -.infinity, 1e30, -0x1p50] {
                    var values = good
                    values[place] = value
                    #expect(try failed(values, below: 0x1p50), "\(value) at \(place) of \(count)")
                    #expect(try failed(values, below: .infinity) == !value.isFinite)
                }
            }
        }
    }

    @Test("the kernels that measure memory do the work they are timed for", arguments: InstructionSet.available)
    func stream(_ set: InstructionSet) throws {
        for count in oddCounts {
            let left = (randomTensor([count], seed: 8) as Tensor<Float>).values
            let right = (randomTensor([count], seed: 9) as Tensor<Float>).values
            let (l, r) = (GuardedBuffer(left), GuardedBuffer(right))
            let sums = GuardedBuffer<Float>(count: pieceCount(count))
            let (copy, triad) = (GuardedBuffer<Float>(count: count), GuardedBuffer<Float>(count: count))
            func arguments(_ output: GuardedBuffer<Float>) -> stn_stream_arguments {
                stn_stream_arguments(
                    count: Int64(count), left: l.pointer, right: r.pointer, factor: 2, output: output.pointer)
            }
            try run(set.table.stream_sum, arguments(sums), tasks: pieceCount(count))
            try run(set.table.stream_copy, arguments(copy), tasks: pieceCount(count))
            try run(set.table.stream_triad, arguments(triad), tasks: pieceCount(count))
            let pieces = stride(from: 0, to: count, by: Int(STN_PIECE)).map {
                left[$0..<min($0 + Int(STN_PIECE), count)].reduce(0) { $0 + Double($1) }
            }
            expectClose(sums.values, pieces.map(Float.init), relative: 1e-5, absolute: 1e-4)
            expectSame(copy.values, left)
            // Doubling is exact, so one rounding or two make no difference.
            expectSame(triad.values, zip(left, right).map { $0 + 2 * $1 })
            #expect(sums.isIntact && copy.isIntact && triad.isIntact && l.isIntact && r.isIntact)
        }
    }

    @Test("scaling by a factor an element", arguments: InstructionSet.available)
    func scale(_ set: InstructionSet) throws {
        for count in oddCounts {
            let (input, factor) = (values(count, seed: 4), values(count + 3, seed: 5).dropFirst(3))
            let (source, factors) = (GuardedBuffer(input), GuardedBuffer(Array(factor)))
            let output = GuardedBuffer<Float>(count: count)
            let arguments = stn_scale_arguments(
                count: Int64(count), pixels: 0, channels: 0, input: source.pointer, factor: factors.pointer,
                output: output.pointer)
            try run(set.table.scale, arguments, tasks: pieceCount(count))
            expectSame(output.values, zip(input, factor).map { $0 * $1 }, "\(count) elements")
            #expect(output.isIntact)
        }
    }

    @Test("scaling by a factor an image and channel", arguments: InstructionSet.available)
    func scaleChannels(_ set: InstructionSet) throws {
        for (images, pixels, channels) in [(1, 1, 1), (2, 3, 5), (3, 1, 17), (5, 49, 33)] {
            let count = images * pixels * channels
            let (input, factor) = (values(count, seed: 6), values(images * channels, seed: 7))
            let (source, factors) = (GuardedBuffer(input), GuardedBuffer(factor))
            let output = GuardedBuffer<Float>(count: count)
            let arguments = stn_scale_arguments(
                count: Int64(count), pixels: Int64(pixels), channels: Int64(channels), input: source.pointer,
                factor: factors.pointer, output: output.pointer)
            try run(set.table.scale, arguments, tasks: pieceCount(count))
            var expected: [Float] = []
            for image in 0..<images {
                for pixel in 0..<pixels {
                    for channel in 0..<channels {
                        expected.append(
                            input[(image * pixels + pixel) * channels + channel] * factor[image * channels + channel])
                    }
                }
            }
            expectSame(output.values, expected, "\(images) × \(pixels) × \(channels)")
            #expect(output.isIntact)
        }
    }

    @Test("addition", arguments: InstructionSet.available)
    func add(_ set: InstructionSet) throws {
        for count in oddCounts {
            let (start, addend) = (values(count, seed: 8), values(count + 2, seed: 9).dropFirst(2))
            let (sum, source) = (GuardedBuffer(start), GuardedBuffer(Array(addend)))
            let arguments = stn_add_arguments(
                count: Int64(count), addend: source.pointer, accumulator: sum.pointer)
            try run(set.table.add, arguments, tasks: pieceCount(count))
            expectSame(sum.values, zip(start, addend).map { $0 + $1 }, "\(count) elements")
            #expect(sum.isIntact && source.isIntact)
        }
    }

    @Test("weights are packed in blocks, with zeros for missing rows", arguments: InstructionSet.available)
    func pack(_ set: InstructionSet) throws {
        for (rows, columns) in [(1, 1), (5, 3), (16, 8), (17, 9), (33, 27), (40, 130)] {
            for block in [Int(try set.table.lanes), 2 * Int(try set.table.lanes)] {
                let weight = values(rows * columns, seed: 10)
                let blocks = (rows + block - 1) / block
                let (source, packed) = (GuardedBuffer(weight), GuardedBuffer<Float>(count: blocks * columns * block))
                let arguments = stn_pack_arguments(
                    weight: source.pointer, packed: packed.pointer, rows: Int64(rows), columns: Int64(columns),
                    block: Int64(block))
                try run(set.table.pack, arguments, tasks: blocks)
                let expected = (0..<blocks * columns * block).map { place -> Float in
                    let row = place / (columns * block) * block + place % block
                    return row < rows ? weight[row * columns + place / block % columns] : 0
                }
                expectSame(packed.values, expected, "\(rows) × \(columns) by \(block)")
                #expect(packed.isIntact)
            }
        }
    }
}
