import CKernels
import Execution
import Tensors
import TestSupport
import Testing
import Warping

/// The sampler of volumes, run by one instruction set's kernels on guarded memory; a trampled mark fails the test.
private struct FastVolumeSampler {
    let volume: Tensor<Float>
    let grid: Tensor<Float>
    let sampler: Sampler

    private func arguments(_ operands: GuardedOperands) -> stn_volume_sample_arguments {
        var arguments = sampler.volumeArguments(
            volumes: volume.shape[0], shape: Shape(Array(volume.shape.dimensions.dropFirst())),
            output: (grid.shape[1], grid.shape[2], grid.shape[3]))
        arguments.input = operands.place(volume.values)
        arguments.grid = operands.place(grid.values)
        arguments.constant = sampler.padding.kernelConstant(channels: volume.shape[4]).map { operands.place($0) }
        return arguments
    }

    func output(_ set: InstructionSet) throws -> [Float] {
        let operands = GuardedOperands()
        var arguments = arguments(operands)
        let output = GuardedBuffer<Float>(count: grid.values.count / 3 * volume.shape[4])
        arguments.output = output.pointer
        try run(set.table.volume_sample, arguments, tasks: grid.shape[0] * grid.shape[1] * grid.shape[2])
        #expect(output.isIntact)
        return withExtendedLifetime(operands) { output.values }
    }

    /// Both gradients, and each on its own.
    func gradients(_ set: InstructionSet, dOutput: [Float]) throws -> (dVolume: [Float], dGrid: [Float]) {
        let operands = GuardedOperands()
        var results: [[[Float]]] = []
        for (wantsVolume, wantsGrid) in [(true, true), (true, false), (false, true)] {
            let dVolume = GuardedBuffer<Float>(count: volume.values.count)
            let dGrid = GuardedBuffer<Float>(count: grid.values.count)
            let gradient = stn_volume_sample_gradient_arguments(
                forward: arguments(operands), d_output: operands.place(dOutput),
                d_grid: wantsGrid ? dGrid.pointer : nil, d_input: wantsVolume ? dVolume.pointer : nil)
            try run(set.table.volume_sample_gradient, gradient, tasks: volume.shape[0])
            #expect(wantsVolume ? dVolume.isIntact : dVolume.isUntouched)
            #expect(wantsGrid ? dGrid.isIntact : dGrid.isUntouched)
            results.append([dVolume.values, dGrid.values])
        }
        expectSame(results[1][0], results[0][0], "\(set): the volume's gradient on its own")
        expectSame(results[2][1], results[0][1], "\(set): the grid's gradient on its own")
        return withExtendedLifetime(operands) { (results[0][0], results[0][1]) }
    }
}

@Suite("Kernels that sample volumes against the plain sampler")
struct VolumeSampleKernelTests {
    private static let sizes: [(volume: Shape, output: Shape)] = [
        ([1, 1, 1, 1, 1], [1, 1, 1]), ([2, 3, 1, 5, 1], [2, 4, 3]), ([2, 4, 5, 3, 3], [3, 2, 5]),
        ([1, 2, 6, 7, 19], [2, 3, 4]),
    ]

    @Test(
        "values and gradients, inside, across the border and outside", arguments: GridSampleKernelTests.Way.all,
        [Float(1.1), 4])
    func agrees(_ way: GridSampleKernelTests.Way, _ reach: Float) throws {
        for (volume, output) in Self.sizes {
            let grid: Tensor<Float> = randomTensor(
                [volume[0], output[0], output[1], output[2], 3], seed: 61, -reach, reach)
            try expectAgreement(
                FastVolumeSampler(
                    volume: randomTensor(volume, seed: 62), grid: grid, sampler: way.sampler(channels: volume[4])))
        }
    }

    private func expectAgreement(_ fast: FastVolumeSampler) throws {
        // In Float, so that kinks fall to the same side.
        let output = fast.sampler.sample(fast.volume, at: fast.grid)
        let dOutput: Tensor<Float> = randomTensor(output.shape, seed: 63)
        let expected = fast.sampler.gradients(dOutput: dOutput, image: fast.volume, grid: fast.grid)
        let scale = expected.dGrid.values.reduce(1) { max($0, abs($1)) }
        for set in InstructionSet.available {
            expectClose(try fast.output(set), output.values, relative: 1e-5, absolute: 2e-5, "\(set): output")
            let gradients = try fast.gradients(set, dOutput: dOutput.values)
            expectClose(
                gradients.dVolume, expected.dImage.values, relative: 1e-5, absolute: 2e-5, "\(set): of the volume")
            expectClose(
                gradients.dGrid, expected.dGrid.values, relative: 1e-5, absolute: 2e-5 * scale, "\(set): of the grid")
        }
    }

