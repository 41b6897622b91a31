import Foundation
import SpatialTransformers

/// How the window that a transformer reads lies: turned, scaled, shifted.
///
/// Of any family: the affine map that is nearest to the grid by least squares over 5×5 positions, which of the families of
/// matrices is the map itself. Angles are in pixels, so they are kept on images that are not square.
package struct WindowMotion: Equatable {
    /// How far the window is turned, clockwise as one sees it; its content turns the other way.
    package let degrees: Double
    /// √|determinant|: below 1 the transformer looks closer.
    package let scale: Double
    /// The window's middle, to the right and down, in half sides of the image.
    package let shift: (x: Double, y: Double)

    package static func == (one: WindowMotion, other: WindowMotion) -> Bool {
        one.degrees == other.degrees && one.scale == other.scale && one.shift == other.shift
    }

    private static let positions = 5

    /// The motion of one θ; nil where its grid is not finite.
    package init?(theta: [Float], of transformer: Graph.Transformer) {
        let frame = SamplingFrame(
            outputHeight: Self.positions, outputWidth: Self.positions, inputHeight: transformer.frame.inputHeight,
            inputWidth: transformer.frame.inputWidth, corners: transformer.frame.corners)
        let grid = transformer.transformation.grid(theta: Tensor([1, theta.count], theta), frame: frame)
        guard grid.values.allSatisfy(\.isFinite) else { return nil }
        let places: Tensor<Double> = frame.positions()
        // Positions lie evenly around the middle, so sums of x, y and x·y vanish and each slope stands alone.
        var (xx, yy, sums) = (0.0, 0.0, [Double](repeating: 0, count: 6))
        for index in 0..<frame.count {
            let (x, y) = (places.values[index * 2], places.values[index * 2 + 1])
            let read = (Double(grid.values[index * 2]), Double(grid.values[index * 2 + 1]))
            xx += x * x
            yy += y * y
            for (place, term) in [x * read.0, y * read.0, read.0, x * read.1, y * read.1, read.1].enumerated() {
                sums[place] += term
            }
        }
        let aspect: Double = frame.aspect()
        let (a, b, d, e) = (sums[0] / xx, sums[1] / yy * aspect, sums[3] / xx / aspect, sums[4] / yy)
        degrees = atan2(d, a) * 180 / .pi
        scale = abs(a * e - b * d).squareRoot()
        shift = (sums[2] / Double(frame.count), sums[5] / Double(frame.count))
    }
}
