import CKernels
import Networks
import Tensors
import Warping

/// Where the gradient of a grid comes from, and where that of θ goes.
typealias GridGradients = (
    dGrid: MemoryPlanner.Slot, theta: (slot: MemoryPlanner.Slot, addedTo: MemoryPlanner.Slot?)
)

extension PlanBuilder {
    /// Reserves for the grid of θ.
    mutating func reserveGrid(_ index: Int, _ family: GridFamily, _ frame: SamplingFrame) -> StageEmitter {
        switch family {
        case .homography(let parameterCount): reserveHomographyGrid(index, frame, parameterCount)
        case .spline(let spline): reserveSplineGrid(index, frame, spline)
        case .lattice(let field): reserveLatticeGrid(index, frame, field)
        case .flow(let flow): reserveFlowGrid(index, frame, flow)
        }
    }

    /// Nil where no gradient for θ is wanted.
    mutating func gridGradients(_ index: Int) -> GridGradients? {
        guard let dGrid = gradientSlot(of: stages[index].output),
            let theta = gradientTarget(of: stages[index].inputs[0], stage: index)
        else { return nil }
        return (dGrid, theta)
    }

    private mutating func reserveHomographyGrid(
        _ index: Int, _ frame: SamplingFrame, _ parameterCount: Int
    ) -> StageEmitter {
        let stage = stages[index]
        let (theta, grid) = (slot(of: stage.inputs[0]), slot(of: stage.output))
        let (frame, gradients) = (reserveFrame(frame.coordinates), gridGradients(index))
        let parts = gradients.map {
            reserveBandedSum(of: frame, width: parameterCount, to: $0.theta.slot, stage: index)
        }
        let (batch, kernels) = (batch, kernels)
        return { memory, launches in
            let forward = stn_homography_grid_arguments(
                frame: frame.arguments(in: memory), parameters: Int64(parameterCount), theta: memory.floats(theta),
                grid: memory.floats(grid))
            launches.forward.append(Launch(kernels.pointee.homography_grid, forward, count: frame.rows))
            guard let gradients, let parts else { return }
            let gradient = stn_homography_grid_gradient_arguments(
                forward: forward, d_grid: memory.floats(gradients.dGrid), d_theta_parts: parts.place(in: memory))
            launches.backward.append(
                Launch(kernels.pointee.homography_grid_gradient, gradient, count: batch * frame.bands))
            parts.append(to: &launches, kernels, memory)
            launches.appendAddition(kernels, gradients.theta, memory, count: batch * parameterCount)
        }
    }

    private mutating func reserveLatticeGrid(
        _ index: Int, _ frame: SamplingFrame, _ field: DisplacementField
    ) -> StageEmitter {
        let stage = stages[index]
        let (theta, grid) = (slot(of: stage.inputs[0]), slot(of: stage.output))
        let places = field.kernelPlaces(in: frame)
        let (columns, rows) = (reserveConstant(places.columns), reserveConstant(places.rows))
        let (frame, gradients) = (reserveFrame(frame.coordinates), gridGradients(index))
        let (batch, kernels) = (batch, kernels)
        return { memory, launches in
            let forward = stn_lattice_grid_arguments(
                frame: frame.arguments(in: memory), lattice_height: Int64(field.height),
                lattice_width: Int64(field.width), columns: columns.place(in: memory), rows: rows.place(in: memory),
                theta: memory.floats(theta), grid: memory.floats(grid))
            launches.forward.append(Launch(kernels.pointee.lattice_grid, forward, count: frame.rows))
            guard let gradients else { return }
            let gradient = stn_lattice_grid_gradient_arguments(
                forward: forward, d_grid: memory.floats(gradients.dGrid),
                d_theta: memory.floats(gradients.theta.slot))
            launches.backward.append(
                Launch(kernels.pointee.lattice_grid_gradient, gradient, count: batch * field.height))
            launches.appendAddition(kernels, gradients.theta, memory, count: batch * field.parameterCount)
        }
    }
}

extension DisplacementField {
    /// Where the columns and rows of the output lie among those of the lattice.
    package func kernelPlaces(in frame: SamplingFrame) -> (columns: [stn_lattice_place], rows: [stn_lattice_place]) {
        func places(count: Int, extent: Int) -> [stn_lattice_place] {
            (0..<count).map { index in
                let coordinate: Double = frame.corners.normalized(index, of: count)
                let shares = shares(of: coordinate, extent: extent, corners: frame.corners)
                return stn_lattice_place(
                    first: Int32(shares[0].point), share: shares.count > 1 ? Float(shares[1].weight) : 0)
            }
        }
        return (places(count: frame.outputWidth, extent: width), places(count: frame.outputHeight, extent: height))
    }
}
