import Foundation
import SpatialTransformers

/// How a volume moves: scaled, then tilted about its horizontal and its vertical axis, turned as one sees it and shifted, all
/// about its middle.
///
/// It is said of what one *sees*, the first slice being nearest, in pixels: angles are kept whatever the extents. θ says where to
/// *read* and is the inverse: with the linear part A = turn · tilts · scale in pixels, D half the extents and t the shift in
/// normalised coordinates, an output position n reads at D⁻¹ A⁻¹ D (n − t).
struct VolumeMotion {
    /// Factors of width, height and depth; negative ones mirror.
    var scale = (x: 1.0, y: 1.0, z: 1.0)
    /// How far the bottom recedes, and the right side, in degrees.
    var tilt = (x: 0.0, y: 0.0)
    /// Counterclockwise as one sees it, in degrees.
    var degrees = 0.0
    /// To the right, down and away, in widths, heights and depths.
    var shift = (x: 0.0, y: 0.0, z: 0.0)

    /// The 3×4 matrix that moves a volume of these axes.
    func theta(of axes: [VolumeAxis]) -> [Double] {
        let moved = zip(axes, [shift.x, shift.y, shift.z]).map { $0.normalized($1) }
        return zip(axes, reading).flatMap { to, row -> [Double] in
            let linear = zip(axes, row).map { from, entry in entry * from.half / to.half }
            let constant = zip(moved, linear).reduce(0.0) { sum, term in sum + term.0 * term.1 }
            return linear + [0 - constant]
        }
    }

    /// A⁻¹: turned back, tilted back, scaled back; y is down and z away.
    private var reading: [[Double]] {
        let (turn, x, y) = (Direction(degrees), Direction(tilt.x), Direction(tilt.y))
        let unturned = [[turn.cosine, -turn.sine, 0], [turn.sine, turn.cosine, 0], [0, 0, 1]]
        let untiltedY = [[y.cosine, 0, y.sine], [0, 1, 0], [-y.sine, 0, y.cosine]]
        let untiltedX = [[1, 0, 0], [0, x.cosine, x.sine], [0, -x.sine, x.cosine]]
        let turned = Self.product(untiltedX, Self.product(untiltedY, unturned))
        let factors = [scale.x, scale.y, scale.z]
        return zip(turned, factors).map { row, factor -> [Double] in row.map { $0 / factor } }
    }

    private static func product(_ left: [[Double]], _ right: [[Double]]) -> [[Double]] {
        left.map { row -> [Double] in
            (0..<3).map { column -> Double in
                row[0] * right[0][column] + row[1] * right[1][column] + row[2] * right[2][column]
            }
        }
    }
}

/// An axis of a volume: what normalised coordinates along it stand for.
struct VolumeAxis {
    /// Pixels that 1 stands for; 1 where a single pixel has no span, out of which nothing can turn.
    let half: Double
    /// The whole extent in normalised coordinates: 2 between edges, a little more between centres.
    private let whole: Double

    private init(extent: Int, spacing: Double = 1, _ corners: CornerConvention) {
        let span: Double = corners.span(of: extent)
        half = span > 0 ? span / 2 * spacing : 1
        whole = span > 0 ? 2 * Double(extent) / span : 2
    }

    /// The axes x, y and z of a volume whose slices are `spacing` pixels apart.
    static func all(of stack: SliceStack, spacing: Double, _ corners: CornerConvention) -> [VolumeAxis] {
        [
            VolumeAxis(extent: stack.width, corners), VolumeAxis(extent: stack.height, corners),
            VolumeAxis(extent: stack.slices.count, spacing: spacing, corners),
        ]
    }

    /// A share of the whole extent in normalised coordinates.
    func normalized(_ share: Double) -> Double { share * whole }
}
