/// [−1, 1]² cut into `columns` × `rows` rectangles, each into four triangles that meet at its centre.
///
/// Vertices are the rectangles' corners, row by row, then their centres, row by row. A function given at the vertices has
/// one continuous continuation that is affine on each triangle; all continuous piecewise-affine functions are of this kind.
package struct Tessellation: Hashable, Sendable {
    package let columns: Int
    package let rows: Int

    package init(columns: Int, rows: Int) { (self.columns, self.rows) = (columns, rows) }

    /// Corners and centres.
    package var vertexCount: Int { (columns + 1) * (rows + 1) + columns * rows }

    /// Whether a vertex lies on the border of [−1, 1]².
    func isOnBorder(_ vertex: Int) -> Bool {
        guard vertex < (columns + 1) * (rows + 1) else { return false }
        let (row, column) = vertex.quotientAndRemainder(dividingBy: columns + 1)
        return row == 0 || row == rows || column == 0 || column == columns
    }

    /// A vertex of a triangle, its share of a point in the triangle, and how the share changes with the point.
    struct Share<Scalar: BinaryFloatingPoint> {
        let vertex: Int
        let weight: Scalar
        let slope: Vector2<Scalar>
    }

    /// The three vertices around a point; the shares add up to 1.
    typealias Shares<Scalar: BinaryFloatingPoint> = (Share<Scalar>, Share<Scalar>, Share<Scalar>)

    /// The triangle that a point lies in.
    ///
    /// Outside [−1, 1]² a point has the shares of the nearest point on the border, and slope zero along what is clamped: a
    /// function of the shares goes on continuously. So does one that is not a number, which would have no triangle.
    @inline(__always)
    func shares<Scalar: BinaryFloatingPoint>(at point: Vector2<Scalar>) -> Shares<Scalar> {
        let (column, a, slopeX) = Self.cell(of: point.x, count: columns)
        let (row, b, slopeY) = Self.cell(of: point.y, count: rows)
        return shares(
            column: column, row: row, inside: Vector2(x: a, y: b), slope: Vector2(x: slopeX, y: slopeY))
    }

    /// Which of `count` cells along an axis a coordinate lies in, where in it, −½ … ½, and the slope of that.
    @inline(__always)
    private static func cell<Scalar: BinaryFloatingPoint>(
        of coordinate: Scalar, count: Int
    ) -> (index: Int, place: Scalar, slope: Scalar) {
        if !(coordinate >= -1) { return (0, -0.5, 0) }
        if coordinate > 1 { return (count - 1, 0.5, 0) }
        let place = (coordinate + 1) / 2 * Scalar(count)
        let index = min(Int(place), count - 1)
        return (index, place - Scalar(index) - 0.5, Scalar(count) / 2)
    }

    /// With n the direction from the centre to the triangle's outer side and t along it, m = n·p and s = t·p, the centre has
    /// 1 − 2m and the corners n/2 ± t/2 have m ± s.
    @inline(__always)
    private func shares<Scalar: BinaryFloatingPoint>(
        column: Int, row: Int, inside p: Vector2<Scalar>, slope: Vector2<Scalar>
    ) -> Shares<Scalar> {
        let isSideways = abs(p.x) > abs(p.y)
        let isAhead = (isSideways ? p.x : p.y) > 0
        let m = isSideways ? abs(p.x) : abs(p.y), s = isSideways ? p.y : p.x
        let sign: Scalar = isAhead ? 1 : -1
        let n = isSideways ? Vector2(x: sign * slope.x, y: 0) : Vector2(x: 0, y: sign * slope.y)
        let t = isSideways ? Vector2(x: 0, y: slope.y) : Vector2(x: slope.x, y: 0)
        func corner(_ end: Int) -> Int {
            let outer = isAhead ? 1 : 0
            return (row + (isSideways ? end : outer)) * (columns + 1) + column + (isSideways ? outer : end)
        }
        let center = (columns + 1) * (rows + 1) + row * columns + column
        return (
            Share(vertex: center, weight: 1 - 2 * m, slope: -2 * n),
            Share(vertex: corner(1), weight: m + s, slope: n + t),
            Share(vertex: corner(0), weight: m - s, slope: n - t)
        )
    }
}
