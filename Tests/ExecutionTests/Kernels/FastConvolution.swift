import CKernels
import Execution
import Networks
import Tensors
import Testing

/// What the kernels of a layer make of its operands.
struct LayerResult {
    let output, dInput, dWeight, dBias: [Float]
    var choice: [UInt8]?
}

/// A convolution with what is fused to it, run by one instruction set's kernels on guarded memory.
struct FastConvolution {
    /// Which kernels compute it.
    enum Way: Sendable, CaseIterable {
        /// Directly, gradients over the positions that carry any.
        case direct
        /// The same with the weight gradient in pairs of bfloat16.
        case directMixed
        /// All by Winograd's filtering.
        case winograd
        /// The same with gradients in bfloat16.
        case winogradMixed
        /// Forward by the kernel for few channels, gradients as `direct`.
        case winogradNarrow
    }

    var shape: stn_convolution_shape
    var input: [Float]
    var weight: [Float]
    var bias: [Float]
    /// A factor an image and output channel.
    var scale: [Float]?
    var way = Way.direct

    var outputCount: Int {
        let height = (shape.top + shape.height + shape.bottom - shape.kernel_height + 1) / shape.pool
        let width = (shape.left + shape.width + shape.right - shape.kernel_width + 1) / shape.pool
        return Int(shape.images * height * width * shape.outputs)
    }

    /// Forward pass and all gradients; a trampled mark fails the test.
    func run(_ set: InstructionSet, dOutput: [Float], sourceLocation: SourceLocation = #_sourceLocation) throws
        -> LayerResult
    {
        let buffers = ConvolutionBuffers(self, dOutput: dOutput)
        let kernels = try #require(set.kernels)
        try forward(kernels, buffers)
        switch way {
        case .direct, .directMixed, .winogradNarrow: try sparseGradients(kernels, buffers)
        case .winograd, .winogradMixed: try winogradGradients(kernels, buffers)
        }
        let outputs = [buffers.output, buffers.dWeight, buffers.dBias, buffers.dInput]
        #expect(
            outputs.allSatisfy(\.isIntact) && buffers.choice?.isIntact != false, sourceLocation: sourceLocation)
        return LayerResult(
            output: buffers.output.values, dInput: buffers.dInput.values, dWeight: buffers.dWeight.values,
            dBias: buffers.dBias.values, choice: buffers.choice?.values)
    }

    private func forward(_ kernels: UnsafePointer<stn_kernels>, _ buffers: ConvolutionBuffers) throws {
        let table = kernels.pointee
        switch way {
        case .direct, .directMixed:
            let block = Int(stn_convolution_block(kernels, shape.outputs))
            let (rows, columns) = (bias.count, weight.count / bias.count)
            let blocks = (rows + block - 1) / block
            let packed = GuardedBuffer<Float>(count: blocks * block * columns)
            let pack = stn_pack_arguments(
                weight: buffers.weight.pointer, packed: packed.pointer, rows: Int64(rows), columns: Int64(columns),
                block: Int64(block))
            try ExecutionTests.run(table.pack, pack, tasks: blocks)
            #expect(packed.isIntact)
            let tasks = withUnsafePointer(to: shape) { Int(stn_convolution_tasks(kernels, $0)) }
            try ExecutionTests.run(table.convolution, arguments(buffers, packed), tasks: tasks)
        case .winograd, .winogradMixed:
            let packed = try transform(table.winograd_pack, buffers, block: 2 * Int(table.lanes), rows: bias.count)
            let (bytes, tasks) = withUnsafePointer(to: shape) {
                (stn_winograd_scratch(kernels, $0), Int(stn_winograd_tasks(kernels, $0)))
            }
            try winograd(table.winograd, arguments(buffers, packed), bytes: bytes, tasks: tasks)
        case .winogradNarrow:
            let packed = try transform(table.winograd_narrow_pack, buffers, block: Int(table.lanes), rows: bias.count)
            let (bytes, tasks) = withUnsafePointer(to: shape) {
                (stn_winograd_narrow_scratch(kernels, $0), Int(stn_winograd_narrow_tasks($0)))
            }
            try winograd(table.winograd_narrow, arguments(buffers, packed), bytes: bytes, tasks: tasks)
        }
    }

    private func arguments(
        _ buffers: ConvolutionBuffers, _ packed: GuardedBuffer<Float>
    ) -> stn_convolution_arguments {
        stn_convolution_arguments(
            shape: shape, input: buffers.input.pointer, packed: packed.pointer, bias: buffers.bias.pointer,
            channel_scale: buffers.scale?.pointer, output: buffers.output.pointer, choice: buffers.choice?.pointer)
    }

    /// Weights in Winograd's form, `rows` of them in blocks.
    private func transform(
        _ kernel: stn_task?, _ buffers: ConvolutionBuffers, block: Int, rows: Int
    ) throws -> GuardedBuffer<Float> {
        let blocks = (rows + block - 1) / block
        let depth = rows == bias.count ? Int(shape.channels) : bias.count
        let packed = GuardedBuffer<Float>(count: blocks * block * 64 * depth)
        let pack = stn_winograd_pack_arguments(
            weight: buffers.weight.pointer, packed: packed.pointer, outputs: shape.outputs, channels: shape.channels,
            taps: shape.kernel_width)
        try ExecutionTests.run(kernel, pack, tasks: blocks)
        #expect(packed.isIntact)
        return packed
    }

