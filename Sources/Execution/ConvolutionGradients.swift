import CKernels
import Tensors

/// Fills in the launches of a convolution's gradients.
typealias GradientEmitter = (PlanMemory, ConvolutionOperands, inout StageLaunches) -> Void

extension PlanBuilder {
    /// Buffers and launches of the gradients; does nothing for inference.
    mutating func reserveConvolutionGradients(_ index: Int, _ layer: ConvolutionLayer) -> GradientEmitter {
        guard let dOutput = gradientSlot(of: stages[index].output) else { return { _, _, _ in } }
        let target = gradientTarget(of: stages[index].inputs[0], stage: index)
        let emit =
            if layer.hasWinogradGradients {
                reserveWinogradGradients(index, layer.shape, dOutput: dOutput, dInput: target?.slot)
            } else if let patches = layer.patches {
                reservePatchGradients(index, patches, dOutput: dOutput, dInput: target?.slot)
            } else {
                reserveSparseGradients(index, layer.shape, dOutput: dOutput, dInput: target?.slot)
            }
        let (kernels, inputCount) = (kernels, count(of: stages[index].inputs[0]))
        return { memory, operands, launches in
            emit(memory, operands, &launches)
            if let target { launches.appendAddition(kernels, target, memory, count: inputCount) }
        }
    }

    /// Over the positions that carry gradient.
    private mutating func reserveSparseGradients(
        _ index: Int, _ shape: stn_convolution_shape, dOutput: MemoryPlanner.Slot, dInput: MemoryPlanner.Slot?
    ) -> GradientEmitter {
        let (stage, moment, isMixed) = (stages[index], backwardMoment(index), precision == .mixed)
        let sizes = withUnsafePointer(to: shape) {
            (
                Int(isMixed ? stn_paired_weight_gradient_scratch($0) : stn_weight_gradient_scratch($0)),
                Int(stn_input_gradient_scratch($0))
            )
        }
        let scratchBytes = (max(sizes.0, dInput == nil ? 0 : sizes.1) + 63) / 64 * 64
        let scratch = memory.reserve(byteCount: scratchBytes * threadCount, from: moment, to: moment)
        // Without bias its gradient goes where nobody reads it.
        let unread =
            stage.bias == nil ? memory.reserve(byteCount: 4 * Int(shape.outputs), from: moment, to: moment) : nil
        let (kernels, parameters) = (kernels, parameters)
        return { memory, operands, launches in
            let scratch = memory.bytes(scratch).assumingMemoryBound(to: CChar.self)
            let gradients = operands.gradientOperands(memory.floats(dOutput))
            let weight = stn_convolution_weight_gradient_arguments(
                shape: shape, operands: gradients, input: operands.input,
                d_weight: parameters.gradientPointer(stage.weight),
                d_bias: stage.bias.map { parameters.gradientPointer($0) } ?? memory.floats(unread), scratch: scratch,
                scratch_bytes: Int64(scratchBytes))
            let tasks = withUnsafePointer(to: shape) { Int(stn_weight_gradient_tasks($0)) }
            let table = kernels.pointee
            let kernel = isMixed ? table.convolution_weight_gradient_bf16 : table.convolution_weight_gradient
            launches.backward.append(Launch(kernel, weight, count: tasks))
            guard let dInput else { return }
            let input = stn_convolution_input_gradient_arguments(
                shape: shape, operands: gradients, weight: parameters.pointer(stage.weight),
                d_input: memory.floats(dInput), scratch: scratch, scratch_bytes: Int64(scratchBytes))
            launches.backward.append(
                Launch(kernels.pointee.convolution_input_gradient, input, count: Int(shape.images)))
        }
    }

    /// By Winograd's way, a group of images after the other.
    private mutating func reserveWinogradGradients(
        _ index: Int, _ shape: stn_convolution_shape, dOutput: MemoryPlanner.Slot, dInput: MemoryPlanner.Slot?
    ) -> GradientEmitter {
        let (stage, moment, kernels, parameters) = (stages[index], backwardMoment(index), kernels, parameters)
        let isMixed = precision == .mixed
        let (bytes, group) = withUnsafePointer(to: shape) {
            (
                Int(stn_winograd_gradient_bytes(kernels, $0, isMixed ? 2 : 1)),
                Int(stn_winograd_gradient_images(kernels, $0))
            )
        }
        let workspace = memory.reserve(byteCount: bytes, from: moment, to: moment)
        let weights = dInput.map { _ in
            packed.pointer(of: stage, shape: shape, form: .winogradTransposed(precision))
        }
        return { memory, operands, launches in
            let table = kernels.pointee
            var arguments = stn_winograd_gradient_arguments()
            arguments.shape = shape
            arguments.operands = operands.gradientOperands(memory.floats(dOutput))
            arguments.input = UnsafePointer(operands.input)
            arguments.packed = weights
            arguments.d_input = memory.floats(dInput)
            arguments.d_weight = parameters.gradientPointer(stage.weight)
            arguments.d_bias = stage.bias.flatMap { parameters.gradientPointer($0) }
            arguments.workspace = memory.bytes(workspace).assumingMemoryBound(to: CChar.self)
            for first in stride(from: 0, to: Int(shape.images), by: group) {
                let images = min(group, Int(shape.images) - first)
                (arguments.first_image, arguments.image_count) = (Int64(first), Int64(images))
                let tiles = withUnsafePointer(to: shape) { stn_winograd_gradient_tile_tasks($0, Int64(images)) }
                launches.backward += [
                    Launch(
                        isMixed ? table.winograd_gradient_tiles_bf16 : table.winograd_gradient_tiles, arguments,
                        count: Int(tiles), share: 0),
                    Launch(
                        isMixed ? table.winograd_gradient_products_bf16 : table.winograd_gradient_products, arguments,
                        count: Int(STN_WINOGRAD_PLACES),
                        share: (dInput == nil ? 1 : 2) * Double(images) / Double(shape.images)),
                ]
                if dInput != nil {
                    launches.backward.append(Launch(table.winograd_input_gradient, arguments, count: images, share: 0))
                }
            }
            let blocks = (Int(shape.outputs) + Int(table.lanes) - 1) / Int(table.lanes)
            launches.backward.append(Launch(table.winograd_weight_gradient, arguments, count: blocks, share: 0))
        }
    }
}
