/// A continuous piecewise-affine velocity at every point of the plane, and where it carries points in unit time.
///
/// Integrated by the classical Runge–Kutta method of fourth order in equal steps. The derivative is that of the method
/// itself, stage by stage, so that gradients are exact for what is computed.
package struct VelocityField<Scalar: BinaryFloatingPoint> {
    package let tessellation: Tessellation
    /// The velocity at each vertex.
    package let vertices: [Vector2<Scalar>]
    /// Steps of the method.
    package let steps: Int

    package init(tessellation: Tessellation, vertices: [Vector2<Scalar>], steps: Int) {
        (self.tessellation, self.vertices, self.steps) = (tessellation, vertices, steps)
    }

    /// The velocity at a point.
    @inline(__always)
    package func velocity(at point: Vector2<Scalar>) -> Vector2<Scalar> {
        let (a, b, c) = tessellation.shares(at: point)
        return a.weight * vertices[a.vertex] + b.weight * vertices[b.vertex] + c.weight * vertices[c.vertex]
    }

    /// Where a point is after unit time.
    @inline(__always)
    package func flow(from start: Vector2<Scalar>) -> Vector2<Scalar> {
        var point = start
        for _ in 0..<steps { point = point + advance(point).change }
        return point
    }

    /// The change of a step, and the velocities of its four stages.
    @inline(__always)
    private func advance(_ point: Vector2<Scalar>) -> (
        change: Vector2<Scalar>, k1: Vector2<Scalar>, k2: Vector2<Scalar>, k3: Vector2<Scalar>
    ) {
        let h = 1 / Scalar(steps)
        let k1 = velocity(at: point)
        let k2 = velocity(at: point + (h / 2) * k1)
        let k3 = velocity(at: point + (h / 2) * k2)
        let k4 = velocity(at: point + h * k3)
        return ((h / 6) * (k1 + 2 * (k2 + k3) + k4), k1, k2, k3)
    }

    /// Adds the gradient for the vertices' velocities of a gradient `cotangent` for ``flow(from:)``.
    ///
    /// Goes through the steps backwards; the points between them are kept in `path`, which the caller lends.
    @inline(__always)
    package func addGradient(
        from start: Vector2<Scalar>, cotangent: Vector2<Scalar>, path: inout [Vector2<Scalar>],
        to dVertices: inout [Vector2<Scalar>]
    ) {
        path.removeAll(keepingCapacity: true)
        var point = start
        for _ in 0..<steps {
            path.append(point)
            point = point + advance(point).change
        }
        let h = 1 / Scalar(steps)
        var d = cotangent
        for point in path.reversed() {
            let (_, k1, k2, k3) = advance(point)
            let s4 = pull(point + h * k3, (h / 6) * d, &dVertices)
            let s3 = pull(point + (h / 2) * k2, (h / 3) * d + h * s4, &dVertices)
            let s2 = pull(point + (h / 2) * k1, (h / 3) * d + (h / 2) * s3, &dVertices)
            let s1 = pull(point, (h / 6) * d + (h / 2) * s2, &dVertices)
            d = d + s1 + s2 + s3 + s4
        }
    }

    /// The gradient for a point of a gradient for the velocity there; adds the vertices' part.
    @inline(__always)
    private func pull(
        _ point: Vector2<Scalar>, _ dVelocity: Vector2<Scalar>, _ dVertices: inout [Vector2<Scalar>]
    ) -> Vector2<Scalar> {
        let (a, b, c) = tessellation.shares(at: point)
        return pull(a, dVelocity, &dVertices) + pull(b, dVelocity, &dVertices) + pull(c, dVelocity, &dVertices)
    }

    @inline(__always)
    private func pull(
        _ share: Tessellation.Share<Scalar>, _ dVelocity: Vector2<Scalar>, _ dVertices: inout [Vector2<Scalar>]
    ) -> Vector2<Scalar> {
        dVertices[share.vertex] = dVertices[share.vertex] + share.weight * dVelocity
        return vertices[share.vertex].dot(dVelocity) * share.slope
    }
}
