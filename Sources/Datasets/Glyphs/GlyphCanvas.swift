/// Paints scenes, one after another, into the same memory.
package struct GlyphCanvas {
    private let size: Int
    private var pixels: [SIMD4<Float>]
    /// The squared distance of each pixel's centre to the figure being painted, where it is near.
    private var distances: [Float]

    /// A canvas of `size` × `size` pixels.
    package init(size: Int) {
        self.size = size
        pixels = Array(repeating: .zero, count: size * size)
        distances = Array(repeating: .greatestFiniteMagnitude, count: size * size)
    }

    /// Paints the scene and hands its bytes, red, green, blue for each pixel, to `output` from the start.
    package mutating func paint(_ scene: GlyphScene, into output: UnsafeMutableBufferPointer<UInt8>) {
        scene.background.paint(into: &pixels, size: size)
        for fragment in scene.fragments { paint(fragment) }
        paint(scene.glyph)
        for (index, color) in pixels.enumerated() {
            // Painting only blends colours within 0 ... 1: the sums stay in 0.5 ... 255.5, and truncation
            // rounds.
            let value = color * 255 + 0.5
            output[3 * index] = UInt8(value.x)
            output[3 * index + 1] = UInt8(value.y)
            output[3 * index + 2] = UInt8(value.z)
        }
    }

    /// Blends one figure over what is there; coverage falls from 1 to 0 over the pixel around its edge.
    private mutating func paint(_ figure: GlyphFigure) {
        let reach = figure.halfWidth + 0.5
        var touched = PixelBox()
        for stroke in figure.strokes {
            for (from, to) in zip(stroke, stroke.dropFirst()) {
                let box = PixelBox(from, to, reach: reach, size: size)
                measure(from: from, to: to, in: box)
                touched.formUnion(box)
            }
        }
        for row in touched.rows {
            for column in touched.columns {
                let index = row * size + column
                let square = distances[index]
                distances[index] = .greatestFiniteMagnitude
                guard square < reach * reach else { continue }
                let coverage = min(1, reach - square.squareRoot())
                pixels[index] += (figure.color - pixels[index]) * coverage
            }
        }
    }

    /// Lowers `distances` within `box` to those from the line between two points.
    private mutating func measure(from: SIMD2<Float>, to: SIMD2<Float>, in box: PixelBox) {
        let along = to - from
        // A line of no length is a dot: any divisor then gives its one point.
        let scale = 1 / max(along.dot(along), .leastNormalMagnitude)
        for row in box.rows {
            for column in box.columns {
                let offset = SIMD2(Float(column) + 0.5, Float(row) + 0.5) - from
                let part = min(max(offset.dot(along) * scale, 0), 1)
                let gap = offset - along * part
                let index = row * size + column
                distances[index] = min(distances[index], gap.dot(gap))
            }
        }
    }
}

/// A rectangle of pixels within the frame.
private struct PixelBox {
    var columns = 0..<0
    var rows = 0..<0

    /// No pixels.
    init() {}

    /// The pixels of a frame of `size` × `size` that may lie within `reach` of a line.
    init(_ from: SIMD2<Float>, _ to: SIMD2<Float>, reach: Float, size: Int) {
        columns = Self.range(from.x, to.x, reach: reach, size: size)
        rows = Self.range(from.y, to.y, reach: reach, size: size)
    }

    private static func range(_ from: Float, _ to: Float, reach: Float, size: Int) -> Range<Int> {
        let low = min(max(min(from, to) - reach, 0), Float(size))
        let high = min(max(max(from, to) + reach, 0), Float(size))
        // Truncation rounds down, as both are clamped to what is not negative.
        let first = min(Int(low), size - 1)
        return first..<max(first, min(Int(high) + 1, size))
    }

    mutating func formUnion(_ other: PixelBox) {
        if other.columns.isEmpty || other.rows.isEmpty { return }
        if columns.isEmpty || rows.isEmpty {
            self = other
            return
        }
        columns = Self.hull(columns, other.columns)
        rows = Self.hull(rows, other.rows)
    }

    private static func hull(_ first: Range<Int>, _ second: Range<Int>) -> Range<Int> {
        min(first.lowerBound, second.lowerBound)..<max(first.upperBound, second.upperBound)
    }
}
