import CKernels
import Networks
import Tensors
import Warping

extension Sampler {
    /// What the kernels for volumes are told, without places in memory.
    ///
    /// - Parameters:
    ///   - volumes: How many.
    ///   - shape: [D, H, W, C] of one.
    ///   - output: Slices, rows and columns of a result.
    /// - Returns: Arguments whose places are still to be filled in.
    package func volumeArguments(
        volumes: Int, shape: Shape, output: (depth: Int, height: Int, width: Int)
    ) -> stn_volume_sample_arguments {
        var arguments = stn_volume_sample_arguments()
        arguments.volumes = Int64(volumes)
        (arguments.depth, arguments.height) = (Int64(shape[0]), Int64(shape[1]))
        (arguments.width, arguments.channels) = (Int64(shape[2]), Int64(shape[3]))
        (arguments.output_depth, arguments.output_height) = (Int64(output.depth), Int64(output.height))
        arguments.output_width = Int64(output.width)
        arguments.align_corners = corners.alignCorners ? 1 : 0
        (arguments.mode, arguments.padding) = (mode.kernelMode, padding.kernelPadding)
        return arguments
    }
}

extension PlanBuilder {
    /// Reserves for sampling volumes at the positions of a grid.
    mutating func reserveVolumeSample(_ index: Int, _ sampler: Sampler) -> StageEmitter {
        let stage = stages[index]
        let slots = (image: slot(of: stage.inputs[0]), grid: slot(of: stage.inputs[1]), output: slot(of: stage.output))
        let (shape, grid) = (graph.shape(of: stage.inputs[0]), graph.shape(of: stage.inputs[1]))
        let sizes = sampler.volumeArguments(volumes: batch, shape: shape, output: (grid[0], grid[1], grid[2]))
        let constant = sampler.padding.kernelConstant(channels: shape[3]).map { reserveConstant($0) }
        let dOutput = gradientSlot(of: stage.output)
        let targets =
            dOutput == nil
            ? (image: nil, grid: nil)
            : (
                image: gradientTarget(of: stage.inputs[0], stage: index),
                grid: gradientTarget(of: stage.inputs[1], stage: index)
            )
        let (kernels, batch) = (kernels, batch)
        return { memory, launches in
            var arguments = sizes
            arguments.input = UnsafePointer(memory.floats(slots.image))
            arguments.grid = UnsafePointer(memory.floats(slots.grid))
            arguments.constant = constant?.place(in: memory)
            arguments.output = memory.floats(slots.output)
            launches.forward.append(
                Launch(kernels.pointee.volume_sample, arguments, count: batch * grid[0] * grid[1]))
            guard let dOutput else { return }
            let gradient = stn_volume_sample_gradient_arguments(
                forward: arguments, d_output: memory.floats(dOutput), d_grid: memory.floats(targets.grid?.slot),
                d_input: memory.floats(targets.image?.slot))
            launches.backward.append(Launch(kernels.pointee.volume_sample_gradient, gradient, count: batch))
            if let image = targets.image {
                launches.appendAddition(kernels, image, memory, count: batch * shape.count)
            }
            if let positions = targets.grid {
                launches.appendAddition(kernels, positions, memory, count: batch * grid.count)
            }
        }
    }
}
