import SpatialTransformers

/// How a picture moves: scaled, then sheared, rotated, tilted in perspective and shifted, about its middle.
///
/// It is said of what one *sees*, in pixels, so that angles are kept on pictures that are not square. θ says where to *read*
/// and is the inverse: with the linear part A = rotation · shear · scale in pixels, D half the extents, p the tilt and t the
/// shift in normalised coordinates, an output position n reads at
///
///     D⁻¹ A⁻¹ D (n − t) / (1 − p·(n − t))
struct WarpMotion {
    /// Factors of width and height; negative ones mirror.
    var scale = (x: 1.0, y: 1.0)
    /// How far the top moves to the right for each unit of height.
    var shear = 0.0
    /// Counterclockwise as one sees it.
    var degrees = 0.0
    /// How much the right side and the bottom recede.
    var tilt = (x: 0.0, y: 0.0)
    /// To the right and down, in widths and heights of the picture.
    var shift = (x: 0.0, y: 0.0)

    /// The family and θ that move a picture of this frame: similarity, which says angles in pixels, or affine where there is
    /// a shear, a mirror or two scales, or projective where there is a tilt.
    func step(in frame: SamplingFrame) throws(WarpError) -> WarpStep {
        let m = reading(in: frame)
        let t = (
            x: shift.x * Self.span(frame.inputWidth, in: frame), y: shift.y * Self.span(frame.inputHeight, in: frame)
        )
        let affine = [
            m[0], m[1], 0 - (m[0] * t.x + m[1] * t.y), m[2], m[3], 0 - (m[2] * t.x + m[3] * t.y),
        ]
        if tilt == (0, 0) {
            guard scale.x == scale.y, scale.x > 0, shear == 0 else { return WarpStep(AffineTransform(), theta: affine) }
            let angle = degrees.truncatingRemainder(dividingBy: 360) * .pi / 180
            return WarpStep(Similarity(), theta: [angle, 1 / scale.x, affine[2], affine[5]])
        }
        let middle = 1 + tilt.x * t.x + tilt.y * t.y
        guard middle > Projective.horizon else { throw .behindHorizon }
        return WarpStep(Projective(), theta: (affine + [-tilt.x, -tilt.y]).map { $0 / middle })
    }

    /// D⁻¹ A⁻¹ D, row by row.
    private func reading(in frame: SamplingFrame) -> [Double] {
        let turn = Direction(degrees)
        let aspect: Double = frame.aspect()
        // Rotation back, shear back, scale back; y is down.
        let sheared = [
            turn.cosine + shear * turn.sine, -turn.sine + shear * turn.cosine, turn.sine, turn.cosine,
        ]
        return [
            sheared[0] / scale.x, sheared[1] / scale.x / aspect, aspect * sheared[2] / scale.y, sheared[3] / scale.y,
        ]
    }

    /// An extent in normalised coordinates: 2 over the outer edges, a little more between the centres of border pixels.
    private static func span(_ extent: Int, in frame: SamplingFrame) -> Double {
        let span: Double = frame.corners.span(of: extent)
        return span > 0 ? 2 * Double(extent) / span : 2
    }
}
