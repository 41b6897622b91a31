import CKernels
import Networks
import Tensors

extension stn_convolution_shape {
    /// A convolution over a batch of images.
    static func image(
        _ input: Shape, _ operation: ConvolutionOperation, batch: Int, _ pools: Bool, _ rectifies: Bool
    ) -> stn_convolution_shape {
        stn_convolution_shape(
            images: Int64(batch), height: Int64(input[0]), width: Int64(input[1]), channels: Int64(input[2]),
            kernel_height: Int64(operation.kernelHeight), kernel_width: Int64(operation.kernelWidth),
            outputs: Int64(operation.outputChannels), pool: pools ? 2 : 1, relu: rectifies ? 1 : 0)
    }

    /// A linear layer is a 1×1 convolution over one row, the batch along the width.
    static func linear(_ operation: LinearOperation, batch: Int, _ rectifies: Bool) -> stn_convolution_shape {
        stn_convolution_shape(
            images: 1, height: 1, width: Int64(batch), channels: Int64(operation.inputs), kernel_height: 1,
            kernel_width: 1, outputs: Int64(operation.outputs), pool: 1, relu: rectifies ? 1 : 0)
    }

    /// How the forward kernel wants the weights.
    func packedForm(_ algorithm: ConvolutionAlgorithm) -> PackedWeights.Form {
        let fits = withUnsafePointer(to: self) { stn_winograd_fits($0) != 0 }
        return algorithm == .fastest && fits ? .winograd(channels: Int(channels)) : .direct
    }

    /// Weights of one output.
    var columns: Int { Int(kernel_height * kernel_width * channels) }
}

extension PlanBuilder {
    /// Buffers and launches of a convolution or linear layer with what is fused to it.
    mutating func reserveConvolution(
        _ index: Int, shape: stn_convolution_shape, dropout: Stage.Dropped?, seed: UInt64
    ) -> StageEmitter {
        let stage = stages[index]
        let (input, output) = (slot(of: stage.inputs[0]), slot(of: stage.output))
        let end = isTraining ? backwardMoment(index) : index
        let choice =
            shape.pool == 2 && isTraining
            ? memory.reserve(byteCount: count(of: stage.output), from: index, to: end) : nil
        let scaleCount = batch * Int(shape.outputs)
        let scale = dropout.map { _ in memory.reserve(byteCount: 4 * scaleCount, from: index, to: end) }
        let gradients = reserveConvolutionGradients(index, shape)
        let forward = reserveForward(index, shape)
        let weights = packed.pointer(
            parameter: stage.parameters[0], rows: Int(shape.outputs), columns: shape.columns,
            form: shape.packedForm(convolutions))
        let (kernels, bias) = (kernels, parameters.pointer(stage.parameters[1]))
        return { memory, launches in
            let operands = ConvolutionOperands(
                shape: shape, input: memory.floats(input), output: memory.floats(output),
                choice: choice.map { memory.bytes($0).assumingMemoryBound(to: UInt8.self) },
                scale: memory.floats(scale))
            if let dropout, let mask = operands.scale {
                let draw = dropout.launch(kernels, mask: mask, count: scaleCount, seed: seed)
                launches.forward.append(draw)
                launches.random.append(draw)
            }
            let arguments = stn_convolution_arguments(
                shape: shape, input: operands.input, packed: weights, bias: bias, channel_scale: operands.scale,
                output: operands.output, choice: operands.choice)
            launches.forward.append(forward(memory, arguments))
            gradients(memory, operands, &launches)
        }
    }

    /// The launch of the forward pass: Winograd's way where it takes fewer multiplications, else directly.
    private mutating func reserveForward(
        _ index: Int, _ shape: stn_convolution_shape
    ) -> (PlanMemory, stn_convolution_arguments) -> Launch {
        let (kernels, shape) = (kernels, shape)
        guard case .winograd = shape.packedForm(convolutions) else {
            let count = withUnsafePointer(to: shape) { Int(stn_convolution_tasks(kernels, $0)) }
            return { _, arguments in Launch(kernels.pointee.convolution, arguments, count: count) }
        }
        let bytes = withUnsafePointer(to: shape) { (Int(stn_winograd_scratch(kernels, $0)) + 63) / 64 * 64 }
        let count = withUnsafePointer(to: shape) { Int(stn_winograd_tasks(kernels, $0)) }
        let scratch = memory.reserve(byteCount: bytes * threadCount, from: index, to: index)
        return { memory, arguments in
            let arguments = stn_winograd_arguments(
                convolution: arguments, scratch: memory.bytes(scratch).assumingMemoryBound(to: CChar.self),
                scratch_bytes: Int64(bytes))
            return Launch(kernels.pointee.winograd, arguments, count: count)
        }
    }

    /// Buffers and launches of the gradients; does nothing for inference.
    private mutating func reserveConvolutionGradients(
        _ index: Int, _ shape: stn_convolution_shape
    ) -> (PlanMemory, ConvolutionOperands, inout StageLaunches) -> Void {
        let stage = stages[index]
        guard let dOutput = gradientSlot(of: stage.output) else { return { _, _, _ in } }
        let moment = backwardMoment(index)
        let target = gradientTarget(of: stage.inputs[0], stage: index)
        let sizes = withUnsafePointer(to: shape) {
            (Int(stn_weight_gradient_scratch($0)), Int(stn_input_gradient_scratch($0)))
        }
        let scratchBytes = (max(sizes.0, target == nil ? 0 : sizes.1) + 63) / 64 * 64
        let scratch = memory.reserve(byteCount: scratchBytes * threadCount, from: moment, to: moment)
        let (kernels, parameters) = (kernels, parameters)
        let inputCount = count(of: stage.inputs[0])
        return { memory, operands, launches in
            let shape = operands.shape
            let scratch = memory.bytes(scratch).assumingMemoryBound(to: CChar.self)
            let weight = stn_convolution_weight_gradient_arguments(
                shape: shape, input: operands.input, output: operands.output, choice: operands.choice,
                channel_scale: operands.scale, d_output: memory.floats(dOutput),
                d_weight: parameters.gradientPointer(stage.parameters[0]),
                d_bias: parameters.gradientPointer(stage.parameters[1]), scratch: scratch,
                scratch_bytes: Int64(scratchBytes))
            launches.backward.append(
                Launch(
                    kernels.pointee.convolution_weight_gradient, weight,
                    count: withUnsafePointer(to: shape) { Int(stn_weight_gradient_tasks($0)) }))
            guard let target else { return }
            let input = stn_convolution_input_gradient_arguments(
                shape: shape, weight: parameters.pointer(stage.parameters[0]), output: operands.output,
                choice: operands.choice, channel_scale: operands.scale, d_output: memory.floats(dOutput),
                d_input: memory.floats(target.slot), scratch: scratch, scratch_bytes: Int64(scratchBytes))
            launches.backward.append(
                Launch(
                    kernels.pointee.convolution_input_gradient, input,
                    count: withUnsafePointer(to: shape) { Int(stn_input_gradient_tasks($0)) }))
            launches.appendAddition(kernels, target, memory, count: inputCount)
        }
    }
}

/// The buffers that forward pass and gradients of a convolution share.
private struct ConvolutionOperands {
    let shape: stn_convolution_shape
    let input: UnsafeMutablePointer<Float>
    let output: UnsafeMutablePointer<Float>
    let choice: UnsafeMutablePointer<UInt8>?
    let scale: UnsafeMutablePointer<Float>?
}
