import CKernels
import Networks
import Tensors
import Warping

extension PlanBuilder {
    /// A spline's displacements are a matrix times θ, of which rows of the grid share halves in twos.
    mutating func reserveSplineGrid(
        _ index: Int, _ frame: SamplingFrame, _ spline: ThinPlateSpline
    ) -> StageEmitter {
        precondition(
            spline.controlPoints <= STN_SPLINE_LATTICE, "no kernel for \(spline.controlPoints) control points a side")
        let stage = stages[index]
        let (theta, grid) = (slot(of: stage.inputs[0]), slot(of: stage.output))
        let basis = reserveConstant(spline.kernelBasis(frame: frame))
        let (frame, gradients) = (reserveFrame(frame.coordinates), gridGradients(index))
        let parts = gradients.map {
            reserveBandedSum(of: frame, width: spline.parameterCount, to: $0.theta.slot, stage: index)
        }
        let (batch, kernels) = (batch, kernels)
        return { memory, launches in
            let forward = stn_spline_grid_arguments(
                frame: frame.arguments(in: memory), lattice: Int64(spline.controlPoints),
                basis: basis.place(in: memory), theta: memory.floats(theta), grid: memory.floats(grid))
            launches.forward.append(Launch(kernels.pointee.spline_grid, forward, count: batch * frame.rowPairs))
            guard let gradients, let parts else { return }
            let gradient = stn_spline_grid_gradient_arguments(
                forward: forward, d_grid: memory.floats(gradients.dGrid), d_theta_parts: parts.place(in: memory))
            launches.backward.append(
                Launch(kernels.pointee.spline_grid_gradient, gradient, count: batch * frame.bands))
            parts.append(to: &launches, kernels, memory)
            launches.appendAddition(kernels, gradients.theta, memory, count: batch * spline.parameterCount)
        }
    }
}

extension ThinPlateSpline {
    /// The basis as kernels take it, [row pairs, pairs of control points, 2, width]: halves of sums, and of differences.
    package func kernelBasis(frame: SamplingFrame) -> [Float] {
        let points = controlPoints * controlPoints, width = frame.outputWidth
        let basis = basis(frame: frame).values
        var halves: [Float] = []
        for row in 0..<(frame.outputHeight + 1) / 2 {
            for point in 0..<Int(stn_spline_pairs(Int64(controlPoints))) {
                let (latticeRow, latticeColumn) = point.quotientAndRemainder(dividingBy: controlPoints)
                let mirror = (controlPoints - 1 - latticeRow) * controlPoints + latticeColumn
                let values = (0..<width).map { column in
                    let position = (row * width + column) * points
                    return (point: basis[position + point], mirror: basis[position + mirror])
                }
                halves += values.map { Float(($0.point + $0.mirror) / 2) }
                halves += values.map { Float(($0.point - $0.mirror) / 2) }
            }
        }
        return halves
    }
}
