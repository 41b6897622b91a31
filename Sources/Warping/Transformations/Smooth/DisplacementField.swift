import Tensors

/// A displacement of its own for every pixel, or for the points of a coarser lattice with bilinear blending between them.
///
/// θ is height·width·2 numbers, (x, y) for each point of the lattice, row by row: how far from itself the point reads, in
/// normalised coordinates. The lattice lies over the output as an image of that size would; where both are of one size,
/// every position has its own numbers.
///
/// - Convention: beyond the outermost lattice points (half a lattice pixel with ``CornerConvention/edges``) the nearest
///   counts.
/// - Gradient: each position's, handed to its one, two or four lattice points by their weights.
/// - Complexity: 16 flops a position.
public struct DisplacementField: Transformation {
    /// Rows of the lattice.
    public let height: Int
    /// Columns of the lattice.
    public let width: Int

    /// Displacements on a lattice of `height` × `width` points: as large as the output for one a pixel.
    ///
    /// - Precondition: both are at least 1.
    public init(height: Int, width: Int) {
        precondition(min(height, width) > 0, "a lattice of \(height) × \(width) points")
        (self.height, self.width) = (height, width)
    }

    /// "displacement-field".
    public var name: String { "displacement-field" }

    /// 2·height·width.
    public var parameterCount: Int { 2 * height * width }

    /// No displacement.
    public var identity: [Float] { [Float](repeating: 0, count: parameterCount) }

    /// The sampling grid of each θ.
    @_specialize(where Scalar == Float)
    @_specialize(where Scalar == Double)
    public func grid<Scalar: BinaryFloatingPoint & Sendable>(
        theta: Tensor<Scalar>, frame: SamplingFrame
    ) -> Tensor<Scalar> {
        let count = frame.imageCount(theta: theta, parameterCount: parameterCount)
        let positions: Tensor<Scalar> = frame.positions()
        var grid = Tensor(positions.shape.prefixed(by: count), (0..<count).flatMap { _ in positions.values })
        forEachShare(frame) { (index, point, weight: Scalar) in
            for image in 0..<count {
                for axis in 0..<2 {
                    grid.values[(image * frame.count + index) * 2 + axis] +=
                        weight * theta.values[image * parameterCount + point * 2 + axis]
                }
            }
        }
        return grid
    }

    /// The gradient for θ of a gradient for the grid.
    @_specialize(where Scalar == Float)
    @_specialize(where Scalar == Double)
    public func thetaGradient<Scalar: BinaryFloatingPoint & Sendable>(
        dGrid: Tensor<Scalar>, theta: Tensor<Scalar>, frame: SamplingFrame
    ) -> Tensor<Scalar> {
        let count = frame.imageCount(dGrid: dGrid, theta: theta, parameterCount: parameterCount)
        var dTheta = Tensor<Scalar>.zeros(theta.shape)
        forEachShare(frame) { (index, point, weight: Scalar) in
            for image in 0..<count {
                for axis in 0..<2 {
                    dTheta.values[image * parameterCount + point * 2 + axis] +=
                        weight * dGrid.values[(image * frame.count + index) * 2 + axis]
                }
            }
        }
        return dTheta
    }

    /// "move up to 0.12", the longest displacement.
    public func meaning(of theta: [Float]) -> String { "move up to \(Meaning.number(Meaning.longest(of: theta)))" }

    /// Calls `body(index of the position, index of the lattice point, weight)` for each weight that is not zero.
    @inline(__always)
    private func forEachShare<Scalar: BinaryFloatingPoint>(
        _ frame: SamplingFrame, _ body: (Int, Int, Scalar) -> Void
    ) {
        frame.forEachPosition { (index, x: Scalar, y: Scalar) in
            for (row, weightY) in shares(of: y, extent: height, corners: frame.corners) {
                for (column, weightX) in shares(of: x, extent: width, corners: frame.corners) {
                    body(index, row * width + column, weightY * weightX)
                }
            }
        }
    }

    /// The lattice points on both sides of a coordinate, or the one it is on.
    package func shares<Scalar: BinaryFloatingPoint>(
        of coordinate: Scalar, extent: Int, corners: CornerConvention
    ) -> [(point: Int, weight: Scalar)] {
        let place: Scalar = min(max(corners.pixel(coordinate, of: extent), 0), Scalar(extent - 1))
        let point = Int(place), fraction = place - Scalar(point)
        let here = (point: point, weight: 1 - fraction)
        // Also keeps within the lattice, whose last point has no successor.
        return fraction == 0 ? [here] : [here, (point + 1, fraction)]
    }
}

extension Transformation where Self == DisplacementField {
    /// A displacement for each point of a lattice of `height` × `width`: as large as the output for one a pixel.
    public static func displacementField(height: Int, width: Int) -> DisplacementField {
        DisplacementField(height: height, width: width)
    }
}
