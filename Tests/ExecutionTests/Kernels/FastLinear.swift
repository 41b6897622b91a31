import CKernels
import Execution
import Testing

/// A linear layer, run by one instruction set's kernels on guarded memory.
struct FastLinear {
    let rows, inputs, outputs: Int
    let relu: Bool
    var input: [Float]
    var weight: [Float]
    var bias: [Float]
    var precision = Precision.float32
    /// Whether the forward pass takes packed weights, as on small batches.
    var isPacked = false

    /// Forward pass and all gradients; a trampled mark fails the test.
    func run(_ set: InstructionSet, dOutput: [Float], sourceLocation: SourceLocation = #_sourceLocation) throws
        -> LayerResult
    {
        let kernels = try #require(set.kernels)
        let (input, weight, bias) = (GuardedBuffer(input), GuardedBuffer(weight), GuardedBuffer(bias))
        let (dOutput, output) = (GuardedBuffer(dOutput), GuardedBuffer<Float>(count: rows * outputs))
        try forward(kernels, input, weight, bias, output)
        let dInput = GuardedBuffer<Float>(count: rows * inputs)
        let (dWeight, dBias) = (GuardedBuffer<Float>(count: weight.count), GuardedBuffer<Float>(count: outputs))
        let isMixed = precision == .mixed
        let bytes = stn_linear_gradient_bytes(
            kernels, Int64(rows), Int64(outputs), isMixed ? 2 : 1, 3)
        let workspace = ScratchBuffer(byteCount: Int(bytes))
        let arguments = stn_linear_gradient_arguments(
            rows: Int64(rows), inputs: Int64(inputs), outputs: Int64(outputs), relu: relu ? 1 : 0,
            input: input.pointer, weight: weight.pointer, output: output.pointer, d_output: dOutput.pointer,
            d_input: dInput.pointer, d_weight: dWeight.pointer, d_bias: dBias.pointer, workspace: workspace.pointer)
        let table = kernels.pointee
        try ExecutionTests.run(
            isMixed ? table.linear_gradient_operands_bf16 : table.linear_gradient_operands, arguments,
            tasks: Int(stn_linear_gradient_operand_tasks(kernels, Int64(outputs))))
        let block = 2 * Int(table.lanes)
        try ExecutionTests.run(
            isMixed ? table.linear_gradients_bf16 : table.linear_gradients, arguments,
            tasks: (inputs + block - 1) / block)
        #expect(
            [output, dInput, dWeight, dBias].allSatisfy(\.isIntact) && workspace.isIntact,
            sourceLocation: sourceLocation)
        return LayerResult(
            output: output.values, dInput: dInput.values, dWeight: dWeight.values, dBias: dBias.values)
    }

    private func forward(
        _ kernels: UnsafePointer<stn_kernels>, _ input: GuardedBuffer<Float>, _ weight: GuardedBuffer<Float>,
        _ bias: GuardedBuffer<Float>, _ output: GuardedBuffer<Float>
    ) throws {
        let table = kernels.pointee
        let isMixed = precision == .mixed
        let packed = isPacked ? try pack(kernels, weight) : nil
        if isPacked && !isMixed {
            let shape = stn_convolution_shape(
                images: 1, height: 1, width: Int64(rows), channels: Int64(inputs), kernel_height: 1, kernel_width: 1,
                outputs: Int64(outputs), pool: 1, relu: relu ? 1 : 0)
            let arguments = stn_convolution_arguments(
                shape: shape, input: input.pointer, packed: packed?.pointer, bias: bias.pointer, channel_scale: nil,
                output: output.pointer, choice: nil)
            let tasks = withUnsafePointer(to: shape) { Int(stn_convolution_tasks(kernels, $0)) }
            return try ExecutionTests.run(table.convolution, arguments, tasks: tasks)
        }
        let bytes = stn_linear_scratch(kernels, Int64(inputs))
        let scratch = ScratchBuffer(byteCount: 3 * Int(bytes))
        let workspace = ScratchBuffer(
            byteCount: Int(stn_linear_workspace(kernels, Int64(rows), Int64(inputs), isMixed ? 2 : 1)))
        let arguments = stn_linear_arguments(
            rows: Int64(rows), inputs: Int64(inputs), outputs: Int64(outputs), relu: relu ? 1 : 0,
            input: input.pointer, weight: weight.pointer, packed: packed?.pointer, bias: bias.pointer,
            output: output.pointer, workspace: workspace.pointer, scratch: scratch.pointer, scratch_bytes: bytes)
        if isPacked {
            let tasks = Int(stn_linear_packed_tasks(kernels, Int64(rows), Int64(outputs)))
            try ExecutionTests.run(table.linear_packed_bf16, arguments, tasks: tasks)
        } else {
            try ExecutionTests.run(
                isMixed ? table.linear_operands_bf16 : table.linear_operands, arguments,
                tasks: Int(stn_linear_operand_tasks(kernels, Int64(inputs))))
            try ExecutionTests.run(
                isMixed ? table.linear_bf16 : table.linear, arguments,
                tasks: Int(stn_linear_tasks(kernels, Int64(outputs))))
        }
        #expect(scratch.isIntact && workspace.isIntact)
    }

    private func pack(
        _ kernels: UnsafePointer<stn_kernels>, _ weight: GuardedBuffer<Float>
    ) throws -> GuardedBuffer<Float> {
        let isMixed = precision == .mixed
        let block = isMixed ? 2 * Int(kernels.pointee.lanes) : Int(stn_convolution_block(kernels, Int64(outputs)))
        let blocks = (outputs + block - 1) / block
        let depth = isMixed ? Int(stn_packed_pairs(kernels, Int64(inputs))) : inputs
        let packed = GuardedBuffer<Float>(count: blocks * block * depth)
        let arguments = stn_pack_arguments(
            weight: weight.pointer, packed: packed.pointer, rows: Int64(outputs), columns: Int64(inputs),
            block: Int64(block))
        try ExecutionTests.run(
            isMixed ? kernels.pointee.pack_bf16 : kernels.pointee.pack, arguments, tasks: blocks)
        #expect(packed.isIntact)
        return packed
    }
}
