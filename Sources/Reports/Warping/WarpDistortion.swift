import SpatialTransformers

/// A smooth distortion drawn by chance: the same for the same seed.
enum WarpDistortion: UInt16, CaseIterable {
    /// A thin-plate spline whose 4 × 4 control points are displaced.
    case bend
    /// A flow that never folds, on 3 × 3 cells.
    case flow
    /// A displacement field on 16 × 16 points.
    case noise

    /// The option that asks for it.
    var option: String { "--\(self)" }

    /// The family and a θ whose largest displacement (for a flow, velocity) is `amount`, in widths and heights of the
    /// picture.
    func step(amount: Double, seed: UInt64) -> WarpStep {
        switch self {
        case .bend: drawn(ThinPlateSpline(), amount, seed) { $0 }
        case .flow:
            drawn(ContinuousPiecewiseAffine(), amount, seed) { theta in
                ContinuousPiecewiseAffine().velocities(theta: Tensor([1, theta.count], theta)).values
            }
        case .noise: drawn(DisplacementField(height: 16, width: 16), amount, seed) { $0 }
        }
    }

    /// Uniform numbers, scaled so that the longest of the vectors that depend on them linearly has the length asked for.
    private func drawn(
        _ family: some Transformation, _ amount: Double, _ seed: UInt64, vectors: ([Double]) -> [Double]
    ) -> WarpStep {
        var generator = RandomStream(seed: seed, purpose: .warps, index: rawValue).generator
        let raw = (0..<family.parameterCount).map { _ in Double(generator.uniform(-1, 1)) }
        let moved = vectors(raw)
        let lengths: [Double] = stride(from: 0, to: moved.count - 1, by: 2).map { index in
            let (x, y) = (moved[index], moved[index + 1])
            return (x * x + y * y).squareRoot()
        }
        // Normalised coordinates span 2.
        let factor = 2 * amount / max(lengths.max() ?? 0, .leastNormalMagnitude)
        return WarpStep(family, theta: raw.map { $0 * factor })
    }
}
