extension Image {
    /// Draws the closed, anti-aliased outline through `points`, clipped to the picture.
    ///
    /// - Convention: x right, y down, in pixels; (0, 0) is the outer corner of the top left pixel, whose centre is
    ///   (0.5, 0.5), and (`width`, `height`) the opposite corner. A normalised coordinate u of −1 ... 1 (`alignCorners`
    ///   false) lies at (u + 1) / 2 · `width`.
    /// - Numerics: points may lie far outside; a side with an end that is not finite is left out. A single point draws a
    ///   dot.
    public mutating func drawPolygon(_ points: [(x: Float, y: Float)], color: Color, thickness: Float = 1) {
        draw(Self.segments(through: points, closed: true), color: color, thickness: Double(thickness))
    }

    /// Draws the open, anti-aliased line through `points`, clipped to the picture; see ``drawPolygon(_:color:thickness:)``.
    public mutating func drawPolyline(_ points: [(x: Float, y: Float)], color: Color, thickness: Float = 1) {
        draw(Self.segments(through: points, closed: false), color: color, thickness: Double(thickness))
    }

    /// Fills the part of a rectangle that lies inside the picture.
    public mutating func fillRectangle(x: Int, y: Int, width: Int, height: Int, color: Color) {
        let columns = Self.visible(x, width, of: self.width)
        let samples = color.samples(channels: channels)
        for row in Self.visible(y, height, of: self.height) {
            for column in columns {
                for channel in 0..<channels {
                    pixels[(row * self.width + column) * channels + channel] = samples[channel]
                }
            }
        }
    }

    /// Copies a picture onto this one with its top left pixel at (`x`, `y`); what falls outside is left out.
    ///
    /// The copy takes this picture's number of channels.
    public mutating func draw(_ picture: Image, x: Int, y: Int) {
        let source = picture.converted(toChannels: channels)
        let columns = Self.visible(x, source.width, of: width)
        if columns.isEmpty { return }
        for row in Self.visible(y, source.height, of: height) {
            let start = ((row - y) * source.width + columns.lowerBound - x) * channels
            let target = (row * width + columns.lowerBound) * channels
            for sample in 0..<columns.count * channels {
                pixels[target + sample] = source.pixels[start + sample]
            }
        }
    }

    mutating func draw(_ segments: [StrokeCoverage.Segment], color: Color, thickness: Double) {
        let coverage = StrokeCoverage(
            segments, thickness: thickness, pictureWidth: width, pictureHeight: height)
        let samples = color.samples(channels: channels).map(Float.init)
        coverage.forEachPixel { x, y, coverage in
            let start = (y * width + x) * channels
            for channel in 0..<channels {
                let old = Float(pixels[start + channel])
                // Between two bytes, so the rounded value is a byte.
                pixels[start + channel] = UInt8(old + (samples[channel] - old) * coverage + 0.5)
            }
        }
    }

    private static func segments(through points: [(x: Float, y: Float)], closed: Bool) -> [StrokeCoverage
        .Segment]
    {
        let places = points.map { SIMD2(Double($0.x), Double($0.y)) }
        guard let first = places.first, let last = places.last else { return [] }
        var segments = zip(places, places.dropFirst()).map { (start: $0, end: $1) }
        if closed || places.count == 1 { segments.append((last, first)) }
        return segments
    }

    /// Which of `count` positions from `start` on lie in 0 ..< `extent`, without overflow whatever they are.
    private static func visible(_ start: Int, _ count: Int, of extent: Int) -> Range<Int> {
        let (sum, overflow) = start.addingReportingOverflow(max(count, 0))
        let low = min(max(start, 0), extent)
        return low..<max(low, min(overflow ? extent : sum, extent))
    }
}
