import Networks
import Tensors
import Warping

extension BoundParametersOperation: ONNXExpressible {
    /// identity + reach · tanh(raw).
    func write(_ operands: ONNXOperands, to writer: inout ONNXGraphWriter) -> String {
        let identity = writer.constant(self.identity, dimensions: [self.identity.count], named: "bounds.identity")
        let reach = writer.constant(self.reach, dimensions: [self.reach.count], named: "bounds.reach")
        let offset = writer.add("Mul", writer.add("Tanh", operands.input), reach)
        return writer.add("Add", offset, identity)
    }
}

extension TransformationMatrixOperation: ONNXExpressible {
    /// Matrices are linear in θ, or in the cosine and sine of an angle.
    func write(_ operands: ONNXOperands, to writer: inout ONNXGraphWriter) throws(ONNXError) -> String {
        let theta = operands.input
        switch transformation {
        case is AffineTransform: return theta
        case is Translation, is Attention: return linear(theta, to: &writer)
        case let rotation as Rotation:
            let turn = turn(aspectAware: rotation.aspectAware, angle: theta, to: &writer)
            return product(
                writer.add("Concat", turn.cosine, turn.sine, attributes: [.integer("axis", 1)]), turn.rows, &writer)
        case let similarity as Similarity:
            let turn = turn(
                aspectAware: similarity.aspectAware, angle: writer.columns([0], of: theta), to: &writer)
            let (scale, shift) = (writer.columns([1], of: theta), writer.columns([2, 3], of: theta))
            let features = writer.add(
                "Concat", writer.add("Mul", scale, turn.cosine), writer.add("Mul", scale, turn.sine), shift,
                attributes: [.integer("axis", 1)])
            return product(features, turn.rows + [[0, 0, 1, 0, 0, 0], [0, 0, 0, 0, 0, 1]], &writer)
        default:
            throw .inexpressible(operation: transformation.name, reason: "its matrices are not known there")
        }
    }

    /// θ times constant rows, plus the matrix of zeros.
    private func linear(_ theta: String, to writer: inout ONNXGraphWriter) -> String {
        let zeros = [Double](repeating: 0, count: transformation.parameterCount)
        let constant = transformation.matrix(of: zeros, frame: frame)
        let rows = zeros.indices.map { index in
            var unit = zeros
            unit[index] = 1
            return zip(transformation.matrix(of: unit, frame: frame), constant).map { $0 - $1 }
        }
        let offset = writer.constant(
            constant.map { Float($0) }, dimensions: [6], named: "\(transformation.name).offset")
        return writer.add("Add", product(theta, rows, &writer), offset)
    }

    private func product(_ features: String, _ rows: [[Double]], _ writer: inout ONNXGraphWriter) -> String {
        let matrix = writer.constant(
            rows.flatMap { $0.map { Float($0) } }, dimensions: [rows.count, 6], named: "\(transformation.name).rows")
        return writer.add("MatMul", features, matrix)
    }

    /// Cosine and sine of an angle, and the matrix entries that each stands in: (cos, −sin/a; a·sin, cos).
    private func turn(
        aspectAware: Bool, angle: String, to writer: inout ONNXGraphWriter
    ) -> (cosine: String, sine: String, rows: [[Double]]) {
        let aspect: Double = aspectAware ? frame.aspect() : 1
        return (
            writer.add("Cos", angle), writer.add("Sin", angle),
            [[1, 0, 0, 0, 1, 0], [0, -1 / aspect, 0, aspect, 0, 0]]
        )
    }
}

extension AffineCompositionOperation: ONNXExpressible {
    /// With the first matrix (A t) and the second M, the product is A · M + (0 t): no row (0 0 1) has to be added to M for
    /// each image.
    func write(_ operands: ONNXOperands, to writer: inout ONNXGraphWriter) -> String {
        let first = writer.reshaped(operands.inputs[0], [0, 2, 3], named: "matrix_shape")
        let second = writer.reshaped(operands.inputs[1], [0, 2, 3], named: "matrix_shape")
        let left = writer.constant([1, 0, 0, 1, 0, 0], dimensions: [3, 2], named: "left_columns")
        let last = writer.constant([0, 0, 0, 0, 0, 0, 0, 0, 1], dimensions: [3, 3], named: "last_column")
        let turned = writer.add("MatMul", writer.add("MatMul", first, left), second)
        let sum = writer.add("Add", turned, writer.add("MatMul", first, last))
        return writer.reshaped(sum, [0, 6], named: "theta_shape")
    }
}

extension HomographyCompositionOperation: ONNXExpressible {
    /// The product of the whole matrices over its last entry, which is at least the horizon.
    func write(_ operands: ONNXOperands, to writer: inout ONNXGraphWriter) -> String {
        let product = writer.add(
            "MatMul", whole(operands.inputs[0], &writer), whole(operands.inputs[1], &writer))
        let flat = writer.reshaped(product, [0, 9], named: "product_shape")
        let horizon = writer.scalar(Projective.horizon, named: "horizon")
        let divisor = writer.add("Max", writer.columns([8], of: flat), horizon)
        return writer.add("Div", writer.columns(Array(0..<8), of: flat), divisor)
    }

    /// [N, 8] as [N, 3, 3], each ending in 1.
    private func whole(_ theta: String, _ writer: inout ONNXGraphWriter) -> String {
        let place = (0..<72).map { Float($0 / 9 == $0 % 9 ? 1 : 0) }
        let entries = writer.constant(place, dimensions: [8, 9], named: "homography_entries")
        let last = writer.constant([Float](repeating: 0, count: 8) + [1], dimensions: [9], named: "homography_last")
        let values = writer.add("Add", writer.add("MatMul", theta, entries), last)
        return writer.reshaped(values, [0, 3, 3], named: "homography_shape")
    }
}

extension ONNXGraphWriter {
    /// Some columns of [N, P].
    mutating func columns(_ indices: [Int], of value: String) -> String {
        let name = "columns_\(indices.map(String.init).joined(separator: "_"))"
        let list = list(indices, named: name)
        return add("Gather", value, list, attributes: [.integer("axis", 1)])
    }
}
