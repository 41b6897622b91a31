import Tensors

/// What bends a glyph besides rotation, scale, stretch, shear and shift, which every glyph undergoes.
package enum GlyphWarpFamily: Int, Sendable, CaseIterable {
    /// Nothing else: parallel lines stay parallel.
    case affine
    /// Straight lines stay straight, but one side looks nearer.
    case perspective
    /// Two slow waves bend straight lines.
    case elastic
}

/// A map from a glyph's own coordinates (unit circle, y down) to pixels around its centre.
package struct GlyphWarp: Sendable {
    package let family: GlyphWarpFamily
    /// Columns of the affine part: where the glyph's x and y axes go, in pixels.
    package let xAxis: SIMD2<Float>
    package let yAxis: SIMD2<Float>
    /// The gradient of the perspective divisor.
    let tilt: SIMD2<Float>
    /// Direction and size of each elastic wave, in glyph radii.
    let amplitudes: [SIMD2<Float>]
    /// Waves for each glyph radius along x and y, and where each starts, in turns.
    let waves: [(frequency: SIMD2<Float>, phase: Float)]

    /// Draws a warp of random family and strength.
    init(recipe: GlyphRecipe, radius: Float, generator: inout RandomStreamGenerator) {
        family = GlyphWarpFamily.allCases[generator.integer(below: GlyphWarpFamily.allCases.count)]
        let rotation = GlyphTrigonometry.direction(
            turns: generator.uniform(-recipe.rotation, recipe.rotation))
        // Stretching by √s and 1/√s keeps the area, so that size stays what `radius` says.
        let stretch = (1 + generator.uniform(0, recipe.stretch)).squareRoot()
        let long = generator.integer(below: 2) == 0 ? stretch : 1 / stretch
        let shear = generator.uniform(-recipe.shear, recipe.shear)
        xAxis = SIMD2(long, 0).rotated(by: rotation) * radius
        yAxis = SIMD2(shear, 1 / long).rotated(by: rotation) * radius

        // At least half strength, so that a family shows.
        let strength = generator.uniform(0.5, 1)
        let angle = generator.uniform()
        tilt =
            family == .perspective
            ? GlyphTrigonometry.direction(turns: angle) * (strength * recipe.perspective) : .zero
        var amplitudes: [SIMD2<Float>] = []
        var waves: [(frequency: SIMD2<Float>, phase: Float)] = []
        if family == .elastic {
            for quarter: Float in [0, 0.25] {
                amplitudes.append(
                    GlyphTrigonometry.direction(turns: angle + quarter) * (strength * recipe.elastic))
                // A wave displaces across its own direction or along it alike; 0.35 ... 0.6 waves a radius
                // stays below the 1 / (2π · amplitude) at which the map would fold.
                let frequency =
                    GlyphTrigonometry.direction(turns: generator.uniform()) * generator.uniform(0.35, 0.6)
                waves.append((frequency, generator.uniform()))
            }
        }
        self.amplitudes = amplitudes
        self.waves = waves
    }

    /// Where the glyph's point goes, in pixels from the glyph's centre.
    func callAsFunction(_ point: SIMD2<Float>) -> SIMD2<Float> {
        var bent = point
        for (amplitude, wave) in zip(amplitudes, waves) {
            bent += amplitude * GlyphTrigonometry.sine(turns: wave.frequency.dot(point) + wave.phase)
        }
        let divisor = 1 + tilt.dot(bent)
        return (xAxis * bent.x + yAxis * bent.y) / divisor
    }
}
