import Imaging
import Testing

@Suite("Drawing")
struct DrawingTests {
    private let blank = Image(width: 20, height: 12, channels: 1, filledWith: [0])

    @Test("a straight line covers whole pixels fully and no others")
    func straightLine() {
        var image = blank
        image.drawPolyline([(4, 6), (15, 6)], color: .white, thickness: 2)
        for x in 5..<14 { #expect(image[x, 5] == [255] && image[x, 6] == [255]) }
        for x in 0..<20 { #expect(image[x, 3] == [0] && image[x, 8] == [0]) }
        #expect(image[1, 5] == [0] && image[18, 5] == [0])
    }

    @Test("a polygon is closed and leaves its inside alone")
    func polygon() {
        var image = blank
        image.drawPolygon([(2, 2), (18, 2), (18, 10), (2, 10)], color: .white, thickness: 2)
        for y in 2..<10 { #expect(image[2, y] == [255] && image[17, y] == [255]) }
        #expect(image[10, 6] == [0] && image[0, 0] == [0])
    }

    @Test("a line that runs far beyond the picture looks the same inside")
    func clipping() {
        var (near, far) = (blank, blank)
        near.drawPolyline([(-5, 1), (25, 11)], color: .white, thickness: 1.5)
        far.drawPolyline([(-30_005, -9_999), (30_025, 10_011)], color: .white, thickness: 1.5)
        let difference = zip(near.pixels, far.pixels).map { abs(Int($0) - Int($1)) }.max() ?? 255
        #expect(difference <= 1)
        #expect(near != blank)
    }

    @Test("points that are not finite, or absurdly far away, neither trap nor spoil the rest")
    func hostilePoints() {
        var image = blank
        image.drawPolygon([(.nan, 1), (3, .infinity), (-.infinity, .nan)], color: .white, thickness: 2)
        #expect(image == blank)
        let huge = Float.greatestFiniteMagnitude
        image.drawPolygon([(-huge, -huge), (huge, huge), (huge, -huge)], color: .white, thickness: 2)
        image.drawPolygon([(1, 1)], color: .white, thickness: .greatestFiniteMagnitude)
        #expect(image.pixels.allSatisfy { $0 == 255 })
        for thickness in [0, -1, .nan] as [Float] {
            var untouched = blank
            untouched.drawPolyline([(0, 0), (20, 12)], color: .white, thickness: thickness)
            #expect(untouched == blank)
        }
        image.drawPolyline([], color: .black)
    }

    @Test("random outlines keep within the colours and within reach of their lines")
    func randomOutlines() {
        var state: UInt32 = 7
        func next(_ range: ClosedRange<Float>) -> Float {
            state = state &* 1_664_525 &+ 1_013_904_223
            return range.lowerBound + (range.upperBound - range.lowerBound) * Float(state >> 8) / 16_777_216
        }
        for _ in 0..<200 {
            var image = Image(width: 20, height: 12, channels: 3, filledWith: [10, 20, 30])
            let points = (0..<3).map { _ in (x: next(-40...60), y: next(-40...60)) }
            let thickness = next(0.5...4)
            image.drawPolygon(points, color: .yellow, thickness: thickness)
            for y in 0..<12 {
                for x in 0..<20 {
                    let distance =
                        (0..<3).map { distanceToSegment(x, y, points[$0], points[($0 + 1) % 3]) }.min() ?? 0
                    let isTouched = image[x, y] != [10, 20, 30]
                    if distance > thickness / 2 + 0.51 { #expect(!isTouched) }
                    if distance < thickness / 2 + 0.4 { #expect(isTouched) }
                }
            }
        }
    }

    private func distanceToSegment(
        _ x: Int, _ y: Int, _ start: (x: Float, y: Float), _ end: (x: Float, y: Float)
    ) -> Float {
        let (dx, dy) = (end.x - start.x, end.y - start.y)
        let (px, py) = (Float(x) + 0.5 - start.x, Float(y) + 0.5 - start.y)
        let along = min(max((px * dx + py * dy) / max(dx * dx + dy * dy, 1e-9), 0), 1)
        return ((px - along * dx) * (px - along * dx) + (py - along * dy) * (py - along * dy)).squareRoot()
    }

    @Test("rectangles and pictures are clipped, wherever they lie")
    func clippedCopies() {
        var image = blank
        image.fillRectangle(x: -3, y: 10, width: 5, height: 50, color: .white)
        #expect(image.pixels.filter { $0 == 255 }.count == 4)
        image.fillRectangle(x: .max, y: .max, width: .max, height: .max, color: .white)
        image.fillRectangle(x: .min, y: .min, width: -5, height: .max, color: .white)
        image.draw(blank, x: .min, y: 3)
        image.draw(blank, x: 3, y: .max)
        #expect(image.pixels.filter { $0 == 255 }.count == 4)
        image.draw(Image(width: 2, height: 2, channels: 3, filledWith: [9, 9, 9]), x: 19, y: -1)
        #expect(image[19, 0] == [9] && image[18, 0] == [0] && image[19, 1] == [0])
    }
}
