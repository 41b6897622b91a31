import Foundation
import Tensors

/// The affine family on volumes: θ is a 3×4 matrix, row by row.
///
/// - Convention: θ maps output positions to input positions, (x, y, z)ᵢₙ = θ · (x, y, z, 1): PyTorch's `affine_grid` of a
///   five-dimensional size.
/// - Gradient: dθ = Σ over positions of dGrid ⊗ (x, y, z, 1), summed slice by slice, row by row.
/// - Complexity: 18 flops a position.
/// - Source: Jaderberg et al. 2015 (arXiv:1506.02025), A.3.
public struct Affine3D: VolumeTransformation {
    /// The affine family on volumes.
    public init() {}

    /// "affine".
    public var name: String { "affine" }

    /// Twelve.
    public var parameterCount: Int { 12 }

    /// The matrix that changes nothing.
    public var identity: [Float] { [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0] }

    /// The θ that undoes `theta`, or nil when that is not finite: of what flattens the volume, or is beyond computing.
    ///
    /// In `Double`, as products of three numbers leave the range of `Float` early.
    public func inverse<Scalar: BinaryFloatingPoint & Sendable>(of theta: [Scalar]) -> [Scalar]? {
        precondition(theta.count == 12, "θ has \(theta.count) numbers, expected 12")
        // Rows of the adjugate are cross products of columns.
        let theta = theta.map { Double($0) }
        let columns = (0..<3).map { column in (0..<3).map { theta[$0 * 4 + column] } }
        let adjugate = (0..<3).map { Self.cross(columns[($0 + 1) % 3], columns[($0 + 2) % 3]) }
        let determinant = Self.dot(adjugate[0], columns[0]), shift = [theta[3], theta[7], theta[11]]
        guard determinant.isNormal else { return nil }
        let inverse = adjugate.flatMap { row in
            let scaled = row.map { $0 / determinant }
            return scaled + [-Self.dot(scaled, shift)]
        }.map { Scalar($0) }
        return inverse.allSatisfy(\.isFinite) ? inverse : nil
    }

    /// The θ of warping a volume by `first` and the result by `second`.
    ///
    /// - Convention: position p reads at first(second(p)), because a grid says where to read.
    public func composition<Scalar: BinaryFloatingPoint & Sendable>(
        of first: [Scalar], then second: [Scalar]
    ) -> [Scalar] {
        precondition(first.count == 12 && second.count == 12, "θ has 12 numbers")
        return (0..<12).map { place in
            let (row, column) = (place / 4 * 4, place % 4)
            let sum = (0..<3).reduce(Scalar(0)) { $0 + first[row + $1] * second[$1 * 4 + column] }
            return column == 3 ? sum + first[row + 3] : sum
        }
    }

    /// "rotate 12.0° about (0.00, 0.00, 1.00), scale 1.00 × 1.10 × 0.90, shift (0.01, −0.02, 0.00)".
    ///
    /// The matrix taken apart as a rotation after a shear after a scale, by Gram and Schmidt; a shear that rounds to nothing is
    /// left out, and so is the axis of no turn. A mirror image has a negative third scale.
    public func meaning(of theta: [Float]) -> String {
        precondition(theta.count == 12, "θ has \(theta.count) numbers, expected 12")
        let columns = (0..<3).map { column in (0..<3).map { Double(theta[$0 * 4 + column]) } }
        let scaleX = Self.dot(columns[0], columns[0]).squareRoot(), x = columns[0].map { $0 / scaleX }
        let shearXY = Self.dot(x, columns[1]), upright = zip(columns[1], x).map { $0 - shearXY * $1 }
        let scaleY = Self.dot(upright, upright).squareRoot(), y = upright.map { $0 / scaleY }
        let z = Self.cross(x, y), scaleZ = Self.dot(z, columns[2])
        let shears = [shearXY / scaleY, Self.dot(x, columns[2]) / scaleZ, Self.dot(y, columns[2]) / scaleZ]
        let parts = [
            Self.turn(x, y, z), "scale " + Self.numbers([scaleX, scaleY, scaleZ]).joined(separator: " × "),
            Self.numbers(shears) == Self.numbers([0, 0, 0]) ? nil : "shear " + Self.vector(shears),
            "shift " + Self.vector([theta[3], theta[7], theta[11]].map(Double.init)),
        ]
        return parts.compactMap(\.self).joined(separator: ", ")
    }

