import CKernels
import Execution
import Networks
import Tensors
import Testing

/// A convolution with what is fused to it, run by one instruction set's kernels on guarded memory.
struct FastConvolution {
    /// What the kernels make of it.
    struct Result {
        let output, dInput, dWeight, dBias: [Float]
        let choice: [UInt8]?
    }

    var shape: stn_convolution_shape
    var input: [Float]
    var weight: [Float]
    var bias: [Float]
    /// A factor an image and output channel.
    var scale: [Float]?
    /// Whether the forward pass goes Winograd's way; gradients do not depend on it.
    var isWinograd = false

    var outputCount: Int {
        let height = (shape.height - shape.kernel_height + 1) / shape.pool
        let width = (shape.width - shape.kernel_width + 1) / shape.pool
        return Int(shape.images * height * width * shape.outputs)
    }

    /// Forward pass and all gradients; a trampled mark fails the test.
    func run(_ set: InstructionSet, dOutput: [Float], sourceLocation: SourceLocation = #_sourceLocation) throws
        -> Result
    {
        let output = GuardedBuffer<Float>(count: outputCount)
        let choice = shape.pool == 2 ? GuardedBuffer<UInt8>(count: outputCount) : nil
        let (input, weight, bias) = (GuardedBuffer(input), GuardedBuffer(weight), GuardedBuffer(bias))
        let (scale, dOutput) = (scale.map(GuardedBuffer.init), GuardedBuffer(dOutput))
        try forward(set, input, weight, bias, scale, output, choice)
        let dWeight = GuardedBuffer<Float>(count: weight.count)
        let dBias = GuardedBuffer<Float>(count: bias.count)
        let dInput = GuardedBuffer<Float>(count: input.count)
        let sizes = withUnsafePointer(to: shape) {
            (stn_weight_gradient_scratch($0), stn_input_gradient_scratch($0))
        }
        // For the three threads that `run` pretends to be.
        let bytes = max(sizes.0, sizes.1)
        let scratch = GuardedBuffer<Float>(count: Int(3 * bytes / 4))
        let memory = UnsafeMutableRawPointer(scratch.pointer).assumingMemoryBound(to: CChar.self)
        let weightGradient = stn_convolution_weight_gradient_arguments(
            shape: shape, input: input.pointer, output: output.pointer, choice: choice?.pointer,
            channel_scale: scale?.pointer, d_output: dOutput.pointer, d_weight: dWeight.pointer,
            d_bias: dBias.pointer, scratch: memory, scratch_bytes: bytes)
        let inputGradient = stn_convolution_input_gradient_arguments(
            shape: shape, weight: weight.pointer, output: output.pointer, choice: choice?.pointer,
            channel_scale: scale?.pointer, d_output: dOutput.pointer, d_input: dInput.pointer, scratch: memory,
            scratch_bytes: bytes)
        let tasks = withUnsafePointer(to: shape) {
            (Int(stn_weight_gradient_tasks($0)), Int(stn_input_gradient_tasks($0)))
        }
        try ExecutionTests.run(set.table.convolution_weight_gradient, weightGradient, tasks: tasks.0)
        try ExecutionTests.run(set.table.convolution_input_gradient, inputGradient, tasks: tasks.1)
        let outputs = [output, dWeight, dBias, dInput]
        #expect(
            outputs.allSatisfy(\.isIntact) && scratch.isIntact && choice?.isIntact != false,
            sourceLocation: sourceLocation)
        return Result(
            output: output.values, dInput: dInput.values, dWeight: dWeight.values, dBias: dBias.values,
            choice: choice?.values)
    }

    private func forward(
        _ set: InstructionSet, _ input: GuardedBuffer<Float>, _ weight: GuardedBuffer<Float>,
        _ bias: GuardedBuffer<Float>, _ scale: GuardedBuffer<Float>?, _ output: GuardedBuffer<Float>,
        _ choice: GuardedBuffer<UInt8>?
    ) throws {
        let kernels = try #require(set.kernels)
        let block = Int(stn_convolution_block(kernels, shape.outputs))
        let (rows, columns) = (bias.count, weight.count / bias.count)
        let blocks = (rows + block - 1) / block
        let packed = GuardedBuffer<Float>(count: blocks * block * (isWinograd ? columns / 25 * 64 : columns))
        let arguments = stn_convolution_arguments(
            shape: shape, input: input.pointer, packed: packed.pointer, bias: bias.pointer,
            channel_scale: scale?.pointer, output: output.pointer, choice: choice?.pointer)
        if isWinograd {
            let pack = stn_winograd_pack_arguments(
                weight: weight.pointer, packed: packed.pointer, outputs: Int64(rows), channels: shape.channels)
            try ExecutionTests.run(kernels.pointee.winograd_pack, pack, tasks: blocks)
            try winograd(kernels, arguments)
        } else {
            let pack = stn_pack_arguments(
                weight: weight.pointer, packed: packed.pointer, rows: Int64(rows), columns: Int64(columns),
                block: Int64(block))
            try ExecutionTests.run(kernels.pointee.pack, pack, tasks: blocks)
            let tasks = withUnsafePointer(to: shape) { Int(stn_convolution_tasks(kernels, $0)) }
            try ExecutionTests.run(kernels.pointee.convolution, arguments, tasks: tasks)
        }
        #expect(packed.isIntact)
    }

    private func winograd(_ kernels: UnsafePointer<stn_kernels>, _ arguments: stn_convolution_arguments) throws {
        let (bytes, tasks) = withUnsafePointer(to: shape) {
            (stn_winograd_scratch(kernels, $0), Int(stn_winograd_tasks(kernels, $0)))
        }
        let scratch = GuardedBuffer<Float>(count: 3 * Int(bytes) / 4)
        let memory = UnsafeMutableRawPointer(scratch.pointer).assumingMemoryBound(to: CChar.self)
        let arguments = stn_winograd_arguments(convolution: arguments, scratch: memory, scratch_bytes: bytes)
        try ExecutionTests.run(kernels.pointee.winograd, arguments, tasks: tasks)
        #expect(scratch.isIntact)
    }
}
