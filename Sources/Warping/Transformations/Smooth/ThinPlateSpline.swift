import Foundation
import Tensors

/// The smoothest warp that moves K×K control points as θ says.
///
/// Control points lie evenly on [−1, 1]², row by row, the outer ones on its border. θ is K²·2 numbers, (x, y) for each
/// control point: how far from itself the control point reads. The displacement between control points is the interpolant of
/// least bending energy, linear in θ: grid = positions + B·θ with one matrix B, [positions, K²], for x and y alike. So θ = 0
/// is the identity bit for bit.
///
/// Displacements, and not the positions that control points read: the identity is then zero, as a fresh layer's output is,
/// and rounding does not grow with the distance from the centre. For displacements within bounds, see
/// ``Bounded``.
///
/// - Gradient: dθ = Bᵀ·dGrid.
/// - Complexity: 4·K² flops a position; B is made once a frame, in `Double`, and kept. For outputs of more than
///   ``keptPositions`` the grid is evaluated by the interpolant's formula instead, K² logarithms a position and nothing kept.
/// - Source: Bookstein 1989, “Principal warps”; Jaderberg et al. 2015 (arXiv:1506.02025), Table 1, “TPS” with 16 points.
public struct ThinPlateSpline: Transformation {
    /// The control points along an axis that there may be: with one there is no plane, and the matrix for 16 is 259².
    public static let controlPointLimits = 2...16

    /// The largest output for whose grid B is kept: 256 × 256, 8 MB with 16 points.
    public static let keptPositions = 1 << 16

    /// Control points along each axis, K.
    public let controlPoints: Int

    /// Splines on `controlPoints` × `controlPoints` points.
    ///
    /// - Parameter controlPoints: Control points along each axis; four as in the paper.
    /// - Precondition: it is within ``controlPointLimits``.
    public init(controlPoints: Int = 4) {
        precondition(
            Self.controlPointLimits.contains(controlPoints),
            "\(controlPoints) control points along an axis, expected \(Self.controlPointLimits)")
        self.controlPoints = controlPoints
    }

    /// "thin-plate-spline".
    public var name: String { "thin-plate-spline" }

    /// 2·K².
    public var parameterCount: Int { 2 * controlPoints * controlPoints }

    /// No displacement.
    public var identity: [Float] { [Float](repeating: 0, count: parameterCount) }

    /// The control points, row by row.
    ///
    /// - Shapes: [K², 2], the last axis (x, y).
    public var controlPositions: Tensor<Double> {
        SamplingFrame(height: controlPoints, width: controlPoints, corners: .centers).positions()
            .reshaped([controlPoints * controlPoints, 2])
    }

    /// The matrix B, how far each position moves when a control point moves by 1.
    ///
    /// Rows add up to 1.
    ///
    /// - Shapes: [positions, K²], positions row by row.
    public func basis(frame: SamplingFrame) -> Tensor<Double> {
        // Only the output's place matters: one basis serves all inputs.
        let output = frame.readingItself
        return Self.bases.value(for: BasisKey(spline: self, output: output)) { makeBasis(output) }
    }

    /// The sampling grid of each θ.
    @_specialize(where Scalar == Float)
    @_specialize(where Scalar == Double)
    public func grid<Scalar: BinaryFloatingPoint & Sendable>(
        theta: Tensor<Scalar>, frame: SamplingFrame
    ) -> Tensor<Scalar> {
        let images = frame.imageCount(theta: theta, parameterCount: parameterCount)
        if frame.wholeCount > Self.keptPositions { return evaluatedGrid(theta: theta, frame: frame) }
        let (basis, positions): (Tensor<Scalar>, Tensor<Scalar>) = (basis(frame: frame).converted(), frame.positions())
        let points = basis.shape[1]
        var grid = Tensor<Scalar>.zeros([images, frame.outputHeight, frame.outputWidth, 2])
        for image in 0..<images {
            for index in 0..<frame.count {
                for axis in 0..<2 {
                    var displacement: Scalar = 0
                    for point in 0..<points {
                        displacement +=
                            basis.values[index * points + point] * theta.values[(image * points + point) * 2 + axis]
                    }
                    grid.values[(image * frame.count + index) * 2 + axis] =
                        positions.values[index * 2 + axis] + displacement
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
        let images = frame.imageCount(dGrid: dGrid, theta: theta, parameterCount: parameterCount)
        let basis: Tensor<Scalar> = basis(frame: frame).converted()
        let points = basis.shape[1]
        var dTheta = Tensor<Scalar>.zeros(theta.shape)
        for image in 0..<images {
            for index in 0..<frame.count {
                for point in 0..<points {
                    for axis in 0..<2 {
                        dTheta.values[(image * points + point) * 2 + axis] +=
                            basis.values[index * points + point]
                            * dGrid.values[(image * frame.count + index) * 2 + axis]
                    }
                }
            }
        }
        return dTheta
    }

    /// "bend up to 0.12", the largest displacement of a control point.
    public func meaning(of theta: [Float]) -> String { "bend up to \(Meaning.number(Meaning.longest(of: theta)))" }

    private struct BasisKey: Hashable { let spline: ThinPlateSpline, output: SamplingFrame }

    /// A frame of 128×128 with 16 points takes 2 MB.
    private static let bases = Cache<BasisKey, Tensor<Double>>(capacity: 8)

    /// A system serves all frames of its K.
    private static let systems = Cache<Int, SquareMatrix>(capacity: controlPointLimits.count)

    /// The inverse of (U P; Pᵀ 0) with U the radial functions between control points and P their (1, x, y).
    ///
    /// Displacements v at the control points give weights w and an affine part a by (w; a) = inverse · (v; 0).
    var system: SquareMatrix {
        Self.systems.value(for: controlPoints) {
            let points = controlPositions.values, count = controlPoints * controlPoints
            var system = SquareMatrix(size: count + 3)
            for row in 0..<count {
                let (x, y) = (points[row * 2], points[row * 2 + 1])
                for column in 0..<count {
                    system[row, column] = Self.radial(x - points[column * 2], y - points[column * 2 + 1])
                }
                for (column, value) in [1, x, y].enumerated() {
                    system[row, count + column] = value
                    system[count + column, row] = value
                }
            }
            return system.inverse
        }
    }

    /// Row by row (U(|p − c₁|) … U(|p − c_K²|), 1, x, y) · inverse, of which the last three columns meet zeros.
    private func makeBasis(_ frame: SamplingFrame) -> Tensor<Double> {
        let (system, points, count) = (system, controlPositions.values, controlPoints * controlPoints)
        var basis = Tensor<Double>.zeros([frame.count, count])
        frame.forEachPosition { (index, x: Double, y: Double) in
            let functions = (0..<count).map { Self.radial(x - points[$0 * 2], y - points[$0 * 2 + 1]) } + [1, x, y]
            for (row, function) in functions.enumerated() {
                for point in 0..<count { basis.values[index * count + point] += function * system[row, point] }
            }
        }
        return basis
    }

    /// U(r) = r² log r; 0 at 0 by a branch, since a small number added under the logarithm would bend the plane.
    static func radial(_ x: Double, _ y: Double) -> Double {
        let square = x * x + y * y
        return square > 0 ? square * log(square) / 2 : 0
    }
}

extension Transformation where Self == ThinPlateSpline {
    /// A smooth warp by `controlPoints` × `controlPoints` points; four along each axis as in the paper.
    public static func thinPlateSpline(controlPoints: Int = 4) -> ThinPlateSpline {
        ThinPlateSpline(controlPoints: controlPoints)
    }
}
