import Foundation
import Tensors
import Warping

/// What distorts images of one size: draws θ for each, as the family takes it.
///
/// What is drawn happens to the content; θ says where to read, so it is the inverse. Splines alone have none in their
/// family: their displacements are those of the reading, which are as likely as their negatives.
package struct DistortionRecipe: Sendable {
    package let family: any Transformation
    /// From the canvas to itself; the image lies in its middle.
    package let frame: SamplingFrame
    /// Rows of canvas above the image and below it.
    package let marginY: Int
    /// Columns of canvas to either side of the image.
    package let marginX: Int
    private let draw: @Sendable (inout RandomStreamGenerator) -> [Double]?

    /// The recipe for images of `height` × `width`; nil where there is nothing to do.
    package init?(_ distortion: Distortion, height: Int, width: Int) {
        // A quarter on either side makes half as much again; whole pixels keep the middle where it is.
        let grows = distortion == .rotationScaleTranslation
        let (marginY, marginX) = grows ? ((height + 3) / 4, (width + 3) / 4) : (0, 0)
        let frame = SamplingFrame(height: height + 2 * marginY, width: width + 2 * marginX, corners: .edges)
        (self.marginY, self.marginX, self.frame) = (marginY, marginX, frame)
        switch distortion {
        case .none: return nil
        case .rotation:
            family = Rotation()
            draw = { Rotation().inverse(of: [$0.angle(upTo: .pi / 2)], frame: frame) }
        case .rotationScaleTranslation:
            family = Similarity()
            let diameter = Double(min(height, width))
            draw = { generator in
                let (angle, scale) = (generator.angle(upTo: .pi / 4), Double(generator.uniform(0.7, 1.2)))
                let shift = [frame.inputWidth, frame.inputHeight].map { extent in
                    (1 - scale * diameter / Double(extent)) * Double(generator.uniform(-1, 1))
                }
                return Similarity().inverse(of: [angle, scale] + shift, frame: frame)
            }
        case .projection:
            family = Projective()
            draw = { Self.projection(frame: frame, &$0) }
        case .elastic:
            let spline = ThinPlateSpline()
            family = spline
            draw = { generator in (0..<spline.parameterCount).map { _ in Self.length(1.5) * generator.normal() } }
        }
    }

    /// The θ of one image.
    package func theta(_ generator: inout RandomStreamGenerator) -> [Float] {
        while true {
            if let theta = draw(&generator) { return theta.map { Float($0) } }
        }
    }

    /// A homography that can be undone; nil where a corner opens to a straight line or beyond, or nearly so (a tenth of the
    /// parallelogram that it was), and where the middle leaves the frame.
    private static func projection(frame: SamplingFrame, _ generator: inout RandomStreamGenerator) -> [Double]? {
        let scale = Double(generator.uniform(0.75, 1))
        let square = [(-1.0, -1.0), (1, -1), (1, 1), (-1, 1)]
        let quadrilateral = Quadrilateral(
            square.map { x, y in
                let (dx, dy) = (generator.normal(), generator.normal())
                return Vector2(x: scale * x + length(5) * dx, y: scale * y + length(5) * dy)
            })
        guard quadrilateral.leastParallelogram > 0.1 * 4 * scale * scale, let h = quadrilateral.homography else {
            return nil
        }
        let staysWhole = square.allSatisfy { corner in
            let (x, y) = (corner.0 * length(10), corner.1 * length(10))
            let (u, v, w) = (h[0] * x + h[1] * y + h[2], h[3] * x + h[4] * y + h[5], h[6] * x + h[7] * y + 1)
            return max(abs(u), abs(v)) <= w
        }
        return staysWhole ? Projective().inverse(of: h, frame: frame) : nil
    }

    /// Pixels of the paper's images in normalised coordinates, where 28 are 2.
    private static func length(_ pixels: Double) -> Double { pixels * 2 / 28 }
}

extension RandomStreamGenerator {
    /// An angle to either side, in radians.
    fileprivate mutating func angle(upTo largest: Float) -> Double { Double(uniform(-largest, largest)) }

    /// A number of the standard normal distribution, by Box and Muller's method; the second of each pair is not used, so that
    /// every draw takes two words.
    fileprivate mutating func normal() -> Double {
        // 1 − u is never 0.
        let (radius, turn) = ((-2 * log(1 - Double(uniform()))).squareRoot(), Double(uniform()))
        return radius * cos(2 * .pi * turn)
    }
}
