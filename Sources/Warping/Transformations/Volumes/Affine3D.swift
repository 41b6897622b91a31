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
    public static var affine: Affine3D { Affine3D() }
}
