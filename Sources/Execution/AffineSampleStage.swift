import CKernels
import Networks
import Tensors
import Warping

extension SamplingMode {
    /// The kernels' name for the mode.
    package var kernelMode: Int64 {
        switch self {
        case .nearest: Int64(STN_NEAREST.rawValue)
        case .bilinear: Int64(STN_BILINEAR.rawValue)
        case .bicubic: Int64(STN_BICUBIC.rawValue)
        }
    }
}

extension PlanBuilder {
    mutating func reserveAffineSample(
        _ index: Int, _ operation: AffineGridOperation, _ mode: SamplingMode
    ) -> StageEmitter {
        let stage = stages[index]
        let slots = (image: slot(of: stage.inputs[0]), theta: slot(of: stage.inputs[1]), output: slot(of: stage.output))
        let shape = graph.shape(of: stage.inputs[0])
        var sizes = stn_affine_sample_arguments()
        sizes.images = Int64(batch)
        (sizes.height, sizes.width, sizes.channels) = (Int64(shape[0]), Int64(shape[1]), Int64(shape[2]))
        (sizes.output_height, sizes.output_width) = (Int64(operation.height), Int64(operation.width))
        sizes.align_corners = operation.corners.alignCorners ? 1 : 0
        sizes.mode = mode.kernelMode
        let gradients = reserveAffineSampleGradients(index, sizes)
        let (kernels, count) = (kernels, batch * operation.height)
        return { [sizes] memory, launches in
            var arguments = sizes
            arguments.input = UnsafePointer(memory.floats(slots.image))
            arguments.theta = UnsafePointer(memory.floats(slots.theta))
            arguments.output = memory.floats(slots.output)
            launches.forward.append(Launch(kernels.pointee.affine_sample, arguments, count: count))
            gradients?.append(to: &launches, of: arguments, kernels, memory)
        }
    }

    /// Buffers of the gradients; none for inference.
    private mutating func reserveAffineSampleGradients(
        _ index: Int, _ sizes: stn_affine_sample_arguments
    ) -> AffineSampleGradients? {
        let (image, theta) = (stages[index].inputs[0], stages[index].inputs[1])
        guard let dOutput = gradientSlot(of: stages[index].output) else { return nil }
        let moment = backwardMoment(index)
        let imageTarget = gradientTarget(of: image, stage: index)
        let thetaTarget = gradientTarget(of: theta, stage: index)
        let (bands, bytes) = withUnsafePointer(to: sizes) {
            (Int(stn_affine_bands($0)), Int(stn_affine_sample_gradient_scratch(kernels, $0)))
        }
        let scratchBytes = imageTarget == nil ? 0 : (bytes + 63) / 64 * 64
        let scratch = memory.reserve(byteCount: scratchBytes * threadCount, from: moment, to: moment)
        var parts = thetaTarget?.slot
        // A single band's part is the gradient itself.
        if bands > 1 || parts == nil {
            parts = memory.reserve(byteCount: 4 * count(of: theta) * bands, from: moment, to: moment)
        }
        guard let parts else { return nil }
        return AffineSampleGradients(
            batch: batch, bands: bands, imageCount: count(of: image), scratchBytes: scratchBytes, dOutput: dOutput,
            parts: parts, scratch: scratch, image: imageTarget, theta: thetaTarget)
    }
}

/// Where the gradients of grid and sampler are made.
private struct AffineSampleGradients {
    let batch, bands, imageCount, scratchBytes: Int
    let dOutput, parts, scratch: MemoryPlanner.Slot
    let image, theta: (slot: MemoryPlanner.Slot, addedTo: MemoryPlanner.Slot?)?

    func append(
        to launches: inout StageLaunches, of forward: stn_affine_sample_arguments,
        _ kernels: UnsafePointer<stn_kernels>, _ memory: PlanMemory
    ) {
        let gradient = stn_affine_sample_gradient_arguments(
            forward: forward, d_output: memory.floats(dOutput), d_theta_parts: memory.floats(parts),
            d_input: memory.floats(image?.slot),
            scratch: memory.bytes(scratch).assumingMemoryBound(to: CChar.self), scratch_bytes: Int64(scratchBytes))
        launches.backward.append(Launch(kernels.pointee.affine_sample_gradient, gradient, count: batch * bands))
        if let theta {
            if bands > 1 {
                let sum = stn_sum_parts_arguments(
                    parts: Int64(bands), width: 6, input: memory.floats(parts), output: memory.floats(theta.slot))
                launches.backward.append(Launch(kernels.pointee.sum_parts, sum, count: batch, share: 0))
            }
            launches.appendAddition(kernels, theta, memory, count: batch * 6)
        }
        if let image { launches.appendAddition(kernels, image, memory, count: imageCount) }
    }
}
