import Networks
import Tensors
import Warping

extension AffineGridOperation: ONNXExpressible {
    func write(_ operands: ONNXOperands, to writer: inout ONNXGraphWriter) -> String {
        let matrix = writer.reshaped(operands.input, [0, 2, 3], named: "matrix_shape")
        if writer.operatorSet == .version16 {
            let frame = SamplingFrame(height: height, width: width, corners: corners)
            return writer.grid(of: writer.products(with: matrix, in: frame), frame)
        }
        // The operator wants N, which only a run knows, in front of channels and size; the channels do not matter.
        let count = writer.add("Shape", matrix, attributes: [.integer("start", 0), .integer("end", 1)])
        let extent = writer.list([1, height, width], named: "grid_size")
        let size = writer.add("Concat", count, extent, attributes: [.integer("axis", 0)])
        return writer.add(
            "AffineGrid", matrix, size, attributes: [.integer("align_corners", corners.alignCorners ? 1 : 0)])
    }
}

extension TransformationGridOperation: ONNXExpressible {
    func write(_ operands: ONNXOperands, to writer: inout ONNXGraphWriter) throws(ONNXError) -> String {
        switch transformation {
        case is Projective: return projective(operands.input, to: &writer)
        case let spline as ThinPlateSpline: return bent(operands.input, by: spline, to: &writer)
        case let field as DisplacementField: return displaced(operands.input, by: field, to: &writer)
        case is ContinuousPiecewiseAffine:
            throw .inexpressible(
                operation: transformation.name, reason: "it follows a flow from cell to cell, which takes a loop")
        default:
            throw .inexpressible(operation: transformation.name, reason: "its grids are not known there")
        }
    }

    /// Two numerators over w = h₆x + h₇y + 1.
    ///
    /// Past the horizon w is taken as 1, and the sampler's result made zero.
    private func projective(_ theta: String, to writer: inout ONNXGraphWriter) -> String {
        let affine = writer.reshaped(writer.columns(Array(0..<6), of: theta), [0, 2, 3], named: "matrix_shape")
        let tilt = writer.reshaped(writer.columns([6, 7], of: theta), [0, 2, 1], named: "tilt_shape")
        let (numerators, positions) = (writer.products(with: affine, in: frame), writer.positions(of: frame))
        let one = writer.scalar(1, named: "one")
        let w = writer.add("Add", writer.add("MatMul", positions, tilt), one)
        let horizon = writer.scalar(Projective.horizon, named: "horizon")
        let visible = writer.add("GreaterOrEqual", w, horizon)
        let grid = writer.grid(
            of: writer.add("Div", numerators, writer.add("Where", visible, w, one)), frame)
        let mask = writer.add("Cast", visible, attributes: [.integer("to", Onnx_TensorProto.DataType.float.rawValue)])
        let shaped = writer.reshaped(mask, [0, 1, frame.outputHeight, frame.outputWidth], named: "mask_shape")
        writer.masks[grid] = shaped
        return grid
    }

    /// positions + B · θ.
    private func bent(
        _ theta: String, by spline: ThinPlateSpline, to writer: inout ONNXGraphWriter
    ) -> String {
        let basis = spline.basis(frame: frame)
        let matrix = writer.constant(
            basis.values.map { Float($0) }, dimensions: basis.shape.dimensions, named: "spline.basis")
        let points = writer.reshaped(theta, [0, basis.shape[1], 2], named: "spline.points")
        let displacement = writer.add("MatMul", matrix, points)
        let positions = writer.positions(of: frame)
        return writer.grid(of: writer.add("Add", displacement, positions), frame)
    }

    /// positions + R · θ · Cᵀ: bilinear blending is one along the rows, then one along the columns.
    private func displaced(
        _ theta: String, by field: DisplacementField, to writer: inout ONNXGraphWriter
    ) -> String {
        let rows = writer.shares(of: field, from: field.height, to: frame.outputHeight, frame, named: "field.rows")
        let columns = writer.shares(of: field, from: field.width, to: frame.outputWidth, frame, named: "field.columns")
        let lattice = writer.reshaped(theta, [0, field.height, field.width * 2], named: "field.lattice")
        let tall = writer.reshaped(
            writer.add("MatMul", rows, lattice), [0, frame.outputHeight, field.width, 2], named: "field.tall")
        let displacement = writer.add("MatMul", columns, tall)
        let flat = writer.reshaped(displacement, [0, frame.count, 2], named: "field.positions")
        let positions = writer.positions(of: frame)
        return writer.grid(of: writer.add("Add", flat, positions), frame)
    }
}

extension ONNXGraphWriter {
    /// The output's own positions, [H · W, 2] of (x, y).
    fileprivate mutating func positions(of frame: SamplingFrame) -> String {
        let positions: Tensor<Float> = frame.positions()
        return constant(positions.values, dimensions: [frame.count, 2], named: "positions")
    }

    /// (x, y, 1) of each position times [N, 2, 3] matrices: [N, H · W, 2].
    fileprivate mutating func products(with matrices: String, in frame: SamplingFrame) -> String {
        let positions: Tensor<Float> = frame.positions()
        let homogeneous = (0..<frame.count).flatMap { index -> [Float] in
            [positions.values[index * 2], positions.values[index * 2 + 1], 1]
        }
        let base = constant(homogeneous, dimensions: [frame.count, 3], named: "homogeneous_positions")
        let transposed = add("Transpose", matrices, attributes: [.integers("perm", [0, 2, 1])])
        return add("MatMul", base, transposed)
    }

    /// [N, H · W, 2] as the sampler wants it, [N, H, W, 2].
    fileprivate mutating func grid(of positions: String, _ frame: SamplingFrame) -> String {
        reshaped(positions, [0, frame.outputHeight, frame.outputWidth, 2], named: "grid_shape")
    }

    /// How much of each lattice point each pixel takes along an axis, [extent, points].
    fileprivate mutating func shares(
        of field: DisplacementField, from points: Int, to extent: Int, _ frame: SamplingFrame, named name: String
    ) -> String {
        var matrix = [Float](repeating: 0, count: extent * points)
        for pixel in 0..<extent {
            let coordinate: Float = frame.corners.normalized(pixel, of: extent)
            for share in field.shares(of: coordinate, extent: points, corners: frame.corners) {
                matrix[pixel * points + share.point] = share.weight
            }
        }
        return constant(matrix, dimensions: [extent, points], named: name)
    }
}
