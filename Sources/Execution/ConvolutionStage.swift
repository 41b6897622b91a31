import CKernels
import Networks
import Tensors

extension stn_convolution_shape {
    /// A convolution without padding.
    package init(
        images: Int64, height: Int64, width: Int64, channels: Int64, kernel_height: Int64, kernel_width: Int64,
        outputs: Int64, pool: Int64, relu: Int64
    ) {
        self.init(
            images: images, height: height, width: width, channels: channels, kernel_height: kernel_height,
            kernel_width: kernel_width, outputs: outputs, pool: pool, relu: relu, top: 0, bottom: 0, left: 0, right: 0)
    }

    /// A dense convolution over a batch of images.
    static func image(
        _ input: Shape, _ operation: ConvolutionOperation, batch: Int, _ pools: Bool, _ rectifies: Bool
    ) -> stn_convolution_shape {
        let (before, after) = (operation.paddingBefore, operation.paddingAfter)
        return stn_convolution_shape(
            images: Int64(batch), height: Int64(input[0]), width: Int64(input[1]), channels: Int64(input[2]),
            kernel_height: Int64(operation.kernelHeight), kernel_width: Int64(operation.kernelWidth),
            outputs: Int64(operation.outputChannels), pool: pools ? 2 : 1, relu: rectifies ? 1 : 0,
            top: Int64(before.height), bottom: Int64(after.height), left: Int64(before.width), right: Int64(after.width)
        )
    }

    /// A linear layer is a 1×1 convolution over one row, the batch along the width.
    static func linear(_ operation: LinearOperation, batch: Int, _ rectifies: Bool) -> stn_convolution_shape {
        stn_convolution_shape(
            images: 1, height: 1, width: Int64(batch), channels: Int64(operation.inputs), kernel_height: 1,
            kernel_width: 1, outputs: Int64(operation.outputs), pool: 1, relu: rectifies ? 1 : 0)
    }

    /// How the forward pass is computed; a rule of the shape alone, never of batch or threads.
    func packedForm(_ algorithm: ConvolutionAlgorithm) -> PackedWeights.Form {
        withUnsafePointer(to: self) { shape in
            if algorithm == .direct { return .direct }
            if stn_winograd_narrow_fits(shape) != 0 { return .winogradNarrow }
            return stn_winograd_fits(shape) != 0 ? .winograd : .direct
        }
    }

    /// Weights of one output.
    var columns: Int { Int(kernel_height * kernel_width * channels) }
}

/// A convolution with what is fused to it, and how it is computed.
struct ConvolutionLayer {
    /// Of a dense convolution its own, otherwise that of ``patches``.
    let shape: stn_convolution_shape
    /// How the forward pass is computed: ``patches`` where this is the direct way.
    let form: PackedWeights.Form
    /// Whether the gradients go Winograd's way.
    let hasWinogradGradients: Bool
    /// The way of all that other kernels cannot do, and of 1×1 kernels; nil where others are faster.
    let patches: PatchConvolution?

    init(
        _ operation: ConvolutionOperation, _ input: Shape, batch: Int, pools: Bool, rectifies: Bool,
        _ algorithm: ConvolutionAlgorithm, kernels: UnsafePointer<stn_kernels>
    ) {
        let dense = stn_convolution_shape.image(input, operation, batch: batch, pools, rectifies)
        let isPadded = operation.paddingBefore != 0 || operation.paddingAfter != 0
        let isPixelwise = operation.kernelHeight == 1 && operation.kernelWidth == 1
        let patches = PatchConvolution(
            operation, input, batch: batch, pools: pools, rectifies: rectifies, kernels: kernels)
        shape = operation.isDense ? dense : patches.shape
        form = shape.packedForm(algorithm)
        hasWinogradGradients =
            algorithm == .fastest && withUnsafePointer(to: shape) { stn_winograd_gradient_fits($0) != 0 }
        self.patches = operation.isDense && !isPadded && !isPixelwise ? nil : patches
    }
}

