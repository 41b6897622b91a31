import CKernels
import Execution
import Tensors
import Testing
import Warping

/// Guarded copies of what a kernel reads, kept alive.
final class GuardedOperands {
    private var buffers: [AnyObject] = []

    func place<Element: BitwiseCopyable>(_ values: [Element]) -> UnsafePointer<Element> {
        let buffer = GuardedBuffer(values)
        buffers.append(buffer)
        return UnsafePointer(buffer.pointer)
    }
}

/// Grids of a family, made by one instruction set's kernels on guarded memory; a trampled mark fails the test.
struct FastGrid {
    let family: GridFamily
    let theta: Tensor<Float>
    let frame: SamplingFrame

    private typealias Coordinates = (x: [Float], y: [Float])
    private var images: Int { theta.shape[0] }
    private var rows: Int { images * frame.outputHeight }

    func grid(_ set: InstructionSet) throws -> [Float] {
        let (operands, table) = (GuardedOperands(), try set.table)
        let grid = GuardedBuffer<Float>(count: images * frame.count * 2)
        switch family {
        case .homography:
            var arguments = homography(operands)
            arguments.grid = grid.pointer
            try run(table.homography_grid, arguments, tasks: rows)
        case .spline(let spline):
            var arguments = self.spline(spline, operands)
            arguments.grid = grid.pointer
            let rowPairs = withUnsafePointer(to: arguments.frame) { Int(stn_row_pairs($0)) }
            try run(table.spline_grid, arguments, tasks: images * rowPairs)
        case .lattice(let field):
            var arguments = lattice(field, operands)
            arguments.grid = grid.pointer
            try run(table.lattice_grid, arguments, tasks: rows)
        case .flow(let flow):
            var arguments = try self.flow(flow, set, operands)
            arguments.grid = grid.pointer
            try run(table.flow_grid, arguments, tasks: rows)
        }
        #expect(grid.isIntact)
        return withExtendedLifetime(operands) { grid.values }
    }

    func thetaGradient(_ set: InstructionSet, dGrid: [Float]) throws -> [Float] {
        let (operands, table) = (GuardedOperands(), try set.table)
        let gradient = operands.place(dGrid)
        switch family {
        case .homography(let parameterCount):
            let forward = homography(operands)
            return try banded(set, forward.frame, width: parameterCount) { parts, tasks in
                let arguments = stn_homography_grid_gradient_arguments(
                    forward: forward, d_grid: gradient, d_theta_parts: parts)
                try run(table.homography_grid_gradient, arguments, tasks: tasks)
            }
        case .spline(let spline):
            let forward = self.spline(spline, operands)
            return try banded(set, forward.frame, width: spline.parameterCount) { parts, tasks in
                let arguments = stn_spline_grid_gradient_arguments(
                    forward: forward, d_grid: gradient, d_theta_parts: parts)
                try run(table.spline_grid_gradient, arguments, tasks: tasks)
            }
        case .lattice(let field):
            let dTheta = GuardedBuffer<Float>(count: theta.values.count)
            let arguments = stn_lattice_grid_gradient_arguments(
                forward: lattice(field, operands), d_grid: gradient, d_theta: dTheta.pointer)
            try run(table.lattice_grid_gradient, arguments, tasks: images * field.height)
            #expect(dTheta.isIntact)
            return withExtendedLifetime(operands) { dTheta.values }
        case .flow(let flow):
            let forward = try self.flow(flow, set, operands)
            let bytes = Int(stn_flow_scratch(set.kernels, Int64(flow.steps)))
            let scratch = ScratchBuffer(byteCount: 3 * bytes)
            let dPieces = try banded(set, forward.frame, width: 2 * flow.pieces.shape[0]) { parts, tasks in
                let arguments = stn_flow_grid_gradient_arguments(
                    forward: forward, d_grid: gradient, d_piece_parts: parts, scratch: scratch.pointer,
                    scratch_bytes: Int64(bytes))
                try run(table.flow_grid_gradient, arguments, tasks: tasks)
            }
            #expect(scratch.isIntact)
            return try transposed(set, basis(flow.pieces, noPositions(flow), operands), operands.place(dPieces))
        }
    }

