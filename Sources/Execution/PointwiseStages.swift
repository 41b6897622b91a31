import CKernels
import Networks
import Tensors

/// Tasks of an elementwise kernel over `count` elements.
func pieces(of count: Int) -> Int { (count + Int(STN_PIECE) - 1) / Int(STN_PIECE) }

extension Stage.Dropped {
    /// A launch that draws `count` factors; its step is set before each run.
    func launch(
        _ kernels: UnsafePointer<stn_kernels>, mask: UnsafeMutablePointer<Float>, count: Int, seed: UInt64
    ) -> Launch {
        let tail = OperationContext(isTraining: true, seed: seed, step: 0, node: node).random.counterTail
        let arguments = stn_dropout_mask_arguments(
            count: Int64(count), key_low: UInt32(truncatingIfNeeded: seed),
            key_high: UInt32(truncatingIfNeeded: seed >> 32), step: tail.step, stream: tail.stream,
            threshold: operation.threshold, keep_scale: operation.keepScale, mask: mask)
        return Launch(kernels.pointee.dropout_mask, arguments, count: pieces(of: count), share: 0)
    }
}

extension Launch {
    /// Adds `count` numbers to others.
    static func addition(
        _ kernels: UnsafePointer<stn_kernels>, of addend: UnsafeMutablePointer<Float>,
        to sum: UnsafeMutablePointer<Float>, count: Int
    ) -> Launch {
        let arguments = stn_add_arguments(count: Int64(count), addend: addend, accumulator: sum)
        return Launch(kernels.pointee.add, arguments, count: pieces(of: count), share: 0)
    }
}

extension StageLaunches {
    /// Has a launch of `dropout_mask` draw other numbers in each step.
    mutating func drawAnew(_ draw: Launch) {
        stepObservers.append { step in draw.update(stn_dropout_mask_arguments.self) { $0.step = step } }
    }

    /// Adds a gradient that had a buffer of its own to the gradient it is part of.
    mutating func appendAddition(
        _ kernels: UnsafePointer<stn_kernels>, _ target: (slot: MemoryPlanner.Slot, addedTo: MemoryPlanner.Slot?),
        _ memory: PlanMemory, count: Int
    ) {
        guard let sum = target.addedTo else { return }
        backward.append(
            .addition(kernels, of: memory.floats(target.slot), to: memory.floats(sum), count: count))
    }
}

extension PlanBuilder {
    mutating func reserveReLU(_ index: Int) -> StageEmitter {
        let stage = stages[index]
        let (input, output) = (slot(of: stage.inputs[0]), slot(of: stage.output))
        let dOutput = gradientSlot(of: stage.output)
        let target = dOutput == nil ? nil : gradientTarget(of: stage.inputs[0], stage: index)
        let (count, kernels) = (count(of: stage.output), kernels)
        return { memory, launches in
            let forward = stn_relu_arguments(
                count: Int64(count), input: memory.floats(input), output: memory.floats(output))
            launches.forward.append(Launch(kernels.pointee.relu, forward, count: pieces(of: count)))
            guard let dOutput, let target else { return }
            let gradient = stn_relu_gradient_arguments(
                count: Int64(count), output: memory.floats(output), d_output: memory.floats(dOutput),
                d_input: memory.floats(target.slot))
            launches.backward.append(Launch(kernels.pointee.relu_gradient, gradient, count: pieces(of: count)))
            launches.appendAddition(kernels, target, memory, count: count)
        }
    }

    mutating func reserveDropout(_ index: Int, _ dropped: Stage.Dropped, seed: UInt64) -> StageEmitter {
        let stage = stages[index]
        let (input, output) = (slot(of: stage.inputs[0]), slot(of: stage.output))
        let (shape, count, kernels) = (graph.shape(of: stage.output), count(of: stage.output), kernels)
        let channels = dropped.operation.wholeChannels ? shape[2] : 0
        let maskCount = channels > 0 ? batch * channels : count
        let mask = memory.reserve(byteCount: 4 * maskCount, from: index, to: backwardMoment(index))
        let dOutput = gradientSlot(of: stage.output)
        let target = dOutput == nil ? nil : gradientTarget(of: stage.inputs[0], stage: index)
        return { memory, launches in
            let draw = dropped.launch(kernels, mask: memory.floats(mask), count: maskCount, seed: seed)
            launches.drawAnew(draw)
            let forward = stn_scale_arguments(
                count: Int64(count), pixels: Int64(channels > 0 ? shape[0] * shape[1] : 0), channels: Int64(channels),
                input: memory.floats(input), factor: memory.floats(mask), output: memory.floats(output))
            launches.forward += [draw, Launch(kernels.pointee.scale, forward, count: pieces(of: count))]
            guard let dOutput, let target else { return }
            var gradient = forward
            gradient.input = UnsafePointer(memory.floats(dOutput))
            gradient.output = memory.floats(target.slot)
            launches.backward.append(Launch(kernels.pointee.scale, gradient, count: pieces(of: count)))
            launches.appendAddition(kernels, target, memory, count: count)
        }
    }
}
