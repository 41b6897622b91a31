import Tensors

/// The kinds of background texture.
package enum GlyphTexture: Int, Sendable, CaseIterable {
    /// One colour fades into another across the frame.
    case gradient
    /// Smooth random blotches of two sizes.
    case noise
    /// Soft parallel stripes.
    case stripes
}

/// What lies behind the glyph: two colours blended by a texture, with fine grain on top.
///
/// - Invariant: each pixel's luma lies within `recipe.texture` of `luma`, which is what the ink's contrast
///   rests on.
package struct GlyphBackground: Sendable {
    /// The centre of the background's luma.
    package let luma: Float
    package let texture: GlyphTexture
    let colors: (SIMD4<Float>, SIMD4<Float>)
    /// Along which the texture changes: the gradient over the frame, or stripes for each pixel.
    let direction: SIMD2<Float>
    let phase: Float
    /// Values at the corners of the noise cells, `latticeSize` to a row.
    let lattice: [Float]
    /// Grain of each pixel, in units of luma.
    let grain: [Float]

    private static let latticeSize = 9
    /// Pixels of a noise cell.
    private static let cell: Float = 4
    /// The share of the allowed luma range that goes to grain.
    private static let grainShare: Float = 0.3

    /// Draws a background for a frame of `size` × `size` pixels.
    init(recipe: GlyphRecipe, size: Int, generator: inout RandomStreamGenerator) {
        // Away from black, and white too unless ink must be lighter, so that texture and ink both have room.
        luma = generator.uniform(0.2, recipe.darkInk ? 0.8 : 0.95 - recipe.contrast - recipe.texture)
        texture = GlyphTexture.allCases[generator.integer(below: GlyphTexture.allCases.count)]
        // At least half the allowed range, so that no background is plain.
        let depth = recipe.texture * (1 - Self.grainShare) * generator.uniform(0.5, 1)
        let dark = GlyphColor.random(luma: luma - depth, generator: &generator)
        colors = (dark, GlyphColor.random(luma: luma + depth, generator: &generator))
        let heading = GlyphTrigonometry.direction(turns: generator.uniform())
        phase = generator.uniform()
        // Stripes repeat every 5 to 12 pixels, about the size of the gaps inside glyphs.
        let period = generator.uniform(5, 12)
        direction = texture == .gradient ? heading / (1.4 * Float(size)) : heading / period
        let corners = texture == .noise ? Self.latticeSize * Self.latticeSize : 0
        lattice = (0..<corners).map { _ in generator.uniform() }
        grain = Self.grain(
            count: size * size, amplitude: recipe.texture * Self.grainShare, generator: &generator)
    }

    /// Random values in ±`amplitude`; four of 8 bits from each random word, which is plenty for noise.
    private static func grain(
        count: Int, amplitude: Float, generator: inout RandomStreamGenerator
    ) -> [Float] {
        [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
            var word: UInt32 = 0
            for index in 0..<count {
                if index % 4 == 0 { word = generator.nextWord() }
                buffer[index] = (Float(word & 255) / 127.5 - 1) * amplitude
                word >>= 8
            }
            initialized = count
        }
    }

    /// Fills `pixels`, `size` to a row, with colours in [0, 1] (up to rounding, before grain is clamped).
    func paint(into pixels: inout [SIMD4<Float>], size: Int) {
        let span = colors.1 - colors.0
        let center = Float(size) / 2
        for row in 0..<size {
            for column in 0..<size {
                let position = SIMD2(Float(column) + 0.5, Float(row) + 0.5)
                let blend: Float
                switch texture {
                case .gradient: blend = direction.dot(position - center) + 0.5
                case .stripes:
                    blend = GlyphTrigonometry.sine(turns: direction.dot(position) + phase) * 0.5 + 0.5
                case .noise: blend = noise(at: position)
                }
                let shade = grain[row * size + column]
                let color = colors.0 + span * min(max(blend, 0), 1) + SIMD4(shade, shade, shade, 0)
                pixels[row * size + column] = color.clampedToUnit
            }
        }
    }

    /// Two octaves of value noise.
    private func noise(at position: SIMD2<Float>) -> Float {
        // The mean of uniform corners huddles around a half; stretching it restores the range.
        let sum = 0.65 * octave(position / (2 * Self.cell)) + 0.35 * octave(position / Self.cell)
        return (sum - 0.5) * 1.6 + 0.5
    }

    private func octave(_ position: SIMD2<Float>) -> Float {
        let column = min(Int(position.x), Self.latticeSize - 2)
        let row = min(Int(position.y), Self.latticeSize - 2)
        var part = position - SIMD2(Float(column), Float(row))
        // Smoothstep hides the cell borders.
        part = part * part * (3 - 2 * part)
        let corner = row * Self.latticeSize + column
        let top = lattice[corner] + (lattice[corner + 1] - lattice[corner]) * part.x
        let below = corner + Self.latticeSize
        let bottom = lattice[below] + (lattice[below + 1] - lattice[below]) * part.x
        return top + (bottom - top) * part.y
    }
}
