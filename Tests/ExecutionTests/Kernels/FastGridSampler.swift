import CKernels
import Execution
import Tensors
import Testing
import Warping

/// The sampler on a stored grid, run by one instruction set's kernels on guarded memory.
struct FastGridSampler {
    let image: Tensor<Float>
    let grid: Tensor<Float>
    let sampler: Sampler

    /// Operands in guarded memory, and the kernels' arguments that point there.
    private struct Operands {
        let image, grid: GuardedBuffer<Float>
        let constant: GuardedBuffer<Float>?
        var arguments = stn_grid_sample_arguments()

        init(_ fast: FastGridSampler) {
            let (shape, grid) = (fast.image.shape, fast.grid.shape)
            image = GuardedBuffer(fast.image.values)
            self.grid = GuardedBuffer(fast.grid.values)
            constant = fast.sampler.padding.kernelConstant(channels: shape[3]).map { GuardedBuffer($0) }
            arguments.sample = stn_affine_sample_arguments(
                images: Int64(shape[0]), height: Int64(shape[1]), width: Int64(shape[2]), channels: Int64(shape[3]),
                output_height: Int64(grid[1]), output_width: Int64(grid[2]),
                align_corners: fast.sampler.corners.alignCorners ? 1 : 0, mode: fast.sampler.mode.kernelMode,
                input: image.pointer, theta: nil, output: nil)
            arguments.grid = UnsafePointer(self.grid.pointer)
            arguments.padding = fast.sampler.padding.kernelPadding
            arguments.constant = constant.map { UnsafePointer($0.pointer) }
        }
    }

    private var rowTasks: Int { grid.shape[0] * grid.shape[1] }

    /// The sampled images; a trampled mark fails the test.
    func output(_ set: InstructionSet) throws -> [Float] {
        var operands = Operands(self)
        let output = GuardedBuffer<Float>(count: grid.values.count / 2 * image.shape[3])
        operands.arguments.sample.output = output.pointer
        try run(set.table.grid_sample, operands.arguments, tasks: rowTasks)
        #expect(output.isIntact)
        return withExtendedLifetime(operands) { output.values }
    }

    /// The gradients of image and grid, each by its own kernels, and that of the grid also with the image's.
    func gradients(_ set: InstructionSet, dOutput: [Float]) throws -> (dImage: [Float], dGrid: [Float]) {
        let operands = Operands(self)
        let gradient = GuardedBuffer(dOutput)
        let (dImage, dGrid) = (
            GuardedBuffer<Float>(count: image.values.count), GuardedBuffer<Float>(count: grid.values.count)
        )
        let (bands, bytes, rowCount) = withUnsafePointer(to: operands.arguments.sample) {
            (
                Int(stn_affine_bands($0)), Int(stn_affine_sample_gradient_scratch(set.kernels, $0)),
                Int(stn_grid_sample_rows_count($0))
            )
        }
        let (rows, scratch) = (GuardedBuffer<Int32>(count: rowCount), ScratchBuffer(byteCount: bytes * 3))
        var arguments = stn_grid_sample_gradient_arguments(
            forward: operands.arguments, d_output: gradient.pointer, d_grid: dGrid.pointer, d_input: dImage.pointer,
            rows: bands > 1 ? rows.pointer : nil, scratch: scratch.pointer, scratch_bytes: Int64(bytes))
        try run(set.table.grid_sample_grid_gradient, arguments, tasks: rowTasks)
        if bands > 1 { try run(set.table.grid_sample_rows, arguments, tasks: rowTasks) }
        // With a single band this makes the grid's gradient too.
        let again = GuardedBuffer<Float>(count: grid.values.count)
        arguments.d_grid = again.pointer
        try run(set.table.grid_sample_input_gradient, arguments, tasks: image.shape[0] * bands)
        if bands > 1 {
            #expect(again.isUntouched)
        } else {
            expectSame(again.values, dGrid.values, "\(set): the grid's gradient with the image's")
            #expect(again.isIntact)
        }
        #expect(dImage.isIntact && dGrid.isIntact && rows.isIntact && scratch.isIntact)
        return withExtendedLifetime(operands) { (dImage.values, dGrid.values) }
    }
}
