import CKernels
import Execution
import Networks
import Tensors
import TestSupport
import Testing

/// A convolution by patches with what is fused to it, run by one instruction set's kernels on guarded memory.
struct FastPatchConvolution {
    var plain: PlainConvolution

    /// Operands drawn at random.
    init(_ operation: ConvolutionOperation, shape: Shape, _ epilogue: ConvolutionEpilogue) {
        func draw(_ count: Int, _ seed: UInt64, _ bound: Float) -> [Float] {
            (randomTensor([count], seed: seed, -bound, bound) as Tensor<Float>).values
        }
        let (outputs, weight) = (operation.outputChannels, operation.parameters[0].shape.count)
        let bound = 1 / Float(weight / outputs).squareRoot()
        plain = PlainConvolution(
            operation: operation, shape: shape, pools: epilogue.pool == 2, rectifies: epilogue.relu,
            input: draw(shape.count, 41, 1), weight: draw(weight, 42, bound),
            bias: operation.hasBias ? draw(outputs, 43, bound) : [],
            scale: epilogue.scaled ? draw(shape[0] * outputs, 44, 1).map { $0 < -0.2 ? 0 : 1.5 } : nil)
    }

    private var operation: ConvolutionOperation { plain.operation }
    private var imageShape: Shape { Shape(Array(plain.shape.dimensions.dropFirst())) }

    var outputCount: Int {
        get throws {
            let (shape, pool) = (try operation.outputShape(of: [imageShape]), plain.pools ? 2 : 1)
            return plain.shape[0] * (shape[0] / pool) * (shape[1] / pool) * shape[2]
        }
    }

    /// How the kernels of a set take it.
    func patches(_ kernels: UnsafePointer<stn_kernels>) -> PatchConvolution {
        PatchConvolution(
            operation, imageShape, batch: plain.shape[0], pools: plain.pools, rectifies: plain.rectifies,
            kernels: kernels)
    }

