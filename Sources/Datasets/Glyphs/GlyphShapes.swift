/// The ten glyphs as pen strokes: lists of points joined by straight lines, within the unit circle, y down.
///
/// The shapes are our own. They were chosen so that no glyph is a rotated, sheared or stretched copy of
/// another, and so that ink alone does not tell them apart (their stroke lengths lie within a factor of two).
package enum GlyphShapes {
    /// A glyph: the name of its class and its strokes.
    package struct Shape: Sendable {
        package let name: String
        package let strokes: [[SIMD2<Float>]]
    }

    /// The glyphs by label.
    package static let all: [Shape] = [
        Shape(
            name: "arrow",
            strokes: [[[0, 0.95], [0, -0.95]], [[-0.62, -0.2], [0, -0.95], [0.62, -0.2]]]),
        Shape(
            name: "comb",
            strokes: [
                [[0.6, -0.75], [-0.6, -0.75], [-0.6, 0.75], [0.6, 0.75]], [[-0.6, 0], [0.6, 0]],
            ]),
        Shape(name: "cross", strokes: [[[0, -0.95], [0, 0.95]], [[-0.95, 0], [0.95, 0]]]),
        Shape(name: "heart", strokes: [heart]),
        Shape(
            name: "hourglass",
            strokes: [[[-0.6, -0.8], [0.6, -0.8], [-0.6, 0.8], [0.6, 0.8], [-0.6, -0.8]]]),
        Shape(
            name: "key",
            strokes: [
                arc(center: [0, -0.52], radius: 0.42, from: 0, to: 1, steps: 12),
                [[0, -0.1], [0, 0.95], [0.5, 0.95]],
                [[0, 0.5], [0.4, 0.5]],
            ]),
        Shape(name: "ring", strokes: [arc(center: .zero, radius: 0.8, from: 0, to: 1, steps: 20)]),
        Shape(name: "spiral", strokes: [spiral]),
        Shape(name: "triangle", strokes: [[[0, -0.9], [0.82, 0.6], [-0.82, 0.6], [0, -0.9]]]),
        Shape(
            name: "zigzag",
            strokes: [[[-0.55, -0.85], [0.55, -0.45], [-0.55, 0], [0.55, 0.45], [-0.55, 0.85]]]),
    ].map { Shape(name: $0.name, strokes: $0.strokes.map(subdivided)) }

    /// Two lobes meeting in a notch, drawn to a point below.
    private static var heart: [SIMD2<Float>] {
        let right = arc(center: [0.42, -0.35], radius: 0.42, from: 0.5, to: 1.08, steps: 8)
        let left = right.reversed().map { SIMD2(-$0.x, $0.y) }
        return right + [[0, 0.85]] + left
    }

    /// One and three quarter turns outwards.
    private static var spiral: [SIMD2<Float>] {
        let steps = 24
        return (0...steps).map { step in
            let part = Float(step) / Float(steps)
            return GlyphTrigonometry.direction(turns: 1.75 * part) * (0.1 + 0.8 * part)
        }
    }

    /// Points on a circle; angles are in turns from the x axis towards y.
    private static func arc(
        center: SIMD2<Float>, radius: Float, from start: Float, to end: Float, steps: Int
    ) -> [SIMD2<Float>] {
        (0...steps).map { step in
            let turns = start + (end - start) * Float(step) / Float(steps)
            return center + GlyphTrigonometry.direction(turns: turns) * radius
        }
    }

    /// The stroke with points added until no line is longer than 0.4, short enough for warps to bend it.
    private static func subdivided(_ stroke: [SIMD2<Float>]) -> [SIMD2<Float>] {
        var points = Array(stroke.prefix(1))
        for (from, to) in zip(stroke, stroke.dropFirst()) {
            let parts = Int((to - from).length / 0.4) + 1
            for part in 1...parts { points.append(from + (to - from) * (Float(part) / Float(parts))) }
        }
        return points
    }
}