    /// The rotation whose columns are given, by its angle and axis.
    private static func turn(_ x: [Double], _ y: [Double], _ z: [Double]) -> String {
        let twist = [y[2] - z[1], z[0] - x[2], x[1] - y[0]], sine = dot(twist, twist).squareRoot()
        let angle = Meaning.rotation(radians: Float(atan2(sine, x[0] + y[1] + z[2] - 1)))
        guard angle != Meaning.rotation(radians: 0) else { return angle }
        // Half a turn has no twist; its axis is what it leaves where it is.
        let kept = [[x[0] + 1, x[1], x[2]], [y[0], y[1] + 1, y[2]], [z[0], z[1], z[2] + 1]]
        let axis = sine > 1e-6 ? twist : kept.max { dot($0, $0) < dot($1, $1) } ?? twist
        let length = dot(axis, axis).squareRoot()
        return "\(angle) about " + vector(axis.map { $0 / length })
    }

    private static func dot(_ a: [Double], _ b: [Double]) -> Double {
        a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
    }

    private static func cross(_ a: [Double], _ b: [Double]) -> [Double] {
        [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
    }

    private static func numbers(_ values: [Double]) -> [String] { values.map { Meaning.number(Float($0)) } }

    private static func vector(_ values: [Double]) -> String { "(\(numbers(values).joined(separator: ", ")))" }

    /// The sampling grid of each θ.
    ///
    /// - Shapes: `theta` [N, 12] → [N, D, H, W, 3].
    @_specialize(where Scalar == Float)
    @_specialize(where Scalar == Double)
    public func grid<Scalar: BinaryFloatingPoint & Sendable>(
        theta: Tensor<Scalar>, frame: VolumeFrame
    ) -> Tensor<Scalar> {
        let count = theta.shape[0]
        precondition(theta.shape == [count, 12], "θ is \(theta.shape), expected [N, 12]")
        var grid = Tensor<Scalar>.zeros([count, frame.depth, frame.height, frame.width, 3])
        for volume in 0..<count {
            let t = Array(theta.values[volume * 12..<volume * 12 + 12])
            frame.forEachPosition { (index, x: Scalar, y: Scalar, z: Scalar) in
                let position = (volume * frame.count + index) * 3
                for axis in 0..<3 {
                    grid.values[position + axis] =
                        t[axis * 4] * x + t[axis * 4 + 1] * y + t[axis * 4 + 2] * z + t[axis * 4 + 3]
                }
            }
        }
        return grid
    }

    /// The gradient for θ of a gradient for the grid.
    ///
    /// - Shapes: `dGrid` [N, D, H, W, 3], `theta` [N, 12], of which only the shape matters → [N, 12].
    @_specialize(where Scalar == Float)
    @_specialize(where Scalar == Double)
    public func thetaGradient<Scalar: BinaryFloatingPoint & Sendable>(
        dGrid: Tensor<Scalar>, theta: Tensor<Scalar>, frame: VolumeFrame
    ) -> Tensor<Scalar> {
        let count = theta.shape[0]
        let expected: Shape = [count, frame.depth, frame.height, frame.width, 3]
        precondition(dGrid.shape == expected, "the grid's gradient is \(dGrid.shape), expected \(expected)")
        var dTheta = Tensor<Scalar>.zeros([count, 12])
        for volume in 0..<count {
            frame.forEachPosition { (index, x: Scalar, y: Scalar, z: Scalar) in
                let position = (volume * frame.count + index) * 3
                for axis in 0..<3 {
                    let gradient = dGrid.values[position + axis], row = volume * 12 + axis * 4
                    dTheta.values[row] += gradient * x
                    dTheta.values[row + 1] += gradient * y
                    dTheta.values[row + 2] += gradient * z
                    dTheta.values[row + 3] += gradient
                }
            }
        }
        return dTheta
    }
}

extension VolumeTransformation where Self == Affine3D {
    /// Any affine map of a volume: twelve numbers.
    ///
    /// Not `affine`, which a call that takes images or volumes could not tell from `AffineTransform`.
    public static var affine3D: Affine3D { Affine3D() }
}
