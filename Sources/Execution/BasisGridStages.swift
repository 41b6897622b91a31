import CKernels
import Networks
import Tensors
import Warping

extension PlanBuilder {
    /// θ to velocities on triangles is a basis without positions, in one row; both ways go through its kernels.
    mutating func reserveFlowGrid(
        _ index: Int, _ frame: SamplingFrame, _ flow: ContinuousPiecewiseAffine
    ) -> StageEmitter {
        let stage = stages[index]
        let (matrix, numbers) = (flow.pieces, 2 * flow.pieces.shape[0])
        let end = gradientSlot(of: stage.output) == nil ? index : backwardMoment(index)
        let pieces = memory.reserve(byteCount: 4 * batch * numbers, from: index, to: end)
        let basis = reserveBasis(
            matrix, coordinates: ([Float](repeating: 0, count: matrix.shape[0]), [0]),
            theta: slot(of: stage.inputs[0]), grid: pieces)
        let grid = slot(of: stage.output)
        let frame = reserveFrame(frame.coordinates)
        let gradients = reserveFlowGradients(index, flow, frame, basis.frame, numbers: numbers)
        let kernels = kernels
        return { memory, launches in
            let velocities = basis.arguments(in: memory)
            let forward = stn_flow_grid_arguments(
                frame: frame.arguments(in: memory), cells: Int64(flow.cells), steps: Int64(flow.steps),
                pieces: memory.floats(pieces), grid: memory.floats(grid))
            launches.forward += [
                Launch(kernels.pointee.basis_grid, velocities, count: basis.frame.rows, share: 0),
                Launch(kernels.pointee.flow_grid, forward, count: frame.rows),
            ]
            gradients?.append(to: &launches, of: forward, velocities, kernels, memory)
        }
    }

    private mutating func reserveFlowGradients(
        _ index: Int, _ flow: ContinuousPiecewiseAffine, _ frame: GridFrame, _ pieces: GridFrame, numbers: Int
    ) -> FlowGradients? {
        guard let gradients = gridGradients(index) else { return nil }
        let moment = backwardMoment(index)
        let bytes = (Int(stn_flow_scratch(kernels, Int64(flow.steps))) + 63) / 64 * 64
        let dPieces = memory.reserve(byteCount: 4 * batch * numbers, from: moment, to: moment)
        return FlowGradients(
            batch: batch, bands: frame.bands, parameterCount: flow.parameterCount, scratchBytes: bytes,
            scratch: memory.reserve(byteCount: bytes * threadCount, from: moment, to: moment),
            dGrid: gradients.dGrid, theta: gradients.theta,
            pieces: reserveBandedSum(of: frame, width: numbers, to: dPieces, stage: index),
            parts: reserveBandedSum(of: pieces, width: flow.parameterCount, to: gradients.theta.slot, stage: index))
    }
}

/// Where the gradients of a flow are made: those of its velocities, then those of θ.
private struct FlowGradients {
    let batch, bands, parameterCount, scratchBytes: Int
    let scratch, dGrid: MemoryPlanner.Slot
    let theta: (slot: MemoryPlanner.Slot, addedTo: MemoryPlanner.Slot?)
    let pieces, parts: BandedSum

    func append(
        to launches: inout StageLaunches, of forward: stn_flow_grid_arguments, _ velocities: stn_basis_grid_arguments,
        _ kernels: UnsafePointer<stn_kernels>, _ memory: PlanMemory
    ) {
        let gradient = stn_flow_grid_gradient_arguments(
            forward: forward, d_grid: memory.floats(dGrid), d_piece_parts: pieces.place(in: memory),
            scratch: memory.bytes(scratch).assumingMemoryBound(to: CChar.self), scratch_bytes: Int64(scratchBytes))
        launches.backward.append(Launch(kernels.pointee.flow_grid_gradient, gradient, count: batch * bands))
        pieces.append(to: &launches, kernels, memory)
        let transposed = stn_basis_grid_gradient_arguments(
            forward: velocities, d_grid: memory.floats(pieces.sum), d_theta_parts: parts.place(in: memory))
        launches.backward.append(
            Launch(kernels.pointee.basis_grid_gradient, transposed, count: batch, share: 0))
        parts.append(to: &launches, kernels, memory)
        launches.appendAddition(kernels, theta, memory, count: batch * parameterCount)
    }
}

/// A matrix times θ, added to positions.
private struct BasisGrid {
    let frame: GridFrame
    let functions: Int
    let basis: PlanConstant<Float>
    let theta, grid: MemoryPlanner.Slot

    func arguments(in memory: PlanMemory) -> stn_basis_grid_arguments {
        stn_basis_grid_arguments(
            frame: frame.arguments(in: memory), functions: Int64(functions), basis: basis.place(in: memory),
            theta: memory.floats(theta), grid: memory.floats(grid))
    }
}

extension PlanBuilder {
    /// Reserves for a matrix [positions, functions] and the positions it displaces.
    private mutating func reserveBasis(
        _ matrix: Tensor<Double>, coordinates: (x: [Float], y: [Float]), theta: MemoryPlanner.Slot,
        grid: MemoryPlanner.Slot
    ) -> BasisGrid {
        let frame = reserveFrame(coordinates)
        let basis = reserveConstant(matrix.kernelBasis(width: coordinates.x.count))
        return BasisGrid(frame: frame, functions: matrix.shape[1], basis: basis, theta: theta, grid: grid)
    }
}

extension Tensor<Double> {
    /// A matrix [height · width, functions] as kernels take it: [height, functions, width].
    package func kernelBasis(width: Int) -> [Float] {
        let (positions, functions) = (shape[0], shape[1])
        var basis = [Float](repeating: 0, count: values.count)
        for position in 0..<positions {
            let (row, column) = position.quotientAndRemainder(dividingBy: width)
            for function in 0..<functions {
                basis[(row * functions + function) * width + column] = Float(values[position * functions + function])
            }
        }
        return basis
    }
}
