import Tensors

/// Lines of one pen: drawn as a whole, so that crossings are no darker than the rest.
package struct GlyphFigure: Sendable {
    /// Connected runs of points, in pixels of the frame.
    package var strokes: [[SIMD2<Float>]]
    /// Half the width of the pen.
    package var halfWidth: Float
    /// Red, green, blue in [0, 1]; the fourth lane is unused.
    package var color: SIMD4<Float>
}

/// Everything random about one glyph image, drawn but not yet painted.
package struct GlyphScene: Sendable {
    /// The class: an index into ``GlyphShapes/all``.
    package let label: Int
    package let background: GlyphBackground
    package let warp: GlyphWarp
    package var glyph: GlyphFigure
    /// Fragments of other glyphs, painted before the glyph.
    package var fragments: [GlyphFigure]

    /// Draws a scene; the order of the draws is part of the data set's definition.
    package init(label: Int, recipe: GlyphRecipe, size: Int, generator: inout RandomStreamGenerator) {
        self.label = label
        background = GlyphBackground(recipe: recipe, size: size, generator: &generator)
        let color = Self.ink(on: background, recipe: recipe, generator: &generator)
        let radius = generator.uniform(recipe.radius.lowerBound, recipe.radius.upperBound)
        let warp = GlyphWarp(recipe: recipe, radius: radius, generator: &generator)
        self.warp = warp
        let width = generator.uniform(recipe.strokeWidth.lowerBound, recipe.strokeWidth.upperBound)
        let strokes = Self.placed(
            GlyphShapes.all[label].strokes.map { $0.map { warp($0) } }, margin: width / 2 + 0.5, size: size,
            generator: &generator)
        glyph = GlyphFigure(strokes: strokes, halfWidth: width / 2, color: color)
        fragments = Self.fragments(
            around: glyph, of: radius, background: background, recipe: recipe, size: size,
            generator: &generator)
    }

    /// A colour whose luma differs from every background pixel's by at least the recipe's contrast.
    private static func ink(
        on background: GlyphBackground, recipe: GlyphRecipe, generator: inout RandomStreamGenerator
    ) -> SIMD4<Float> {
        let distance = recipe.contrast + recipe.texture
        let darkRoom = recipe.darkInk ? max(0, background.luma - distance) : 0
        let lightRoom = max(0, 1 - background.luma - distance)
        // One number over both stretches of allowed luma; backgrounds leave room in one of them.
        let place = generator.uniform(0, darkRoom + lightRoom)
        let luma = place < darkRoom ? place : 1 - (place - darkRoom)
        return GlyphColor.random(luma: luma, generator: &generator)
    }

    /// The strokes shifted to a random place at which they lie inside the frame, `margin` away from its edge.
    private static func placed(
        _ strokes: [[SIMD2<Float>]], margin: Float, size: Int, generator: inout RandomStreamGenerator
    ) -> [[SIMD2<Float>]] {
        var low = SIMD2<Float>(repeating: .greatestFiniteMagnitude)
        var high = -low
        for point in strokes.joined() {
            low = pointwiseMin(low, point)
            high = pointwiseMax(high, point)
        }
        // The largest glyphs at their strongest warp would not fit; those few are shrunk.
        let room = Float(size) - 2 * margin
        let extent = high - low
        let scale = min(1, room / max(extent.x, extent.y))
        let slack = SIMD2(repeating: room) - extent * scale
        let corner = SIMD2(repeating: margin) + slack * SIMD2(generator.uniform(), generator.uniform())
        return strokes.map { $0.map { ($0 - low) * scale + corner } }
    }

    private static func fragments(
        around glyph: GlyphFigure, of radius: Float, background: GlyphBackground, recipe: GlyphRecipe,
        size: Int, generator: inout RandomStreamGenerator
    ) -> [GlyphFigure] {
        let count = recipe.fragments.lowerBound + generator.integer(below: recipe.fragments.count)
        return (0..<count).compactMap { _ in
            // Mostly the glyph's own ink, so that colour does not single the glyph out.
            let color =
                generator.uniform() < 0.6
                ? glyph.color : ink(on: background, recipe: recipe, generator: &generator)
            let shape = fragment(radius: radius, recipe: recipe, generator: &generator)
            // A few tries at a free place; a fragment that finds none is left out.
            for _ in 0..<6 {
                let center = SIMD2(generator.uniform(0, Float(size)), generator.uniform(0, Float(size)))
                let stroke = shape.map { $0 + center }
                if isClear(stroke, of: glyph, by: recipe.gap) {
                    return GlyphFigure(strokes: [stroke], halfWidth: glyph.halfWidth, color: color)
                }
            }
            return nil
        }
    }

    /// A run of points from a random glyph's stroke, turned at random, centred on the origin, in pixels.
    private static func fragment(
        radius: Float, recipe: GlyphRecipe, generator: inout RandomStreamGenerator
    ) -> [SIMD2<Float>] {
        let strokes = GlyphShapes.all[generator.integer(below: GlyphShapes.all.count)].strokes
        let stroke = strokes[generator.integer(below: strokes.count)]
        let wanted = generator.uniform(recipe.fragmentLength.lowerBound, recipe.fragmentLength.upperBound)
        let rotation = GlyphTrigonometry.direction(turns: generator.uniform())
        let start = generator.integer(below: stroke.count - 1)
        var points = [stroke[start]]
        var length: Float = 0
        for point in stroke.dropFirst(start + 1) where length < wanted {
            let step = point - points[points.count - 1]
            let rest = min(1, (wanted - length) / step.length)
            points.append(points[points.count - 1] + step * rest)
            length += step.length
        }
        let center = (points[0] + points[points.count - 1]) / 2
        return points.map { ($0 - center).rotated(by: rotation) * radius }
    }

    /// Whether no point of `stroke` comes closer than `gap` to a point of the glyph.
    private static func isClear(_ stroke: [SIMD2<Float>], of glyph: GlyphFigure, by gap: Float) -> Bool {
        for points in glyph.strokes {
            for other in points {
                for point in stroke where (point - other).dot(point - other) < gap * gap { return false }
            }
        }
        return true
    }
}
