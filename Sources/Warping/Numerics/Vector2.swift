/// A point or direction in the plane.
package struct Vector2<Scalar: BinaryFloatingPoint> {
    package var x: Scalar
    package var y: Scalar

    package init(x: Scalar, y: Scalar) { (self.x, self.y) = (x, y) }

    package static var zero: Vector2 { Vector2(x: 0, y: 0) }

    package static func + (a: Vector2, b: Vector2) -> Vector2 { Vector2(x: a.x + b.x, y: a.y + b.y) }
    package static func - (a: Vector2, b: Vector2) -> Vector2 { Vector2(x: a.x - b.x, y: a.y - b.y) }
    package static func * (factor: Scalar, a: Vector2) -> Vector2 { Vector2(x: factor * a.x, y: factor * a.y) }

    /// The inner product.
    package func dot(_ other: Vector2) -> Scalar { x * other.x + y * other.y }

    /// The signed area of the parallelogram, positive from x towards y.
    package func cross(_ other: Vector2) -> Scalar { x * other.y - y * other.x }
}