    /// Forward pass and both gradients; `wantsInput` says whether that of the input is asked for.
    func run(_ set: InstructionSet, dOutput: [Float], wantsInput: Bool = true) throws -> LayerResult {
        let kernels = try #require(set.kernels)
        let (buffers, patches) = (PatchBuffers(self, dOutput: dOutput), patches(kernels))
        try forward(kernels.pointee, patches, buffers, pack(kernels, patches, buffers))
        try gradients(kernels.pointee, patches, buffers, wantsInput: wantsInput)
        #expect(
            [buffers.output, buffers.dInput, buffers.dWeight, buffers.dBias].allSatisfy(\.isIntact)
                && buffers.choice?.isIntact != false)
        #expect(wantsInput || buffers.dInput.isUntouched)
        return LayerResult(
            output: buffers.output.values, dInput: buffers.dInput.values, dWeight: buffers.dWeight.values,
            dBias: operation.hasBias ? buffers.dBias.values : [], choice: buffers.choice?.values)
    }

    private func pack(
        _ kernels: UnsafePointer<stn_kernels>, _ patches: PatchConvolution, _ buffers: PatchBuffers
    ) throws -> GuardedBuffer<Float> {
        let groups = patches.isDepthwise ? 1 : operation.groups
        let (rows, columns) = (operation.outputChannels / groups, Int(patches.shape.channels))
        let block =
            patches.isDepthwise ? Int(kernels.pointee.lanes) : Int(stn_convolution_block(kernels, Int64(rows)))
        let blocks = (rows + block - 1) / block * groups
        let packed = GuardedBuffer<Float>(count: blocks * block * columns)
        let arguments = stn_pack_arguments(
            weight: buffers.weight.pointer, packed: packed.pointer, rows: Int64(rows), columns: Int64(columns),
            block: Int64(block))
        try ExecutionTests.run(kernels.pointee.pack, arguments, tasks: blocks)
        #expect(packed.isIntact)
        return packed
    }

    private func forward(
        _ table: stn_kernels, _ patches: PatchConvolution, _ buffers: PatchBuffers, _ packed: GuardedBuffer<Float>
    ) throws {
        let (tasks, bytes) = patches.forwardSizes
        let scratch = ScratchBuffer(byteCount: 3 * bytes)
        let arguments = stn_patch_convolution_arguments(
            convolution: stn_convolution_arguments(
                shape: patches.shape, input: buffers.input.pointer, packed: packed.pointer,
                bias: operation.hasBias ? buffers.bias.pointer : nil, channel_scale: buffers.scale?.pointer,
                output: buffers.output.pointer, choice: buffers.choice?.pointer),
            geometry: patches.geometry, scratch: scratch.pointer, scratch_bytes: Int64(bytes))
        try ExecutionTests.run(
            patches.isDepthwise ? table.depthwise : table.patch_convolution, arguments, tasks: tasks)
        #expect(scratch.isIntact)
    }

    private func gradients(
        _ table: stn_kernels, _ patches: PatchConvolution, _ buffers: PatchBuffers, wantsInput: Bool
    ) throws {
        let (parts, tasks, bytes) = patches.gradientSizes
        let scratch = ScratchBuffer(byteCount: 3 * bytes)
        let weights = GuardedBuffer<Float>(count: parts * buffers.dWeight.count)
        let biases = GuardedBuffer<Float>(count: parts * buffers.dBias.count)
        let arguments = stn_patch_gradient_arguments(
            shape: patches.shape, geometry: patches.geometry,
            operands: stn_convolution_gradient_operands(
                output: buffers.output.pointer, choice: buffers.choice?.pointer, channel_scale: buffers.scale?.pointer,
                d_output: buffers.dOutput.pointer),
            input: buffers.input.pointer, weight: buffers.weight.pointer,
            d_input: wantsInput ? buffers.dInput.pointer : nil, d_weight_parts: weights.pointer,
            d_bias_parts: operation.hasBias ? biases.pointer : nil, scratch: scratch.pointer,
            scratch_bytes: Int64(bytes))
        try ExecutionTests.run(
            patches.isDepthwise ? table.depthwise_gradients : table.patch_gradients, arguments, tasks: tasks)
        #expect(scratch.isIntact && weights.isIntact && biases.isIntact)
        try sum(table, parts, width: patches.shape.channels, weights, buffers.dWeight)
        if operation.hasBias { try sum(table, parts, width: patches.shape.outputs, biases, buffers.dBias) }
    }

    private func sum(
        _ table: stn_kernels, _ parts: Int, width: Int64, _ from: GuardedBuffer<Float>, _ to: GuardedBuffer<Float>
    ) throws {
        let arguments = stn_sum_parts_arguments(
            parts: Int64(parts), width: width, input: from.pointer, output: to.pointer)
        try ExecutionTests.run(table.sum_parts, arguments, tasks: to.count / Int(width))
    }
}

/// Operands and results.
private struct PatchBuffers {
    let input, weight, bias, dOutput, output, dInput, dWeight, dBias: GuardedBuffer<Float>
    let scale: GuardedBuffer<Float>?
    let choice: GuardedBuffer<UInt8>?

    init(_ convolution: FastPatchConvolution, dOutput: [Float]) {
        let plain = convolution.plain
        (input, weight, bias) = (GuardedBuffer(plain.input), GuardedBuffer(plain.weight), GuardedBuffer(plain.bias))
        self.dOutput = GuardedBuffer(dOutput)
        scale = plain.scale.map(GuardedBuffer.init)
        output = GuardedBuffer(count: dOutput.count)
        choice = plain.pools ? GuardedBuffer(count: dOutput.count) : nil
        dInput = GuardedBuffer(count: plain.input.count)
        dWeight = GuardedBuffer(count: plain.weight.count)
        dBias = GuardedBuffer(count: plain.operation.outputChannels)
    }
}
