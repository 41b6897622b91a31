/// A 2×3 matrix (a b tx; d e ty), which maps (x, y) to (a·x + b·y + tx, d·x + e·y + ty).
struct AffineMatrix<Scalar: BinaryFloatingPoint> {
    /// Row by row.
    let values: [Scalar]

    init(_ values: [Scalar]) {
        precondition(values.count == 6, "\(values.count) numbers for a 2×3 matrix")
        self.values = values
    }

    /// The map of `right` followed by `left`.
    static func * (left: AffineMatrix, right: AffineMatrix) -> AffineMatrix {
        let (m, n) = (left.values, right.values)
        return AffineMatrix([
            m[0] * n[0] + m[1] * n[3], m[0] * n[1] + m[1] * n[4], m[0] * n[2] + m[1] * n[5] + m[2],
            m[3] * n[0] + m[4] * n[3], m[3] * n[1] + m[4] * n[4], m[3] * n[2] + m[4] * n[5] + m[5],
        ])
    }

    /// The map back, or nil when it is not finite.
    ///
    /// In `Double`, as products of two numbers leave the range of `Float` early.
    var inverse: AffineMatrix? {
        let m = values.map { Double($0) }
        let determinant = m[0] * m[4] - m[1] * m[3]
        let (a, b, d, e) = (m[4] / determinant, -m[1] / determinant, -m[3] / determinant, m[0] / determinant)
        let inverse = [a, b, -(a * m[2] + b * m[5]), d, e, -(d * m[2] + e * m[5])].map { Scalar($0) }
        return inverse.allSatisfy(\.isFinite) ? AffineMatrix(inverse) : nil
    }
}