    private func winograd(
        _ kernel: stn_task?, _ arguments: stn_convolution_arguments, bytes: Int64, tasks: Int
    ) throws {
        let scratch = ScratchBuffer(byteCount: 3 * Int(bytes))
        let arguments = stn_winograd_arguments(
            convolution: arguments, scratch: scratch.pointer, scratch_bytes: bytes)
        try ExecutionTests.run(kernel, arguments, tasks: tasks)
        #expect(scratch.isIntact)
    }

    private func sparseGradients(_ kernels: UnsafePointer<stn_kernels>, _ buffers: ConvolutionBuffers) throws {
        let isMixed = way == .directMixed
        let (sizes, tasks) = withUnsafePointer(to: shape) {
            (
                (
                    isMixed ? stn_paired_weight_gradient_scratch($0) : stn_weight_gradient_scratch($0),
                    stn_input_gradient_scratch($0)
                ), Int(stn_weight_gradient_tasks($0))
            )
        }
        // For the three threads that `run` pretends to be.
        let bytes = (max(sizes.0, sizes.1) + 63) / 64 * 64
        let scratch = ScratchBuffer(byteCount: 3 * Int(bytes))
        let weightGradient = stn_convolution_weight_gradient_arguments(
            shape: shape, operands: buffers.gradientOperands, input: buffers.input.pointer,
            d_weight: buffers.dWeight.pointer, d_bias: buffers.dBias.pointer, scratch: scratch.pointer,
            scratch_bytes: bytes)
        let inputGradient = stn_convolution_input_gradient_arguments(
            shape: shape, operands: buffers.gradientOperands, weight: buffers.weight.pointer,
            d_input: buffers.dInput.pointer, scratch: scratch.pointer, scratch_bytes: bytes)
        let table = kernels.pointee
        try ExecutionTests.run(
            isMixed ? table.convolution_weight_gradient_bf16 : table.convolution_weight_gradient, weightGradient,
            tasks: tasks)
        try ExecutionTests.run(
            kernels.pointee.convolution_input_gradient, inputGradient, tasks: Int(shape.images))
        #expect(scratch.isIntact)
    }

    private func winogradGradients(_ kernels: UnsafePointer<stn_kernels>, _ buffers: ConvolutionBuffers) throws {
        let table = kernels.pointee
        let isMixed = way == .winogradMixed
        let packed = try transform(
            isMixed ? table.winograd_pack_transposed_bf16 : table.winograd_pack_transposed, buffers,
            block: 2 * Int(table.lanes), rows: Int(shape.channels))
        let (bytes, group) = withUnsafePointer(to: shape) {
            (
                Int(stn_winograd_gradient_bytes(kernels, $0, isMixed ? 2 : 1)),
                Int(stn_winograd_gradient_images(kernels, $0))
            )
        }
        let workspace = ScratchBuffer(byteCount: bytes)
        var arguments = stn_winograd_gradient_arguments(
            shape: shape, first_image: 0, image_count: 0, operands: buffers.gradientOperands,
            input: buffers.input.pointer, packed: packed.pointer, d_input: buffers.dInput.pointer,
            d_weight: buffers.dWeight.pointer, d_bias: buffers.dBias.pointer, workspace: workspace.pointer)
        for first in stride(from: 0, to: Int(shape.images), by: group) {
            let images = min(group, Int(shape.images) - first)
            (arguments.first_image, arguments.image_count) = (Int64(first), Int64(images))
            let tiles = withUnsafePointer(to: shape) { Int(stn_winograd_gradient_tile_tasks($0, Int64(images))) }
            try ExecutionTests.run(
                isMixed ? table.winograd_gradient_tiles_bf16 : table.winograd_gradient_tiles, arguments, tasks: tiles)
            try ExecutionTests.run(
                isMixed ? table.winograd_gradient_products_bf16 : table.winograd_gradient_products, arguments,
                tasks: Int(STN_WINOGRAD_PLACES))
            try ExecutionTests.run(table.winograd_input_gradient, arguments, tasks: images)
        }
        let blocks = (bias.count + Int(table.lanes) - 1) / Int(table.lanes)
        try ExecutionTests.run(table.winograd_weight_gradient, arguments, tasks: blocks)
        #expect(workspace.isIntact)
    }
}

/// The memory that a convolution's kernels share.
private struct ConvolutionBuffers {
    let input, weight, bias, dOutput, output, dInput, dWeight, dBias: GuardedBuffer<Float>
    let scale: GuardedBuffer<Float>?
    let choice: GuardedBuffer<UInt8>?

    init(_ convolution: FastConvolution, dOutput: [Float]) {
        (input, weight) = (GuardedBuffer(convolution.input), GuardedBuffer(convolution.weight))
        (bias, self.dOutput) = (GuardedBuffer(convolution.bias), GuardedBuffer(dOutput))
        scale = convolution.scale.map(GuardedBuffer.init)
        output = GuardedBuffer(count: convolution.outputCount)
        choice = convolution.shape.pool == 2 ? GuardedBuffer(count: convolution.outputCount) : nil
        dInput = GuardedBuffer(count: input.count)
        dWeight = GuardedBuffer(count: weight.count)
        dBias = GuardedBuffer(count: bias.count)
    }

    var gradientOperands: stn_convolution_gradient_operands {
        stn_convolution_gradient_operands(
            output: output.pointer, choice: choice?.pointer, channel_scale: scale?.pointer,
            d_output: dOutput.pointer)
    }
}
