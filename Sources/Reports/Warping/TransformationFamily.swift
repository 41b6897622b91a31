import SpatialTransformers

/// A family of transformations as `stn warp` knows it.
public struct TransformationFamily: Sendable {
    /// The library's name of it.
    public let name: String
    /// How many numbers θ has.
    public let count: String
    /// What it does, on one line.
    public let summary: String
    /// A warp that shows it.
    let example: WarpStep
    /// The family with θ of that many numbers; nil where it has none.
    let member: @Sendable (Int) -> (any Transformation)?

    /// A family whose θ is always as long.
    private init(_ only: any Transformation, _ summary: String, example: [Double]) {
        (name, count) = (only.name, "\(only.parameterCount)")
        self.summary = summary
        self.example = WarpStep(only, theta: example)
        member = { $0 == only.parameterCount ? only : nil }
    }

    /// A family of which there are several.
    private init(
        count: String, _ summary: String, example: WarpStep,
        member: @escaping @Sendable (Int) -> (any Transformation)?
    ) {
        (name, self.count, self.summary) = (example.transformation.name, count, summary)
        (self.example, self.member) = (example, member)
    }

    /// All families of images, from the simplest to the most general.
    public static let all: [TransformationFamily] = [
        TransformationFamily(Translation(), "shift", example: [0.3, -0.2]),
        TransformationFamily(Rotation(), "turn about the centre, in radians", example: [-0.5]),
        TransformationFamily(
            count: "3 or 4", "look at a window: one scale or two, and its centre",
            example: WarpStep(Attention(), theta: [0.5, -0.2, 0.1])
        ) { [3: Attention(), 4: Attention(.perAxis)][$0] },
        TransformationFamily(Similarity(), "turn, zoom and shift", example: [-0.5, 1.3, 0.1, 0]),
        TransformationFamily(
            AffineTransform(), "turn, stretch, shear and shift: a 2×3 matrix", example: [1.1, 0.5, 0, -0.2, 1.2, 0.1]),
        TransformationFamily(
            Projective(), "and tilt in perspective: a 3×3 matrix that ends in 1",
            example: [1, 0.1, 0, 0, 1.2, 0, 0.35, -0.25]),
        TransformationFamily(
            count: "2·K²", "bend smoothly by K×K control points, K from 2 to 16",
            example: WarpDistortion.bend.step(amount: 0.12, seed: 1), member: spline),
        TransformationFamily(
            count: "10 to 290", "flow without ever folding, on 1×1 to 8×8 cells: 10, 26, 50, 82, …",
            example: WarpDistortion.flow.step(amount: 0.3, seed: 2), member: flow),
        TransformationFamily(
            count: "2·K²", "a displacement for each of K×K points, K up to 64",
            example: WarpDistortion.noise.step(amount: 0.05, seed: 1), member: field),
    ]

    /// The family of a name with θ of `count` numbers.
    ///
    /// - Throws: ``WarpError/unknownFamily(_:known:)``, ``WarpError/wrongCount(family:given:needs:)``.
    static func member(named name: String, count: Int) throws(WarpError) -> any Transformation {
        guard let family = all.first(where: { $0.name == name }) else {
            throw .unknownFamily(name, known: all.map(\.name))
        }
        guard let member = family.member(count) else {
            throw .wrongCount(family: name, given: count, needs: family.count)
        }
        return member
    }

    /// What `stn warp --list` prints, a line for each family.
    public static var lines: [String] {
        let rows = all.map { (name: $0.name, count: $0.count, summary: $0.summary) } + [ofVolumes]
        let (name, count) = (rows.map(\.name.count).max() ?? 0, rows.map(\.count.count).max() ?? 0)
        return rows.map { family in
            let columns = [(family.name, name), (family.count, count)].map {
                $0.0 + String(repeating: " ", count: $0.1 - $0.0.count)
            }
            return (columns + [family.summary]).joined(separator: "  ")
        }
    }

    private static let spline: @Sendable (Int) -> (any Transformation)? = { count in
        ThinPlateSpline.controlPointLimits.first { 2 * $0 * $0 == count }.map { ThinPlateSpline(controlPoints: $0) }
    }

    private static let flow: @Sendable (Int) -> (any Transformation)? = { count in
        ContinuousPiecewiseAffine.cellLimits.lazy.map { ContinuousPiecewiseAffine(cells: $0) }
            .first { $0.parameterCount == count }
    }

    private static let field: @Sendable (Int) -> (any Transformation)? = { count in
        (1...64).first { 2 * $0 * $0 == count }.map { DisplacementField(height: $0, width: $0) }
    }
}
