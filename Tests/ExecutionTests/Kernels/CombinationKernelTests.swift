import CKernels
import Execution
import Tensors
import TestSupport
import Testing

@Suite("Kernels of sums and concatenations against plain loops")
struct CombinationKernelTests {
    private func numbers(_ count: Int, seed: UInt64) -> [Float] {
        var values = (randomTensor([count], seed: seed) as Tensor<Float>).values
        for place in stride(from: 3, to: count, by: 7) { values[place] = place % 2 == 0 ? .nan : -.infinity }
        return values
    }

    @Test("sums, with and without ReLU", arguments: InstructionSet.available, [false, true])
    func sum(_ set: InstructionSet, _ rectifies: Bool) throws {
        for count in oddCounts {
            let (left, right) = (numbers(count, seed: 41), numbers(count, seed: 42))
            let (l, r, output) = (GuardedBuffer(left), GuardedBuffer(right), GuardedBuffer<Float>(count: count))
            let arguments = stn_residual_sum_arguments(
                count: Int64(count), relu: rectifies ? 1 : 0, left: l.pointer, right: r.pointer,
                output: output.pointer)
            try run(set.table.residual_sum, arguments, tasks: pieceCount(count))
            let sums = zip(left, right).map { $0 + $1 }
            expectSame(output.values, rectifies ? sums.map { $0 < 0 ? 0 : $0 } : sums, "\(count) elements")
            #expect(output.isIntact)
        }
    }

    @Test("a sum's gradient is written or added, where ReLU lets it pass", arguments: InstructionSet.available)
    func sumGradient(_ set: InstructionSet) throws {
        for count in oddCounts {
            let (output, dOutput) = (numbers(count, seed: 43), numbers(count, seed: 44))
            let before = numbers(count, seed: 45)
            let (o, d) = (GuardedBuffer(output), GuardedBuffer(dOutput))
            for (rectifies, adds) in [(false, false), (false, true), (true, false), (true, true)] {
                let dInput = adds ? GuardedBuffer(before) : GuardedBuffer<Float>(count: count)
                let arguments = stn_residual_gradient_arguments(
                    count: Int64(count), adds: adds ? 1 : 0, output: rectifies ? UnsafePointer(o.pointer) : nil,
                    d_output: d.pointer, d_input: dInput.pointer)
                try run(set.table.residual_gradient, arguments, tasks: pieceCount(count))
                let expected = (0..<count).map { place in
                    let passed = rectifies && output[place] <= 0 ? 0 : dOutput[place]
                    return adds ? before[place] + passed : passed
                }
                expectSame(dInput.values, expected, "\(count) elements, ReLU: \(rectifies), adds: \(adds)")
                #expect(dInput.isIntact)
            }
        }
    }

    @Test("rows are copied from and to larger rows, or added", arguments: InstructionSet.available, [false, true])
    func rows(_ set: InstructionSet, _ adds: Bool) throws {
        let sizes = [(1, 1, 1, 1), (5, 3, 3, 7), (130, 17, 40, 17), (64, 16, 16, 33), (65, 33, 34, 35)]
        for (rows, width, from, to) in sizes {
            let input = numbers(rows * from, seed: 46)
            let before = numbers(rows * to, seed: 47)
            let (source, output) = (GuardedBuffer(input), GuardedBuffer(before))
            let arguments = stn_copy_rows_arguments(
                rows: Int64(rows), width: Int64(width), adds: adds ? 1 : 0, input: source.pointer,
                input_stride: Int64(from), output: output.pointer, output_stride: Int64(to))
            try run(set.table.copy_rows, arguments, tasks: (rows + Int(STN_ROWS) - 1) / Int(STN_ROWS))
            var expected = before
            for row in 0..<rows {
                for place in 0..<width {
                    expected[row * to + place] = input[row * from + place] + (adds ? before[row * to + place] : 0)
                }
            }
            expectSame(output.values, expected, "\(rows) × \(width)")
            #expect(output.isIntact)
        }
    }
}
