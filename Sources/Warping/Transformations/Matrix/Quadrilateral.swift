/// Four corners, clockwise as one sees them: top left, top right, bottom right, bottom left.
package struct Quadrilateral<Scalar: BinaryFloatingPoint> {
    package let corners: [Vector2<Scalar>]

    /// - Precondition: there are four corners.
    package init(_ corners: [Vector2<Scalar>]) {
        precondition(corners.count == 4, "\(corners.count) corners of a quadrilateral")
        self.corners = corners
    }

    /// The least of the four corners' parallelograms, by area: positive where the quadrilateral is convex and not mirrored.
    package var leastParallelogram: Scalar {
        (0..<4).map { corner in
            let (from, at, to) = (corners[(corner + 3) % 4], corners[corner], corners[(corner + 1) % 4])
            return (at - from).cross(to - at)
        }.min() ?? 0
    }

    /// The θ of ``Projective`` that reads these corners in the corners (∓1, ∓1) of the output; nil unless the
    /// quadrilateral is convex and not mirrored, for else its plane shows its back or its horizon.
    ///
    /// - Source: Heckbert 1989, “Fundamentals of texture mapping and image warping”, section 2.2.3, from the unit square
    ///   moved to [−1, 1]².
    package var homography: [Scalar]? {
        guard leastParallelogram > 0 else { return nil }
        let (p, q, r, s) = (corners[0], corners[1], corners[2], corners[3])
        let (right, down, sum) = (q - r, s - r, p - q + r - s)
        let determinant = right.cross(down)
        let (g, h) = (sum.cross(down) / determinant, right.cross(sum) / determinant)
        let u = Scalar(0.5) * (q - p + g * q)
        let v = Scalar(0.5) * (s - p + h * s)
        let center = p + u + v
        // The mean of what the corners are divided by, which is positive in a convex quadrilateral.
        let last = 1 + g / 2 + h / 2
        let theta = [u.x, v.x, center.x, u.y, v.y, center.y, g / 2, h / 2].map { $0 / last }
        return theta.allSatisfy(\.isFinite) ? theta : nil
    }
}
