import SpatialTransformers

/// One warp of a picture: a family and a θ.
public struct WarpStep: Sendable {
    /// The family with its options.
    public let transformation: any Transformation
    /// As many numbers as the family takes.
    public let theta: [Float]

    init(_ transformation: any Transformation, theta: [Double]) {
        precondition(theta.count == transformation.parameterCount, "\(theta.count) numbers for \(transformation.name)")
        // Adding zero drops the sign of −0, which says nothing to who reads the numbers.
        (self.transformation, self.theta) = (transformation, theta.map { Float($0) + 0 })
    }

    /// The warp that undoes this one.
    ///
    /// - Throws: ``WarpError/hasNoInverse(family:)``, ``WarpError/cannotBeUndone(family:)``.
    func inverse(in frame: SamplingFrame) throws(WarpError) -> WarpStep {
        guard let family = transformation as? any InvertibleTransformation else {
            throw .hasNoInverse(family: transformation.name)
        }
        // In Double, so that numbers that were round come back round.
        guard let theta = family.inverse(of: theta.map { Double($0) }, frame: frame) else {
            throw .cannotBeUndone(family: transformation.name)
        }
        return WarpStep(transformation, theta: theta)
    }

    /// Name and numbers, and what they do in words: two lines.
    ///
    /// The numbers can be given to `--theta`.
    var lines: [String] {
        let numbers = theta.map { "\($0)" }.joined(separator: ",")
        return [
            "--transform \(transformation.name) --theta \(numbers)",
            "reads: \(transformation.meaning(of: theta)); the picture does the opposite",
        ]
    }
}
