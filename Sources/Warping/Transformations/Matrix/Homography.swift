/// A 3×3 matrix whose last entry is 1, which maps (x, y) to (h₀x + h₁y + h₂, h₃x + h₄y + h₅) / (h₆x + h₇y + 1).
struct Homography<Scalar: BinaryFloatingPoint> {
    /// The first eight entries, row by row.
    let values: [Scalar]

    init(_ values: [Scalar]) {
        precondition(values.count == 8, "\(values.count) numbers for a homography")
        self.values = values
    }

    /// Divides nine entries by the last; nil when that is not positive, for then the sides of the horizon would change.
    private init?<Entry: BinaryFloatingPoint>(normalizing entries: [Entry]) {
        guard entries[8] > 0 else { return nil }
        let values = entries.dropLast().map { Scalar($0 / entries[8]) }
        guard values.allSatisfy(\.isFinite) else { return nil }
        self.init(values)
    }

    /// The map of `second` followed by this one, or nil when `second` puts the centre on or behind this one's horizon.
    func after(_ second: Homography) -> Homography? {
        let (m, n) = (values + [1], second.values + [1])
        var product = [Scalar](repeating: 0, count: 9)
        for row in 0..<3 {
            for column in 0..<3 {
                for k in 0..<3 { product[row * 3 + column] += m[row * 3 + k] * n[k * 3 + column] }
            }
        }
        return Homography(normalizing: product)
    }

    /// The map back, or nil when there is none or its horizon crosses the centre.
    ///
    /// In `Double`, as products of three numbers leave the range of `Float` early.
    var inverse: Homography? {
        let h = values.map { Double($0) } + [1]
        func cofactor(_ a: Int, _ b: Int, _ c: Int, _ d: Int) -> Double { h[a] * h[d] - h[b] * h[c] }
        let adjugate = [
            cofactor(4, 5, 7, 8), -cofactor(1, 2, 7, 8), cofactor(1, 2, 4, 5), -cofactor(3, 5, 6, 8),
            cofactor(0, 2, 6, 8), -cofactor(0, 2, 3, 5), cofactor(3, 4, 6, 7), -cofactor(0, 1, 6, 7),
            cofactor(0, 1, 3, 4),
        ]
        let determinant = h[0] * adjugate[0] + h[1] * adjugate[3] + h[2] * adjugate[6]
        return Homography(normalizing: adjugate.map { $0 / determinant })
    }
}
