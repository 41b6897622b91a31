import Datasets
import Testing

@Suite("Glyph shapes")
struct GlyphShapesTests {
    /// Points along the strokes, 0.05 apart or closer.
    private static func outline(_ shape: GlyphShapes.Shape) -> [SIMD2<Float>] {
        shape.strokes.flatMap { stroke in
            zip(stroke, stroke.dropFirst()).flatMap { from, to in
                (0...8).map { from + (to - from) * (Float($0) / 8) }
            }
        }
    }

    private static func strokeLength(_ shape: GlyphShapes.Shape) -> Float {
        shape.strokes.reduce(0) { sum, stroke in
            zip(stroke, stroke.dropFirst()).reduce(sum) { sum, line in
                sum + ((line.1 - line.0) * (line.1 - line.0)).sum().squareRoot()
            }
        }
    }

    /// The larger of the mean distances from the points of one list to the nearest of the other.
    private static func distance(_ first: [SIMD2<Float>], _ second: [SIMD2<Float>]) -> Float {
        func oneWay(_ from: [SIMD2<Float>], _ to: [SIMD2<Float>]) -> Float {
            from.reduce(0) { sum, point in
                let nearest = to.reduce(Float.greatestFiniteMagnitude) {
                    min($0, (($1 - point) * ($1 - point)).sum())
                }
                return sum + nearest.squareRoot()
            } / Float(from.count)
        }
        return max(oneWay(first, second), oneWay(second, first))
    }

    @Test("no glyph is a rotated copy of another")
    func distinct() {
        let outlines = GlyphShapes.all.map(Self.outline)
        for first in outlines.indices {
            for second in outlines.indices where second > first {
                let least = (0..<24).map { step in
                    // Fifteen degrees at a time: (cos, sin) by repeated multiplication.
                    var turn = SIMD2<Float>(1, 0)
                    for _ in 0..<step {
                        turn = SIMD2(
                            turn.x * 0.965_925_8 - turn.y * 0.258_819,
                            turn.x * 0.258_819 + turn.y * 0.965_925_8)
                    }
                    let turned = outlines[second].map {
                        SIMD2($0.x * turn.x - $0.y * turn.y, $0.x * turn.y + $0.y * turn.x)
                    }
                    return Self.distance(outlines[first], turned)
                }.min()
                let names = "\(GlyphShapes.all[first].name) and \(GlyphShapes.all[second].name)"
                #expect((least ?? 0) > 0.1, "\(names)")
            }
        }
    }

    @Test("glyphs fit the unit circle and need about as much ink")
    func sizes() {
        for shape in GlyphShapes.all {
            #expect(Self.outline(shape).allSatisfy { ($0 * $0).sum() <= 1.17 }, "\(shape.name)")
        }
        let lengths = GlyphShapes.all.map(Self.strokeLength)
        #expect((lengths.max() ?? 9) < 2 * (lengths.min() ?? 0), "\(lengths)")
    }
}