/// The buffers that forward pass and gradients of a convolution share.
struct ConvolutionOperands {
    let input: UnsafeMutablePointer<Float>
    let output: UnsafeMutablePointer<Float>
    let choice: UnsafeMutablePointer<UInt8>?
    let scale: UnsafeMutablePointer<Float>?

    /// What the gradients are made from.
    func gradientOperands(_ dOutput: UnsafeMutablePointer<Float>) -> stn_convolution_gradient_operands {
        stn_convolution_gradient_operands(output: output, choice: choice, channel_scale: scale, d_output: dOutput)
    }
}

/// Fills in the launch of a forward pass, given all arguments but the packed weights.
typealias ConvolutionForward = (PlanMemory, stn_convolution_arguments) -> Launch

extension PlanBuilder {
    /// Buffers and launches of a convolution with what is fused to it.
    mutating func reserveConvolution(
        _ index: Int, _ layer: ConvolutionLayer, dropout: Stage.Dropped?, seed: UInt64
    ) -> StageEmitter {
        let (stage, shape) = (stages[index], layer.shape)
        let (input, output) = (slot(of: stage.inputs[0]), slot(of: stage.output))
        let end = isTraining ? backwardMoment(index) : index
        let choice =
            shape.pool == 2 && isTraining
            ? memory.reserve(byteCount: count(of: stage.output), from: index, to: end) : nil
        let scaleCount = batch * Int(shape.outputs)
        let scale = dropout.map { _ in memory.reserve(byteCount: 4 * scaleCount, from: index, to: end) }
        let gradients = reserveConvolutionGradients(index, layer)
        let forward = reserveForward(index, layer)
        let (kernels, bias) = (kernels, packed.bias(of: stage))
        return { memory, launches in
            let operands = ConvolutionOperands(
                input: memory.floats(input), output: memory.floats(output),
                choice: choice.map { memory.bytes($0).assumingMemoryBound(to: UInt8.self) },
                scale: memory.floats(scale))
            if let dropout, let mask = operands.scale {
                let draw = dropout.launch(kernels, mask: mask, count: scaleCount, seed: seed)
                launches.forward.append(draw)
                launches.drawAnew(draw)
            }
            let arguments = stn_convolution_arguments(
                shape: shape, input: operands.input, packed: nil, bias: bias, channel_scale: operands.scale,
                output: operands.output, choice: operands.choice)
            launches.forward.append(forward(memory, arguments))
            gradients(memory, operands, &launches)
        }
    }

    /// The launch of the forward pass, with packed weights, and scratch memory where its way needs some.
    private mutating func reserveForward(_ index: Int, _ layer: ConvolutionLayer) -> ConvolutionForward {
        let (kernels, shape) = (kernels, layer.shape)
        let isNarrow = layer.form == .winogradNarrow
        let isWinograd = isNarrow || layer.form == .winograd
        if !isWinograd, let patches = layer.patches { return reservePatchForward(index, patches) }
        let weights = packed.pointer(of: stages[index], shape: shape, form: layer.form)
        guard isWinograd else {
            let count = withUnsafePointer(to: shape) { Int(stn_convolution_tasks(kernels, $0)) }
            return { _, arguments in
                var arguments = arguments
                arguments.packed = weights
                return Launch(kernels.pointee.convolution, arguments, count: count)
            }
        }
        let (bytes, count) = withUnsafePointer(to: shape) { shape in
            isNarrow
                ? (stn_winograd_narrow_scratch(kernels, shape), stn_winograd_narrow_tasks(shape))
                : (stn_winograd_scratch(kernels, shape), stn_winograd_tasks(kernels, shape))
        }
        let threadBytes = (Int(bytes) + 63) / 64 * 64
        let scratch = memory.reserve(byteCount: threadBytes * threadCount, from: index, to: index)
        return { memory, arguments in
            var arguments = stn_winograd_arguments(
                convolution: arguments, scratch: memory.bytes(scratch).assumingMemoryBound(to: CChar.self),
                scratch_bytes: Int64(threadBytes))
            arguments.convolution.packed = weights
            let kernel = isNarrow ? kernels.pointee.winograd_narrow : kernels.pointee.winograd
            return Launch(kernel, arguments, count: Int(count))
        }
    }
}
