import CKernels
import Networks
import Tensors
import Warping

extension SamplingPadding {
    /// The kernels' name for the padding.
    package var kernelPadding: Int64 {
        switch self {
        case .zeros: Int64(STN_ZEROS.rawValue)
        case .border: Int64(STN_BORDER.rawValue)
        case .reflection: Int64(STN_REFLECTION.rawValue)
        case .wrap: Int64(STN_WRAP.rawValue)
        case .constant: Int64(STN_CONSTANT.rawValue)
        }
    }

    /// The constant of each channel; nil where there is none.
    package func kernelConstant(channels: Int) -> [Float]? {
        guard case .constant(let values) = self else { return nil }
        return (0..<channels).map { values[values.count == 1 ? 0 : $0] }
    }
}

extension PlanBuilder {
    /// Reserves for sampling at the positions of a grid that any stage made.
    mutating func reserveGridSample(_ index: Int, _ sampler: Sampler) -> StageEmitter {
        let stage = stages[index]
        let slots = (image: slot(of: stage.inputs[0]), grid: slot(of: stage.inputs[1]), output: slot(of: stage.output))
        let (shape, grid) = (graph.shape(of: stage.inputs[0]), graph.shape(of: stage.inputs[1]))
        var sizes = stn_affine_sample_arguments()
        sizes.images = Int64(batch)
        (sizes.height, sizes.width, sizes.channels) = (Int64(shape[0]), Int64(shape[1]), Int64(shape[2]))
        (sizes.output_height, sizes.output_width) = (Int64(grid[0]), Int64(grid[1]))
        sizes.align_corners = sampler.corners.alignCorners ? 1 : 0
        sizes.mode = sampler.mode.kernelMode
        let values = sampler.padding.kernelConstant(channels: shape[2])
        let constant = values.map { reserveConstant($0) }
        let gradients = reserveGridSampleGradients(index, sizes)
        let (kernels, count) = (kernels, batch * grid[0])
        return { [sizes] memory, launches in
            var arguments = stn_grid_sample_arguments()
            arguments.sample = sizes
            arguments.sample.input = UnsafePointer(memory.floats(slots.image))
            arguments.sample.output = memory.floats(slots.output)
            arguments.grid = UnsafePointer(memory.floats(slots.grid))
            arguments.padding = sampler.padding.kernelPadding
            arguments.constant = constant?.place(in: memory)
            launches.forward.append(Launch(kernels.pointee.grid_sample, arguments, count: count))
            gradients?.append(to: &launches, of: arguments, kernels, memory)
        }
    }

    /// Buffers of the gradients; none for inference.
    private mutating func reserveGridSampleGradients(
        _ index: Int, _ sizes: stn_affine_sample_arguments
    ) -> GridSampleGradients? {
        let (image, grid) = (stages[index].inputs[0], stages[index].inputs[1])
        guard let dOutput = gradientSlot(of: stages[index].output) else { return nil }
        let moment = backwardMoment(index)
        let imageTarget = gradientTarget(of: image, stage: index)
        let gridTarget = gradientTarget(of: grid, stage: index)
        let (bands, bytes, rowCount) = withUnsafePointer(to: sizes) {
            (
                Int(stn_affine_bands($0)), Int(stn_affine_sample_gradient_scratch(kernels, $0)),
                Int(stn_grid_sample_rows_count($0))
            )
        }
        let scratchBytes = imageTarget == nil ? 0 : (bytes + 63) / 64 * 64
        let needsRows = imageTarget != nil && bands > 1
        return GridSampleGradients(
            imageTasks: batch * bands, rowTasks: batch * Int(sizes.output_height), imageCount: count(of: image),
            gridCount: count(of: grid), scratchBytes: scratchBytes, dOutput: dOutput,
            scratch: memory.reserve(byteCount: scratchBytes * threadCount, from: moment, to: moment),
            rows: needsRows ? memory.reserve(byteCount: 4 * rowCount, from: moment, to: moment) : nil,
            image: imageTarget, grid: gridTarget)
    }
}

/// Where the gradients of a sampler on a stored grid are made.
private struct GridSampleGradients {
    let imageTasks, rowTasks, imageCount, gridCount, scratchBytes: Int
    let dOutput, scratch: MemoryPlanner.Slot
    let rows: MemoryPlanner.Slot?
    let image, grid: (slot: MemoryPlanner.Slot, addedTo: MemoryPlanner.Slot?)?

    func append(
        to launches: inout StageLaunches, of forward: stn_grid_sample_arguments,
        _ kernels: UnsafePointer<stn_kernels>, _ memory: PlanMemory
    ) {
        let gradient = stn_grid_sample_gradient_arguments(
            forward: forward, d_output: memory.floats(dOutput), d_grid: memory.floats(grid?.slot),
            d_input: memory.floats(image?.slot),
            rows: rows.map { memory.bytes($0).assumingMemoryBound(to: Int32.self) },
            scratch: memory.bytes(scratch).assumingMemoryBound(to: CChar.self), scratch_bytes: Int64(scratchBytes))
        // With a single band the image's kernel makes both.
        if grid != nil, image == nil || rows != nil {
            launches.backward.append(Launch(kernels.pointee.grid_sample_grid_gradient, gradient, count: rowTasks))
        }
        if let image {
            if rows != nil {
                launches.backward.append(Launch(kernels.pointee.grid_sample_rows, gradient, count: rowTasks, share: 0))
            }
            launches.backward.append(
                Launch(kernels.pointee.grid_sample_input_gradient, gradient, count: imageTasks))
            launches.appendAddition(kernels, image, memory, count: imageCount)
        }
        if let grid { launches.appendAddition(kernels, grid, memory, count: gridCount) }
    }
}
