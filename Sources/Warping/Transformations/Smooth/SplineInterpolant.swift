import Tensors

/// The displacement of one θ as a formula: Σ wᵢ·U(|p − cᵢ|) + a₀ + a₁·x + a₂·y, for both axes, in `Double`.
///
/// It is B·θ summed up in another order: weights first, which takes no memory for positions.
struct SplineInterpolant {
    /// (cᵢ, wᵢ).
    private let terms: [(point: SIMD2<Double>, weight: SIMD2<Double>)]
    /// a₀, a₁, a₂.
    private let plane: (SIMD2<Double>, SIMD2<Double>, SIMD2<Double>)

    /// The interpolant of displacements `theta`, (x, y) for each control point.
    init(_ spline: ThinPlateSpline, theta: [Double]) {
        let (system, points, count) = (spline.system, spline.controlPositions.values, theta.count / 2)
        let weights = (0..<count + 3).map { row in
            (0..<count).reduce(into: SIMD2<Double>.zero) { sum, point in
                sum += system[row, point] * SIMD2(theta[point * 2], theta[point * 2 + 1])
            }
        }
        terms = (0..<count).map { (SIMD2(points[$0 * 2], points[$0 * 2 + 1]), weights[$0]) }
        plane = (weights[count], weights[count + 1], weights[count + 2])
    }

    /// How far from itself the position (x, y) reads.
    func displacement(x: Double, y: Double) -> SIMD2<Double> {
        var sum = plane.0 + x * plane.1 + y * plane.2
        for (point, weight) in terms { sum += ThinPlateSpline.radial(x - point.x, y - point.y) * weight }
        return sum
    }
}

extension ThinPlateSpline {
    /// The grid without the matrix B.
    @_specialize(where Scalar == Float)
    @_specialize(where Scalar == Double)
    func evaluatedGrid<Scalar: BinaryFloatingPoint & Sendable>(
        theta: Tensor<Scalar>, frame: SamplingFrame
    ) -> Tensor<Scalar> {
        var grid: [Scalar] = []
        grid.reserveCapacity(theta.shape[0] * frame.count * 2)
        for image in 0..<theta.shape[0] {
            let interpolant = SplineInterpolant(self, theta: theta.row(image).map { Double($0) })
            frame.forEachPosition { (_, x: Scalar, y: Scalar) in
                let displacement = interpolant.displacement(x: Double(x), y: Double(y))
                grid.append(x + Scalar(displacement.x))
                grid.append(y + Scalar(displacement.y))
            }
        }
        return Tensor([theta.shape[0], frame.outputHeight, frame.outputWidth, 2], grid)
    }
}
