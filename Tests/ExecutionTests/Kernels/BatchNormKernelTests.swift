import CKernels
import Execution
import Networks
import Tensors
import TestSupport
import Testing

@Suite("Batch normalisation kernels against the reference")
struct BatchNormKernelTests {
    /// Rows and channels, some over several blocks of rows and some whose channels fill no vector.
    struct Size: Sendable, CustomStringConvertible {
        let rows, channels: Int
        /// Added to every number: far from zero, a sum of squares would cancel.
        var offset: Float = 0
        var description: String { "\(rows) × \(channels) around \(offset)" }

        static let all = [
            Size(rows: 2, channels: 1), Size(rows: 7, channels: 3), Size(rows: 64, channels: 17),
            Size(rows: 1030, channels: 33), Size(rows: 300, channels: 64, offset: 50), Size(rows: 33, channels: 700),
            Size(rows: 9000, channels: 1, offset: -300), Size(rows: 5, channels: 129),
        ]
    }

    /// The numbers of a case and what kernels make of them.
    private final class Run {
        let size: Size
        let input, dOutput, weight, bias: Tensor<Float>
        let parts: GuardedBuffer<Float>
        let moments, shares, dWeight, dBias, output, dInput: GuardedBuffer<Float>
        private let sources: [GuardedBuffer<Float>]

        init(_ size: Size) {
            self.size = size
            let (rows, channels) = (size.rows, size.channels)
            input = randomTensor([rows, channels], seed: 51, size.offset - 1, size.offset + 1)
            dOutput = randomTensor([rows, channels], seed: 52)
            weight = randomTensor([channels], seed: 53, 0.5, 1.5)
            bias = randomTensor([channels], seed: 54)
            sources = [input, dOutput, weight, bias].map { GuardedBuffer($0.values) }
            parts = GuardedBuffer(count: Int(stn_batch_norm_blocks(Int64(rows), Int64(channels))) * 2 * channels)
            (moments, shares) = (GuardedBuffer(count: 4 * channels), GuardedBuffer(count: 2 * channels))
            (dWeight, dBias) = (GuardedBuffer(count: channels), GuardedBuffer(count: channels))
            (output, dInput) = (GuardedBuffer(count: rows * channels), GuardedBuffer(count: rows * channels))
        }

        func run(_ set: InstructionSet, rectifies: Bool) throws {
            var arguments = stn_batch_norm_arguments()
            (arguments.rows, arguments.channels) = (Int64(size.rows), Int64(size.channels))
            (arguments.relu, arguments.epsilon) = (rectifies ? 1 : 0, 1e-5)
            let operands = sources.map { UnsafePointer($0.pointer) }
            (arguments.input, arguments.d_output) = (operands[0], operands[1])
            (arguments.weight, arguments.bias) = (operands[2], operands[3])
            arguments.place(moments: moments.pointer)
            (arguments.parts, arguments.shares) = (parts.pointer, shares.pointer)
            (arguments.d_weight, arguments.d_bias) = (dWeight.pointer, dBias.pointer)
            (arguments.output, arguments.d_input) = (output.pointer, dInput.pointer)
            let (table, blocks) = (try set.table, arguments.blocks)
            let vectors = (size.channels + Int(table.lanes) - 1) / Int(table.lanes)
            try ExecutionTests.run(table.batch_norm_parts, arguments, tasks: blocks)
            try ExecutionTests.run(table.batch_norm_moments, arguments, tasks: vectors)
            try ExecutionTests.run(table.batch_norm, arguments, tasks: blocks)
            try ExecutionTests.run(table.batch_norm_gradient_parts, arguments, tasks: blocks)
            try ExecutionTests.run(table.batch_norm_gradient_sums, arguments, tasks: vectors)
            try ExecutionTests.run(table.batch_norm_gradient, arguments, tasks: blocks)
        }

        var isIntact: Bool {
            [parts, moments, shares, dWeight, dBias, output, dInput].allSatisfy(\.isIntact)
        }
    }