    @Test(
        "positions on kinks, broken and huge ones are where the plain sampler has them",
        arguments: GridSampleKernelTests.Way.all)
    func kinks(_ way: GridSampleKernelTests.Way) throws {
        let (extent, sampler) = (4, way.sampler(channels: 2))
        let halves: [Float] = (-12...12).map { (Float($0) + 1 - Float(extent)) / sampler.corners.span(of: extent) }
        let huge: [Float] = [.nan, .infinity, -.infinity, 1e7, -3e7, 1e10, -1e19, .greatestFiniteMagnitude]
        let positions = (halves + huge).flatMap { place -> [Float] in
            [place, 0.31, -0.2, 0.31, place, -0.2, -0.2, 0.31, place]
        }
        try expectAgreement(
            FastVolumeSampler(
                volume: randomTensor([1, extent, extent, extent, 2], seed: 64),
                grid: Tensor([1, 1, positions.count / 9, 3, 3], positions), sampler: sampler))
    }

    @Test("the identity copies every number, also −0 and infinity", arguments: GridSampleKernelTests.Way.all)
    func identity(_ way: GridSampleKernelTests.Way) throws {
        for channels in [1, 3] {
            let frame = VolumeFrame(depth: 3, height: 5, width: 7, corners: way.corners)
            var volume: Tensor<Float> = randomTensor([1, 3, 5, 7, channels], seed: 65)
            let special: [Float] = [.infinity, -.infinity, .greatestFiniteMagnitude, .leastNonzeroMagnitude]
            for index in stride(from: 0, to: volume.values.count, by: 5) {
                volume.values[index] = special[index / 5 % 4]
            }
            let grid = Affine3D().grid(theta: Tensor([1, 12], Affine3D().identity), frame: frame)
            let fast = FastVolumeSampler(volume: volume, grid: grid, sampler: way.sampler(channels: channels))
            for set in InstructionSet.available {
                #expect(try fast.output(set) == volume.values, "\(set), \(channels) channels")
            }
        }
    }

    /// [N, C, D, H, W] → [N, D, H, W, C].
    private func volume(_ golden: Golden, _ name: String, _ key: String) throws -> Tensor<Float> {
        let tensor = try golden.tensor(name, key), shape = tensor.shape
        let flat = channelsLast(tensor.reshaped([shape[0], shape[1], shape[2] * shape[3], shape[4]]))
        return flat.reshaped([shape[0], shape[2], shape[3], shape[4], shape[1]])
    }

    @Test("PyTorch's values and gradients", arguments: try Golden("grid_sample_volumes").caseNames)
    func goldens(_ name: String) throws {
        let golden = try Golden("grid_sample_volumes")
        let paddings: [String: SamplingPadding] = ["zeros": .zeros, "border": .border, "reflection": .reflection]
        let sampler = Sampler(
            mode: try #require(golden.cases[name]?["mode"].flatMap(SamplingMode.init)),
            padding: try #require(golden.cases[name]?["padding"].flatMap { paddings[$0] }),
            corners: CornerConvention(alignCorners: golden.flag(name, "alignCorners")))
        let fast = FastVolumeSampler(
            volume: try volume(golden, name, "input"), grid: try golden.tensor(name, "grid"), sampler: sampler)
        let dOutput = try volume(golden, name, "outputGradient").values
        for set in InstructionSet.available {
            expectClose(
                try fast.output(set), try volume(golden, name, "output").values, relative: 1e-5, absolute: 1e-5,
                "\(set)")
            let gradients = try fast.gradients(set, dOutput: dOutput)
            expectClose(
                gradients.dVolume, try volume(golden, name, "inputGradient").values, relative: 1e-5, absolute: 5e-5,
                "\(set)")
            expectClose(
                gradients.dGrid, try golden.tensor(name, "gridGradient").values, relative: 1e-5, absolute: 5e-5,
                "\(set)")
        }
    }
}
