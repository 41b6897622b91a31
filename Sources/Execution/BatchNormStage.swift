import CKernels
import Networks
import Tensors

extension PlanBuilder {
    /// Batch normalisation, perhaps with ReLU: by the batch's own moments while training, else by what is known of all.
    mutating func reserveBatchNorm(_ index: Int, _ operation: BatchNormOperation, rectifies: Bool) -> StageEmitter {
        let shape = graph.shape(of: stages[index].output)
        var sizes = stn_batch_norm_arguments()
        (sizes.rows, sizes.channels) = (Int64(batch * shape.count / operation.channels), Int64(operation.channels))
        (sizes.relu, sizes.epsilon) = (rectifies ? 1 : 0, Float(operation.epsilon))
        return isTraining
            ? reserveBatchNormTraining(index, sizes, momentum: Float(operation.momentum))
            : reserveBatchNormInference(index, sizes)
    }

    private mutating func reserveBatchNormInference(_ index: Int, _ sizes: stn_batch_norm_arguments) -> StageEmitter {
        let stage = stages[index]
        let (input, output, kernels) = (slot(of: stage.inputs[0]), slot(of: stage.output), kernels)
        let folded = stage.normalization.map { packed.folded($0, layer: nil) }
        return { memory, launches in
            var arguments = sizes
            arguments.input = UnsafePointer(memory.floats(input))
            arguments.scale = folded?.weight
            arguments.bias = UnsafePointer(folded?.bias)
            arguments.output = memory.floats(output)
            launches.forward.append(Launch(kernels.pointee.batch_norm, arguments, count: sizes.blocks))
        }
    }

    private mutating func reserveBatchNormTraining(
        _ index: Int, _ sizes: stn_batch_norm_arguments, momentum: Float
    ) -> StageEmitter {
        let (stage, channels) = (stages[index], Int(sizes.channels))
        let (input, output, kernels) = (slot(of: stage.inputs[0]), slot(of: stage.output), kernels)
        let partBytes = sizes.blocks * 2 * channels * 4
        let parts = memory.reserve(byteCount: partBytes, from: index, to: index)
        // Running statistics follow the moments behind the last gradient, once all numbers are known to be of use.
        let moments = memory.reserve(byteCount: 4 * channels * 4, from: index, to: backwardMoment(0))
        let gradients = reserveBatchNormGradients(index, partBytes: partBytes)
        let parameters = parameters
        return { memory, launches in
            var arguments = sizes
            arguments.input = UnsafePointer(memory.floats(input))
            arguments.weight = parameters.pointer(stage.parameters[0])
            arguments.bias = parameters.pointer(stage.parameters[1])
            arguments.parts = memory.floats(parts)
            arguments.place(moments: memory.floats(moments))
            arguments.output = memory.floats(output)
            let vectors = (channels + Int(kernels.pointee.lanes) - 1) / Int(kernels.pointee.lanes)
            launches.forward += [
                Launch(kernels.pointee.batch_norm_parts, arguments, count: sizes.blocks),
                Launch(kernels.pointee.batch_norm_moments, arguments, count: vectors, share: 0),
                Launch(kernels.pointee.batch_norm, arguments, count: sizes.blocks),
            ]
            gradients(memory, arguments, &launches)
            // A single value has no variance that could be followed.
            if sizes.rows < 2 { return }
            let follow = stn_batch_norm_follow_arguments(
                rows: sizes.rows, channels: sizes.channels, momentum: momentum, mean: arguments.mean,
                variance: arguments.variance, running_mean: parameters.mutablePointer(stage.parameters[2]),
                running_variance: parameters.mutablePointer(stage.parameters[3]),
                batches: parameters.mutablePointer(stage.parameters[4]))
            launches.statistics.append(Launch(kernels.pointee.batch_norm_follow, follow, count: 1, share: 0))
            launches.moments.append(
                UnsafeMutableBufferPointer(start: memory.floats(moments), count: 2 * channels))
        }
    }

    private mutating func reserveBatchNormGradients(
        _ index: Int, partBytes: Int
    ) -> (PlanMemory, stn_batch_norm_arguments, inout StageLaunches) -> Void {
        let stage = stages[index]
        guard let dOutput = gradientSlot(of: stage.output) else { return { _, _, _ in } }
        let moment = backwardMoment(index)
        let channels = graph.shape(of: stage.output).dimensions.last ?? 0
        let target = gradientTarget(of: stage.inputs[0], stage: index)
        let parts = memory.reserve(byteCount: partBytes, from: moment, to: moment)
        let shares = memory.reserve(byteCount: 2 * channels * 4, from: moment, to: moment)
        let (kernels, parameters, inputCount) = (kernels, parameters, count(of: stage.inputs[0]))
        return { memory, forward, launches in
            var arguments = forward
            arguments.d_output = UnsafePointer(memory.floats(dOutput))
            arguments.parts = memory.floats(parts)
            arguments.shares = memory.floats(shares)
            arguments.d_weight = parameters.gradientPointer(stage.parameters[0])
            arguments.d_bias = parameters.gradientPointer(stage.parameters[1])
            arguments.d_input = memory.floats(target?.slot)
            let vectors = (channels + Int(kernels.pointee.lanes) - 1) / Int(kernels.pointee.lanes)
            launches.backward += [
                Launch(kernels.pointee.batch_norm_gradient_parts, arguments, count: arguments.blocks),
                Launch(kernels.pointee.batch_norm_gradient_sums, arguments, count: vectors, share: 0),
            ]
            guard let target else { return }
            launches.backward.append(
                Launch(kernels.pointee.batch_norm_gradient, arguments, count: arguments.blocks))
            launches.appendAddition(kernels, target, memory, count: inputCount)
        }
    }
}

extension stn_batch_norm_arguments {
    /// Blocks of rows, the tasks of most of its kernels.
    package var blocks: Int { Int(stn_batch_norm_blocks(rows, channels)) }

    /// Puts what is known of each channel into memory for four numbers a channel.
    package mutating func place(moments: UnsafeMutablePointer<Float>) {
        let channels = Int(channels)
        (mean, variance) = (moments, moments + channels)
        (inverse_deviation, scale) = (moments + 2 * channels, moments + 3 * channels)
    }
}
