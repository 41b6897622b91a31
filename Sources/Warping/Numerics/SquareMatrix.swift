/// A small dense matrix in double precision, for what is computed once and kept.
struct SquareMatrix: Equatable, Sendable {
    let size: Int
    /// Row by row.
    private(set) var values: [Double]

    init(size: Int) {
        self.size = size
        values = [Double](repeating: 0, count: size * size)
    }

    static func identity(_ size: Int) -> SquareMatrix {
        var matrix = SquareMatrix(size: size)
        for index in 0..<size { matrix[index, index] = 1 }
        return matrix
    }

    subscript(row: Int, column: Int) -> Double {
        get { values[row * size + column] }
        set { values[row * size + column] = newValue }
    }

    /// The inverse, by Gauss–Jordan elimination with partial pivoting.
    ///
    /// - Precondition: the matrix is regular.
    var inverse: SquareMatrix {
        var (rest, inverse) = (self, SquareMatrix.identity(size))
        for column in 0..<size {
            let pivot = (column..<size).max { abs(rest[$0, column]) < abs(rest[$1, column]) } ?? column
            precondition(rest[pivot, column] != 0, "a singular matrix of size \(size)")
            rest.swapRows(pivot, column)
            inverse.swapRows(pivot, column)
            let scale = 1 / rest[column, column]
            rest.scaleRow(column, by: scale)
            inverse.scaleRow(column, by: scale)
            for row in 0..<size where row != column && rest[row, column] != 0 {
                let factor = rest[row, column]
                rest.subtractRow(column, times: factor, from: row)
                inverse.subtractRow(column, times: factor, from: row)
            }
        }
        return inverse
    }

    /// The symmetric X with X·A·X = 1, for this symmetric and positive definite A.
    ///
    /// By Jacobi's rotations: sweeps over all pairs until what is off the diagonal is rounding; A = V·diag(λ)·Vᵀ gives
    /// X = V·diag(1/√λ)·Vᵀ, the same whatever the order of the eigenvalues.
    var inverseSquareRoot: SquareMatrix {
        var (diagonal, vectors) = (self, SquareMatrix.identity(size))
        let negligible = (0..<size).reduce(0) { $0 + self[$1, $1] * self[$1, $1] } * 1e-32
        // Convergence is quadratic; ten sweeps do for any size that is used here, and the bound keeps the loop finite.
        for _ in 0..<30 where diagonal.offDiagonal > negligible {
            for p in 0..<size { for q in p + 1..<max(size, p + 1) { diagonal.rotate(p, q, &vectors) } }
        }
        var result = SquareMatrix(size: size)
        for row in 0..<size {
            for column in 0..<size {
                for k in 0..<size {
                    result[row, column] += vectors[row, k] * vectors[column, k] / diagonal[k, k].squareRoot()
                }
            }
        }
        return result
    }

    /// The sum of the squares off the diagonal.
    private var offDiagonal: Double {
        var sum = 0.0
        for row in 0..<size {
            for column in 0..<size where column != row { sum += self[row, column] * self[row, column] }
        }
        return sum
    }

    /// Makes the element at (p, q) zero by a rotation of both axes, and turns `vectors` along.
    private mutating func rotate(_ p: Int, _ q: Int, _ vectors: inout SquareMatrix) {
        if self[p, q] == 0 { return }
        // tan of the smaller angle, from cot 2φ = (a_qq − a_pp) / 2a_pq.
        let cotangent = (self[q, q] - self[p, p]) / (2 * self[p, q])
        let magnitude = 1 / (abs(cotangent) + (cotangent * cotangent + 1).squareRoot())
        let tangent = cotangent < 0 ? -magnitude : magnitude
        let cosine = 1 / (tangent * tangent + 1).squareRoot()
        let sine = tangent * cosine
        for k in 0..<size {
            (self[k, p], self[k, q]) = (
                cosine * self[k, p] - sine * self[k, q], sine * self[k, p] + cosine * self[k, q]
            )
        }
        for k in 0..<size {
            (self[p, k], self[q, k]) = (
                cosine * self[p, k] - sine * self[q, k], sine * self[p, k] + cosine * self[q, k]
            )
            (vectors[k, p], vectors[k, q]) = (
                cosine * vectors[k, p] - sine * vectors[k, q], sine * vectors[k, p] + cosine * vectors[k, q]
            )
        }
    }

    private mutating func swapRows(_ a: Int, _ b: Int) {
        if a == b { return }
        for column in 0..<size { values.swapAt(a * size + column, b * size + column) }
    }

    private mutating func scaleRow(_ row: Int, by factor: Double) {
        for column in 0..<size { values[row * size + column] *= factor }
    }

    private mutating func subtractRow(_ source: Int, times factor: Double, from row: Int) {
        for column in 0..<size { values[row * size + column] -= factor * values[source * size + column] }
    }
}
