#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// A typeface of strokes for titles and labels, so that pictures need no font files.
///
/// Glyphs are lines and arcs on a grid of units: capitals stand from 0 down to the baseline at 14, small letters from 4,
/// descenders reach 18.5.
package struct StrokeFont {
    /// One character: its width between the centres of its outermost strokes, and its lines.
    package struct Glyph {
        package let width: Double
        package let lines: [[SIMD2<Double>]]
    }

    static let capHeight = 14.0
    /// Between the stroke centres of neighbouring letters; close to half the width of an n, as in text faces.
    static let spacing = 3.4
    /// Of the strokes; an eighth of the cap height looks like a regular weight.
    static let strokeThickness = 1.7

    /// The typeface of this module.
    package static let standard = StrokeFont(table: strokeFontTable)

    package let glyphs: [Character: Glyph]
    /// Lines of the table that could not be understood; empty for the table in this module.
    package let faults: [Substring]

    /// A typeface read from a table with a glyph a line; see `strokeFontTable`.
    init(table: String) {
        var glyphs: [Character: Glyph] = [:]
        var faults: [Substring] = []
        for line in table.split(separator: "\n") {
            var words = line.dropFirst().split(separator: " ")[...]
            if let character = line.first, let width = words.popFirst().flatMap({ Double($0) }),
                let lines = Self.lines(words)
            {
                glyphs[character] = Glyph(width: width, lines: lines)
            } else {
                faults.append(line)
            }
        }
        self.glyphs = glyphs
        self.faults = faults
    }

    /// The glyph of a character; characters that the typeface lacks get the question mark.
    func glyph(_ character: Character) -> Glyph {
        glyphs[character] ?? glyphs["?"] ?? Glyph(width: 0, lines: [])
    }

    /// The width of a line of text in units, from the first stroke's centre to the last one's.
    func width(of text: String) -> Double {
        text.reduce(-Self.spacing) { $0 + glyph($1).width + Self.spacing }
    }

    /// The strokes of a line of text whose capitals are `height` pixels high and begin at (`x`, `y`).
    func segments(of text: String, x: Double, y: Double, height: Double) -> [StrokeCoverage.Segment] {
        let unit = height / Self.capHeight
        var pen = SIMD2(x, y)
        var segments: [StrokeCoverage.Segment] = []
        for character in text {
            let glyph = glyph(character)
            for line in glyph.lines {
                let places = line.map { pen + unit * $0 }
                segments += zip(places, places.dropFirst()).map { (start: $0, end: $1) }
            }
            pen.x += unit * (glyph.width + Self.spacing)
        }
        return segments
    }

    /// The lines that a glyph's commands describe, or nil for a command or number that is not understood.
    private static func lines(_ words: ArraySlice<Substring>) -> [[SIMD2<Double>]]? {
        let parameterCounts: [Substring: Int] = ["M": 2, "L": 2, "C": 6]
        var words = words
        var lines: [[SIMD2<Double>]] = []
        while let command = words.popFirst() {
            guard let count = parameterCounts[command], words.count >= count else { return nil }
            let numbers = words.prefix(count).compactMap { Double($0) }
            guard numbers.count == count else { return nil }
            words = words.dropFirst(count)
            switch command {
            case "M": lines.append([SIMD2(numbers[0], numbers[1])])
            case "L":
                guard !lines.isEmpty else { return nil }
                lines[lines.count - 1].append(SIMD2(numbers[0], numbers[1]))
            default:
                if lines.isEmpty { lines.append([]) }
                lines[lines.count - 1] += arc(numbers)
            }
        }
        return lines
    }

    /// Points on an ellipse: centre x and y, radii x and y, first angle and sweep in degrees, clockwise from the right.
    private static func arc(_ numbers: [Double]) -> [SIMD2<Double>] {
        // Nine degrees a piece: a capital O 40 pixels high strays 0.06 pixels from the ellipse.
        let pieces = max(1, Int((abs(numbers[5]) / 9).rounded(.up)))
        return (0...pieces).map { piece in
            let angle = (numbers[4] + numbers[5] * Double(piece) / Double(pieces)) * .pi / 180
            return SIMD2(numbers[0] + numbers[2] * cos(angle), numbers[1] + numbers[3] * sin(angle))
        }
    }
}