    @Test(
        "values, gradients and moments, with and without ReLU", arguments: Size.all, InstructionSet.available)
    func agrees(_ size: Size, _ set: InstructionSet) throws {
        for rectifies in [false, true] {
            let run = Run(size)
            try run.run(set, rectifies: rectifies)
            let operation = BatchNormOperation(channels: size.channels)
            let context = OperationContext(isTraining: true)
            let input: Tensor<Double> = run.input.converted()
            let statistics = [0, 1].map { Tensor<Double>([size.channels], repeating: $0) }
            let parameters = [run.weight.converted(), run.bias.converted()] + statistics + [Tensor<Double>([], [0])]
            let normalized = operation.forward([input], parameters: parameters, context: context)
            let output = ReLUOperation().forward([normalized], parameters: [], context: context)
            var dOutput: Tensor<Double> = run.dOutput.converted()
            if rectifies {
                // Where the fast path cut off, so that a value next to zero decides the same way in both.
                for (index, value) in run.output.values.enumerated() where value <= 0 { dOutput.values[index] = 0 }
            }
            let gradients = operation.backward(
                dOutput, output: normalized, inputs: [input], parameters: parameters, context: context)
            // An input's rounding is that of its offset.
            let rounding = Double(max(1, abs(size.offset))) * 1e-5
            expectClose(
                run.output.values.map(Double.init), (rectifies ? output : normalized).values, relative: 1e-5,
                absolute: rounding, "output")
            for (what, actual, expected) in [
                ("input", run.dInput, gradients.inputs[0]), ("weight", run.dWeight, gradients.parameters[0]),
                ("bias", run.dBias, gradients.parameters[1]),
            ] {
                let scale = expected.values.reduce(1) { max($0, abs($1)) }
                expectClose(
                    actual.values.map(Double.init), expected.values, relative: 1e-5, absolute: rounding * scale,
                    "gradient of \(what)")
            }
            let followed = operation.followed(by: [input], parameters: parameters)
            let mean = followed[2].values.map { $0 / operation.momentum }
            let variance = followed[3].values.map {
                ($0 - (1 - operation.momentum)) / operation.momentum * Double(size.rows - 1) / Double(size.rows)
            }
            let found = run.moments.values.map(Double.init)
            expectClose(Array(found[..<size.channels]), mean, relative: 1e-6, absolute: 1e-6, "mean")
            expectClose(
                Array(found[size.channels..<2 * size.channels]), variance, relative: 2e-5 + rounding / 10, "variance")
            #expect(run.isIntact)
        }
    }

    @Test("running statistics follow, the variance without bias", arguments: InstructionSet.available)
    func follow(_ set: InstructionSet) throws {
        for channels in [1, 5, 16, 33] {
            let (mean, variance): (Tensor<Float>, Tensor<Float>) = (
                randomTensor([channels], seed: 55), randomTensor([channels], seed: 56, 0, 2)
            )
            let before: [Tensor<Float>] = [
                randomTensor([channels], seed: 57), randomTensor([channels], seed: 58, 0, 2),
            ]
            let buffers = [mean, variance, before[0], before[1]].map { GuardedBuffer($0.values) }
            let batches = GuardedBuffer<Float>([6])
            let arguments = stn_batch_norm_follow_arguments(
                rows: 4, channels: Int64(channels), momentum: 0.1, mean: buffers[0].pointer,
                variance: buffers[1].pointer, running_mean: buffers[2].pointer, running_variance: buffers[3].pointer,
                batches: batches.pointer)
            try run(set.table.batch_norm_follow, arguments, tasks: 1)
            expectClose(
                buffers[2].values, zip(before[0].values, mean.values).map { 0.9 * $0 + 0.1 * $1 }, relative: 1e-6,
                absolute: 1e-7)
            expectClose(
                buffers[3].values, zip(before[1].values, variance.values).map { 0.9 * $0 + 0.1 * $1 * 4 / 3 },
                relative: 1e-6, absolute: 1e-7)
            #expect(batches.values == [7])
            #expect((buffers + [batches]).allSatisfy { $0.isIntact })
        }
    }
}
