import Tensors

/// The velocity fields that θ may choose from: an orthonormal basis of the continuous ones.
///
/// A piecewise-affine function has three numbers a triangle, (∂x, ∂y, value at 0); those of a continuous one satisfy an
/// equation for each vertex that triangles share. The solutions need no numeric null space: they are spanned by the hat
/// functions, each 1 at one vertex and 0 at all others. With G their inner products, summed over triangles, the columns of
/// G^(−½) are the orthonormal basis that is closest to the hats (Löwdin): the same on every machine, as symmetric as the
/// tessellation, and each number of θ still acts mostly around its vertex.
struct VelocityBasis: Sendable {
    /// The vertices that may move, in ascending order.
    let freeVertices: [Int]
    /// G^(−½): column j is what the basis function j is at the free vertices.
    let atVertices: SquareMatrix

    init(_ tessellation: Tessellation, boundary: ContinuousPiecewiseAffine.Boundary) {
        freeVertices = (0..<tessellation.vertexCount).filter {
            boundary == .free || !tessellation.isOnBorder($0)
        }
        let place = Dictionary(uniqueKeysWithValues: zip(freeVertices, freeVertices.indices))
        var gram = SquareMatrix(size: freeVertices.count)
        for shares in tessellation.triangles {
            for first in shares {
                for second in shares {
                    guard let row = place[first.vertex], let column = place[second.vertex] else { continue }
                    gram[row, column] += zip(first.coefficients, second.coefficients).reduce(0) { $0 + $1.0 * $1.1 }
                }
            }
        }
        atVertices = gram.inverseSquareRoot
    }
}

extension Tessellation {
    /// A hat function on one of the triangles around its vertex.
    struct Piece {
        let vertex: Int
        /// (∂x, ∂y, value at 0).
        let coefficients: [Double]
    }

    /// For each triangle the pieces of its three hat functions.
    var triangles: [[Piece]] {
        (0..<rows * columns * 4).map { triangle in
            let (row, column) = (triangle / 4).quotientAndRemainder(dividingBy: columns)
            // A point inside the triangle: a third of a cell from the centre, to the right, left, bottom or top.
            let (a, b) = [(1.0, 0.0), (-1, 0), (0, 1), (0, -1)][triangle % 4]
            let point = Vector2(
                x: (Double(column) + 0.5 + a / 3) * 2 / Double(columns) - 1,
                y: (Double(row) + 0.5 + b / 3) * 2 / Double(rows) - 1)
            let shares = shares(at: point)
            return [shares.0, shares.1, shares.2].map {
                Piece(vertex: $0.vertex, coefficients: [$0.slope.x, $0.slope.y, $0.weight - $0.slope.dot(point)])
            }
        }
    }
}
