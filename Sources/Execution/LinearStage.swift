import CKernels
import Networks
import Tensors

/// The launches of a linear layer's forward pass from input to output.
private typealias LinearForward = (PlanMemory, UnsafeMutablePointer<Float>, UnsafeMutablePointer<Float>) -> [Launch]

extension PlanBuilder {
    /// Buffers and launches of a linear layer, perhaps with ReLU.
    mutating func reserveLinear(_ index: Int, _ operation: LinearOperation, rectifies: Bool) -> StageEmitter {
        let stage = stages[index]
        let shape = stn_convolution_shape.linear(operation, batch: batch, rectifies)
        let (input, output) = (slot(of: stage.inputs[0]), slot(of: stage.output))
        let forward = reserveLinearForward(index, shape)
        let gradients = reserveLinearGradients(index, shape)
        return { memory, launches in
            launches.forward += forward(memory, memory.floats(input), memory.floats(output))
            gradients(memory, memory.floats(input), memory.floats(output), &launches)
        }
    }

    /// The batch along the vectors where it fills them, else packed weights and the outputs along the vectors.
    private mutating func reserveLinearForward(_ index: Int, _ shape: stn_convolution_shape) -> LinearForward {
        shape.width >= kernels.pointee.lanes
            ? reserveWideLinear(index, shape) : reservePackedLinear(index, shape)
    }

    private mutating func reserveWideLinear(_ index: Int, _ shape: stn_convolution_shape) -> LinearForward {
        let (stage, kernels, isMixed) = (stages[index], kernels, precision == .mixed)
        let (weight, bias) = (packed.weight(of: stage), packed.bias(of: stage))
        let scratchBytes = isMixed ? (Int(stn_linear_scratch(kernels, shape.channels)) + 63) / 64 * 64 : 0
        let scratch = memory.reserve(byteCount: scratchBytes * threadCount, from: index, to: index)
        let bytes = stn_linear_workspace(kernels, shape.width, shape.channels, isMixed ? 2 : 1)
        let workspace = memory.reserve(byteCount: Int(bytes), from: index, to: index)
        return { memory, input, output in
            let arguments = stn_linear_arguments(
                rows: shape.width, inputs: shape.channels, outputs: shape.outputs, relu: shape.relu, input: input,
                weight: weight, packed: nil, bias: bias, output: output,
                workspace: memory.bytes(workspace).assumingMemoryBound(to: CChar.self),
                scratch: memory.bytes(scratch).assumingMemoryBound(to: CChar.self),
                scratch_bytes: Int64(scratchBytes))
            let table = kernels.pointee
            return [
                Launch(
                    isMixed ? table.linear_operands_bf16 : table.linear_operands, arguments,
                    count: Int(stn_linear_operand_tasks(kernels, shape.channels)), share: 0),
                Launch(
                    isMixed ? table.linear_bf16 : table.linear, arguments,
                    count: Int(stn_linear_tasks(kernels, shape.outputs))),
            ]
        }
    }

    /// In float32 by the convolution's kernel, in bfloat16 by one of its own.
    private mutating func reservePackedLinear(_ index: Int, _ shape: stn_convolution_shape) -> LinearForward {
        let (stage, kernels) = (stages[index], kernels)
        let bias = packed.bias(of: stage)
        let form: PackedWeights.Form = precision == .mixed ? .pairs : .direct
        let weights = packed.pointer(of: stage, shape: shape, form: form)
        guard precision == .mixed else {
            let count = withUnsafePointer(to: shape) { Int(stn_convolution_tasks(kernels, $0)) }
            return { _, input, output in
                let arguments = stn_convolution_arguments(
                    shape: shape, input: input, packed: weights, bias: bias, channel_scale: nil, output: output,
                    choice: nil)
                return [Launch(kernels.pointee.convolution, arguments, count: count)]
            }
        }
        let bytes = (Int(stn_linear_scratch(kernels, shape.channels)) + 63) / 64 * 64
        let scratch = memory.reserve(byteCount: bytes * threadCount, from: index, to: index)
        return { memory, input, output in
            let arguments = stn_linear_arguments(
                rows: shape.width, inputs: shape.channels, outputs: shape.outputs, relu: shape.relu, input: input,
                weight: nil, packed: weights, bias: bias, output: output, workspace: nil,
                scratch: memory.bytes(scratch).assumingMemoryBound(to: CChar.self), scratch_bytes: Int64(bytes))
            let tasks = Int(stn_linear_packed_tasks(kernels, shape.width, shape.outputs))
            return [Launch(kernels.pointee.linear_packed_bf16, arguments, count: tasks)]
        }
    }

    private mutating func reserveLinearGradients(
        _ index: Int, _ shape: stn_convolution_shape
    ) -> (PlanMemory, UnsafeMutablePointer<Float>, UnsafeMutablePointer<Float>, inout StageLaunches) -> Void {
        let (stage, moment, kernels, parameters) = (stages[index], backwardMoment(index), kernels, parameters)
        guard let dOutput = gradientSlot(of: stage.output) else { return { _, _, _, _ in } }
        let target = gradientTarget(of: stage.inputs[0], stage: index)
        let isMixed = precision == .mixed
        let bytes = stn_linear_gradient_bytes(
            kernels, shape.width, shape.outputs, isMixed ? 2 : 1, Int64(threadCount))
        let workspace = memory.reserve(byteCount: Int(bytes), from: moment, to: moment)
        let inputCount = count(of: stage.inputs[0])
        return { memory, input, output, launches in
            let table = kernels.pointee
            let arguments = stn_linear_gradient_arguments(
                rows: shape.width, inputs: shape.channels, outputs: shape.outputs, relu: shape.relu, input: input,
                weight: parameters.pointer(stage.parameters[0]), output: output, d_output: memory.floats(dOutput),
                d_input: memory.floats(target?.slot), d_weight: parameters.gradientPointer(stage.parameters[0]),
                d_bias: parameters.gradientPointer(stage.parameters[1]),
                workspace: memory.bytes(workspace).assumingMemoryBound(to: CChar.self))
            let operandTasks = Int(stn_linear_gradient_operand_tasks(kernels, shape.outputs))
            let blocks = (Int(shape.channels) + 2 * Int(table.lanes) - 1) / (2 * Int(table.lanes))
            launches.backward += [
                Launch(
                    isMixed ? table.linear_gradient_operands_bf16 : table.linear_gradient_operands, arguments,
                    count: operandTasks, share: 0),
                Launch(
                    isMixed ? table.linear_gradients_bf16 : table.linear_gradients, arguments, count: blocks,
                    share: target == nil ? 1 : 2),
            ]
            if let target { launches.appendAddition(kernels, target, memory, count: inputCount) }
        }
    }
}