    private func placed(_ coordinates: Coordinates, _ operands: GuardedOperands) -> stn_grid_frame {
        stn_grid_frame(
            images: Int64(images), height: Int64(coordinates.y.count), width: Int64(coordinates.x.count),
            x: operands.place(coordinates.x), y: operands.place(coordinates.y))
    }

    private func homography(_ operands: GuardedOperands) -> stn_homography_grid_arguments {
        stn_homography_grid_arguments(
            frame: placed(frame.coordinates, operands), parameters: Int64(theta.shape[1]),
            theta: operands.place(theta.values), grid: nil)
    }

    private func basis(
        _ matrix: Tensor<Double>, _ coordinates: Coordinates, _ operands: GuardedOperands
    ) -> stn_basis_grid_arguments {
        stn_basis_grid_arguments(
            frame: placed(coordinates, operands), functions: Int64(matrix.shape[1]),
            basis: operands.place(matrix.kernelBasis(width: coordinates.x.count)),
            theta: operands.place(theta.values), grid: nil)
    }

    private func spline(_ spline: ThinPlateSpline, _ operands: GuardedOperands) -> stn_spline_grid_arguments {
        stn_spline_grid_arguments(
            frame: placed(frame.coordinates, operands), lattice: Int64(spline.controlPoints),
            basis: operands.place(spline.kernelBasis(frame: frame)), theta: operands.place(theta.values), grid: nil)
    }

    private func lattice(_ field: DisplacementField, _ operands: GuardedOperands) -> stn_lattice_grid_arguments {
        let places = field.kernelPlaces(in: frame)
        return stn_lattice_grid_arguments(
            frame: placed(frame.coordinates, operands), lattice_height: Int64(field.height),
            lattice_width: Int64(field.width), columns: operands.place(places.columns),
            rows: operands.place(places.rows), theta: operands.place(theta.values), grid: nil)
    }

    private func noPositions(_ flow: ContinuousPiecewiseAffine) -> Coordinates {
        ([Float](repeating: 0, count: flow.pieces.shape[0]), [0])
    }

    private func flow(
        _ flow: ContinuousPiecewiseAffine, _ set: InstructionSet, _ operands: GuardedOperands
    ) throws -> stn_flow_grid_arguments {
        let pieces = GuardedBuffer<Float>(count: images * 2 * flow.pieces.shape[0])
        var velocities = basis(flow.pieces, noPositions(flow), operands)
        velocities.grid = pieces.pointer
        try run(set.table.basis_grid, velocities, tasks: images)
        #expect(pieces.isIntact)
        return stn_flow_grid_arguments(
            frame: placed(frame.coordinates, operands), cells: Int64(flow.cells), steps: Int64(flow.steps),
            pieces: operands.place(pieces.values), grid: nil)
    }

    private func transposed(
        _ set: InstructionSet, _ forward: stn_basis_grid_arguments, _ dGrid: UnsafePointer<Float>
    ) throws -> [Float] {
        try banded(set, forward.frame, width: 2 * Int(forward.functions)) { parts, tasks in
            let arguments = stn_basis_grid_gradient_arguments(forward: forward, d_grid: dGrid, d_theta_parts: parts)
            try run(set.table.basis_grid_gradient, arguments, tasks: tasks)
        }
    }

    /// The sum of the parts that `body` makes.
    private func banded(
        _ set: InstructionSet, _ frame: stn_grid_frame, width: Int,
        _ body: (UnsafeMutablePointer<Float>, Int) throws -> Void
    ) throws -> [Float] {
        let bands = withUnsafePointer(to: frame) { Int(stn_grid_bands($0)) }
        let parts = GuardedBuffer<Float>(count: images * bands * width)
        let sum = GuardedBuffer<Float>(count: images * width)
        try body(parts.pointer, images * bands)
        let arguments = stn_sum_parts_arguments(
            parts: Int64(bands), width: Int64(width), input: parts.pointer, output: sum.pointer)
        try run(set.table.sum_parts, arguments, tasks: images)
        #expect(parts.isIntact && sum.isIntact)
        return sum.values
    }
}
