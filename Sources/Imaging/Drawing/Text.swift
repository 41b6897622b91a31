extension Image {
    /// Writes a line of text in the module's stroke typeface, clipped to the picture.
    ///
    /// The typeface has printable ASCII and × → − – · ° ± … θ; other characters appear as question marks.
    ///
    /// - Convention: (`x`, `y`) is the top left corner of the first capital; the baseline is `height` below, descenders
    ///   reach a third of `height` further.
    /// - Parameters:
    ///   - text: one line.
    ///   - x: pixels from the left edge of the picture.
    ///   - y: pixels from the top edge of the picture.
    ///   - height: of capitals, in pixels; 10 and more is easy to read.
    ///   - color: of the strokes.
    public mutating func drawText(_ text: String, x: Float, y: Float, height: Float, color: Color = .black) {
        let thickness = Image.textStrokeThickness(height: height)
        let segments = StrokeFont.standard.segments(
            of: text, x: Double(x) + thickness / 2, y: Double(y), height: Double(height))
        draw(segments, color: color, thickness: thickness)
    }

    /// The width in pixels of a line of text drawn with capitals `height` pixels high.
    public static func textWidth(_ text: String, height: Float) -> Float {
        if text.isEmpty { return 0 }
        let units = StrokeFont.standard.width(of: text)
        return Float(units * Double(height) / StrokeFont.capHeight + textStrokeThickness(height: height))
    }

    /// Strokes thinner than a pixel look faded, so that is the least.
    private static func textStrokeThickness(height: Float) -> Double {
        max(1, Double(height) / StrokeFont.capHeight * StrokeFont.strokeThickness)
    }
}
