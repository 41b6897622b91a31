import Execution
import Tensors
import TestSupport
import Testing
import Warping

/// Values and all gradients are those of the plain sampler in Double, by every instruction set.
func expectAgreement(_ fast: FastSampler) throws {
    let corners = CornerConvention(alignCorners: fast.alignCorners)
    let image: Tensor<Double> = fast.image.converted()
    let grid = AffineTransform.grid(
        theta: Tensor([image.shape[0], 6], fast.theta.map(Double.init)), height: fast.outputHeight,
        width: fast.outputWidth, corners: corners)
    let plain = Sampler(mode: fast.mode, corners: corners)
    let output = plain.sample(image, at: grid)
    let dOutput: Tensor<Double> = randomTensor(output.shape, seed: 43)
    let expected = plain.gradients(dOutput: dOutput, image: image, grid: grid)
    let dTheta = AffineTransform.thetaGradient(dGrid: expected.dGrid, corners: corners).values
    let thetaScale = dTheta.reduce(0) { max($0, abs($1)) }
    for set in InstructionSet.available {
        expectClose(
            try fast.output(set).map(Double.init), output.values, relative: 1e-5, absolute: 2e-5, "\(set): output")
        let floats = dOutput.values.map { Float($0) }
        let gradients = try fast.gradients(set, dOutput: floats)
        expectClose(
            gradients.dImage.map(Double.init), expected.dImage.values, relative: 1e-5, absolute: 2e-5,
            "\(set): gradient of the image")
        expectClose(
            gradients.dTheta.map(Double.init), dTheta, relative: 1e-5, absolute: 2e-5 * thetaScale,
            "\(set): gradient of θ")
        let without = try fast.gradients(set, dOutput: floats, ofImage: false)
        expectSame(without.dTheta, gradients.dTheta, "\(set): gradient of θ on its own")
        #expect(without.dImage.isEmpty)
    }
}

/// Values and all gradients are those of the plain sampler in Double, by every instruction set.
func expectAgreement(_ fast: FastGridSampler) throws {
    let (image, positions): (Tensor<Double>, Tensor<Double>) = (fast.image.converted(), fast.grid.converted())
    let output = fast.sampler.sample(image, at: positions)
    let dOutput: Tensor<Double> = randomTensor(output.shape, seed: 53)
    let expected = fast.sampler.gradients(dOutput: dOutput, image: image, grid: positions)
    let scale = expected.dGrid.values.reduce(1) { max($0, abs($1)) }
    for set in InstructionSet.available {
        expectClose(
            try fast.output(set).map(Double.init), output.values, relative: 1e-5, absolute: 3e-5, "\(set): output")
        let gradients = try fast.gradients(set, dOutput: dOutput.values.map { Float($0) })
        expectClose(
            gradients.dImage.map(Double.init), expected.dImage.values, relative: 1e-5, absolute: 5e-5,
            "\(set): gradient of the image")
        expectClose(
            gradients.dGrid.map(Double.init), expected.dGrid.values, relative: 1e-5, absolute: 2e-5 * scale,
            "\(set): gradient of the grid")
    }
}

/// Positions of a grid drawn within `reach` of the middle, none of them on a kink of any mode or padding.
func positions(clearOfKinksOf image: Shape, _ grid: Shape, seed: UInt64, reach: Float) -> Tensor<Float> {
    var positions: Tensor<Float> = randomTensor(grid, seed: seed, -reach, reach)
    let clear: Float = 1e-3
    for index in positions.values.indices {
        let extent = Float(image[index % 2 == 0 ? 2 : 1])
        // Kinks are at multiples of half a pixel, in both corner conventions.
        for span in [extent, extent - 1] where span > 0 {
            let halves = positions.values[index] * span + extent - 1
            if abs(halves - halves.rounded()) < 2 * clear { positions.values[index] += 4.7 * clear / span }
        }
    }
    return positions
}
