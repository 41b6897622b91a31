import CKernels
import Networks
import Tensors

extension PoolingWindows {
    /// The windows that a convolution's epilogue pools over.
    static let halving = PoolingWindows(height: 2, width: 2, stride: 2)

    /// The windows over a batch of images, as kernels take them.
    package func kernelShape(input: Shape, output: Shape, batch: Int) -> stn_pooling_shape {
        stn_pooling_shape(
            images: Int64(batch), height: Int64(input[0]), width: Int64(input[1]), channels: Int64(input[2]),
            output_height: Int64(output[0]), output_width: Int64(output[1]), window_height: Int64(height),
            window_width: Int64(width), stride: Int64(stride), padding: Int64(padding))
    }
}

extension PlanBuilder {
    mutating func reserveMaxPool(_ index: Int, _ operation: MaxPoolOperation) -> StageEmitter {
        let stage = stages[index]
        let (input, output) = (slot(of: stage.inputs[0]), slot(of: stage.output))
        let choice =
            isTraining
            ? memory.reserve(byteCount: count(of: stage.output), from: index, to: backwardMoment(index)) : nil
        let dOutput = gradientSlot(of: stage.output)
        let target = dOutput == nil ? nil : gradientTarget(of: stage.inputs[0], stage: index)
        let shape = poolingShape(stage, operation.windows)
        let (kernels, inputCount) = (kernels, count(of: stage.inputs[0]))
        return { memory, launches in
            let choice = choice.map { memory.bytes($0).assumingMemoryBound(to: UInt8.self) }
            let forward = stn_max_pool_arguments(
                shape: shape, input: memory.floats(input), output: memory.floats(output), choice: choice)
            launches.forward.append(
                Launch(kernels.pointee.max_pool, forward, count: Int(shape.images * shape.output_height)))
            guard let dOutput, let target else { return }
            let gradient = stn_max_pool_gradient_arguments(
                shape: shape, choice: choice, d_output: memory.floats(dOutput), d_input: memory.floats(target.slot))
            launches.backward.append(
                Launch(kernels.pointee.max_pool_gradient, gradient, count: Int(shape.images * shape.height)))
            launches.appendAddition(kernels, target, memory, count: inputCount)
        }
    }

    mutating func reserveAveragePool(_ index: Int, _ operation: AveragePoolOperation) -> StageEmitter {
        let stage = stages[index]
        let (input, output) = (slot(of: stage.inputs[0]), slot(of: stage.output))
        let dOutput = gradientSlot(of: stage.output)
        let target = dOutput == nil ? nil : gradientTarget(of: stage.inputs[0], stage: index)
        let shape = poolingShape(stage, operation.windows)
        let (kernels, inputCount) = (kernels, count(of: stage.inputs[0]))
        return { memory, launches in
            let arguments = stn_average_pool_arguments(
                shape: shape, counts_padding: operation.countIncludePad ? 1 : 0, input: memory.floats(input),
                output: memory.floats(output), d_output: memory.floats(dOutput), d_input: memory.floats(target?.slot))
            launches.forward.append(
                Launch(kernels.pointee.average_pool, arguments, count: Int(shape.images * shape.output_height)))
            guard let target else { return }
            launches.backward.append(
                Launch(kernels.pointee.average_pool_gradient, arguments, count: Int(shape.images * shape.height)))
            launches.appendAddition(kernels, target, memory, count: inputCount)
        }
    }

    private func poolingShape(_ stage: Stage, _ windows: PoolingWindows) -> stn_pooling_shape {
        windows.kernelShape(
            input: graph.shape(of: stage.inputs[0]), output: graph.shape(of: stage.output), batch: batch)
    }
}
