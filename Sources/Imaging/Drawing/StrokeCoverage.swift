/// How much of each pixel a set of strokes covers, over the part of a picture that they touch.
///
/// A stroke is all points within `radius` of its segment. Coverage falls from 1 to 0 over one pixel across the edge, and
/// overlapping strokes take the larger value, so that joints are not darker than the lines that meet there.
struct StrokeCoverage {
    /// A straight piece of a line; coordinates in pixels from the outer top left corner.
    typealias Segment = (start: SIMD2<Double>, end: SIMD2<Double>)

    private let radius: Double
    private var left = 0
    private var top = 0
    private var width = 0
    private var height = 0
    private var values: [Float] = []

    /// The coverage by `segments` within a picture of the given size.
    ///
    /// Segments may lie anywhere and have any finite ends: each is clipped first, so the work is bounded by the size of
    /// the picture. Segments with an end that is not finite are left out.
    init(_ segments: [Segment], thickness: Double, pictureWidth: Int, pictureHeight: Int) {
        // No line needs to be thicker than twice the picture to cover all of it.
        let limit = 2 * Double(pictureWidth + pictureHeight)
        radius = thickness.isNaN ? 0 : min(max(thickness, 0), limit) / 2
        guard radius > 0 else { return }
        let reach = radius + 1
        let low = SIMD2(repeating: -reach)
        let high = SIMD2(Double(pictureWidth) + reach, Double(pictureHeight) + reach)
        let visible = segments.compactMap { Self.clipped($0, low: low, high: high) }
        guard var minimum = visible.first?.start else { return }
        var maximum = minimum
        for segment in visible {
            minimum = pointwiseMin(minimum, pointwiseMin(segment.start, segment.end))
            maximum = pointwiseMax(maximum, pointwiseMax(segment.start, segment.end))
        }
        // Everything is between `low` and `high` now, so the conversions cannot overflow.
        left = max(0, Int((minimum.x - reach).rounded(.down)))
        top = max(0, Int((minimum.y - reach).rounded(.down)))
        width = max(0, min(pictureWidth, Int((maximum.x + reach).rounded(.up))) - left)
        height = max(0, min(pictureHeight, Int((maximum.y + reach).rounded(.up))) - top)
        values = [Float](repeating: 0, count: width * height)
        for segment in visible { add(segment) }
    }

    /// Calls `body` with each pixel that is covered at all, and by how much, above 0 and at most 1.
    func forEachPixel(_ body: (_ x: Int, _ y: Int, _ coverage: Float) -> Void) {
        for row in 0..<height {
            for column in 0..<width where values[row * width + column] > 0 {
                body(left + column, top + row, values[row * width + column])
            }
        }
    }

    private mutating func add(_ segment: Segment) {
        let reach = radius + 0.5
        let direction = segment.end - segment.start
        let squaredLength = (direction * direction).sum()
        let firstRow = row(below: min(segment.start.y, segment.end.y) - reach)
        let lastRow = row(below: max(segment.start.y, segment.end.y) + reach)
        for row in firstRow..<max(firstRow, lastRow) {
            let y = Double(top + row) + 0.5
            let (low, high) = horizontalReach(of: segment, direction: direction, atHeight: y, reach: reach)
            let firstColumn = column(below: low)
            for column in firstColumn..<max(firstColumn, self.column(below: high)) {
                let offset = SIMD2(Double(left + column) + 0.5, y) - segment.start
                let along = squaredLength > 0 ? min(max((offset * direction).sum() / squaredLength, 0), 1) : 0
                let away = offset - along * direction
                let coverage = Float(min(reach - (away * away).sum().squareRoot(), 1))
                values[row * width + column] = max(values[row * width + column], coverage)
            }
        }
    }

    /// Between which x a pixel centre at height `y` can be within `reach` of the segment; keeps the work for a long
    /// diagonal proportional to its length instead of its bounding box.
    private func horizontalReach(
        of segment: Segment, direction: SIMD2<Double>, atHeight y: Double, reach: Double
    ) -> (Double, Double) {
        var low = min(segment.start.x, segment.end.x) - reach
        var high = max(segment.start.x, segment.end.x) + reach
        if abs(direction.y) > 1e-6 {
            let length = (direction * direction).sum().squareRoot()
            let crossing = segment.start.x + (y - segment.start.y) * direction.x / direction.y
            let spread = reach * length / abs(direction.y)
            low = max(low, crossing - spread)
            high = min(high, crossing + spread)
        }
        return (low, high)
    }

    /// The first row or column whose centre is not before the given place, within the covered part.
    private func row(below y: Double) -> Int {
        Int(min(max((y - Double(top) - 0.5).rounded(.up), 0), Double(height)))
    }
    private func column(below x: Double) -> Int {
        Int(min(max((x - Double(left) - 0.5).rounded(.up), 0), Double(width)))
    }

    /// The part of the segment inside a rectangle, or nil (Liang and Barsky's parametric clipping).
    private static func clipped(_ segment: Segment, low: SIMD2<Double>, high: SIMD2<Double>) -> Segment? {
        let direction = segment.end - segment.start
        // Not finite ends, or so far apart that the difference overflows.
        guard (segment.start + direction).sum().isFinite else { return nil }
        var (enter, leave) = (0.0, 1.0)
        for axis in 0..<2 {
            for (distance, rate) in [
                (low[axis] - segment.start[axis], direction[axis]),
                (segment.start[axis] - high[axis], -direction[axis]),
            ] {
                if rate == 0 {
                    if distance > 0 { return nil }
                } else if rate > 0 {
                    enter = max(enter, distance / rate)
                } else {
                    leave = min(leave, distance / rate)
                }
            }
        }
        guard enter <= leave else { return nil }
        // Clamped because ends far outside lose the digits that would place the cut exactly.
        let start = (segment.start + enter * direction).clamped(lowerBound: low, upperBound: high)
        let end = (segment.start + leave * direction).clamped(lowerBound: low, upperBound: high)
        return (start, end)
    }
}
