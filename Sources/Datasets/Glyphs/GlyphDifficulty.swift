/// How hard the built-in glyphs are to tell apart.
public enum GlyphDifficulty: String, Sendable, CaseIterable {
    /// Larger glyphs, tilted by at most an eighth of a turn, on quiet backgrounds with little clutter.
    case easy
    /// Glyphs about half as wide as the frame at any angle and anywhere, on textures, among fragments of
    /// other glyphs.
    case normal
    /// Smaller, fainter and more strongly bent glyphs among many fragments that may touch them.
    case hard
}

/// The ranges a glyph image is drawn from.
///
/// Lengths are in pixels unless stated otherwise.
package struct GlyphRecipe: Sendable {
    /// The radius of the circle around the glyph before it is warped.
    package var radius: ClosedRange<Float>
    /// The largest rotation to either side, in turns; a half is every angle.
    package var rotation: Float
    /// The largest ratio by which one axis of the glyph is stretched against the other, minus one.
    package var stretch: Float
    /// The largest shear: horizontal shift for each unit of height.
    package var shear: Float
    /// The largest perspective: the relative change of size from the glyph's centre to its rim.
    package var perspective: Float
    /// The largest elastic displacement, in glyph radii.
    package var elastic: Float
    /// The width of strokes.
    package var strokeWidth: ClosedRange<Float>
    /// The least difference of luma between the glyph's strokes and any background pixel.
    package var contrast: Float
    /// Whether ink may also be darker than the background.
    ///
    /// Otherwise it is lighter: polarity is what a transformer cannot undo, and learning it first takes most
    /// of a short training.
    package var darkInk: Bool
    /// The largest deviation of background luma from its centre, grain included.
    package var texture: Float
    /// The number of fragments of other glyphs strewn around.
    package var fragments: ClosedRange<Int>
    /// The length of fragments, in glyph radii.
    package var fragmentLength: ClosedRange<Float>
    /// The least distance between the points that define a fragment and those that define the glyph.
    package var gap: Float
}

extension GlyphRecipe {
    /// The recipe of a difficulty; the values were chosen by training with and without a transformer, and by
    /// eye.
    package init(_ difficulty: GlyphDifficulty) {
        switch difficulty {
        case .easy:
            self.init(
                radius: 9...11, rotation: 0.125, stretch: 0.15, shear: 0.15, perspective: 0.15, elastic: 0.06,
                strokeWidth: 1.8...2.8, contrast: 0.4, darkInk: false, texture: 0.06, fragments: 0...2,
                fragmentLength: 0.4...0.8, gap: 3)
        case .normal:
            self.init(
                radius: 6.5...8.5, rotation: 0.5, stretch: 0.25, shear: 0.25, perspective: 0.25,
                elastic: 0.1,
                strokeWidth: 1.4...2.2, contrast: 0.3, darkInk: false, texture: 0.1, fragments: 3...6,
                fragmentLength: 0.5...1, gap: 2.5)
        case .hard:
            self.init(
                radius: 6...8, rotation: 0.5, stretch: 0.4, shear: 0.35, perspective: 0.35, elastic: 0.14,
                strokeWidth: 1.2...2.2, contrast: 0.25, darkInk: true, texture: 0.13, fragments: 4...9,
                fragmentLength: 0.5...1.2, gap: 1.5)
        }
    }
}
