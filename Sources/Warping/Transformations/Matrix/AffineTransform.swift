import Tensors

/// The affine family: any translation, rotation, scale and shear, six numbers θ = (θ₀ … θ₅) an image.
///
/// - Convention: θ maps output positions to input positions in normalised coordinates,
///   x_in = θ₀·x + θ₁·y + θ₂, y_in = θ₃·x + θ₄·y + θ₅: PyTorch's `affine_grid`.
/// - Gradient: dθ = Σ over positions of dGrid ⊗ (x, y, 1).
/// - Source: Jaderberg et al. 2015 (arXiv:1506.02025), eq. 1.
public struct AffineTransform: MatrixTransformation {
    /// Numbers an image.
    public static let parameterCount = 6

    /// The transform that changes nothing.
    public static let identity: [Float] = [1, 0, 0, 0, 1, 0]

    /// The affine family.
    public init() {}

    /// "affine".
    public var name: String { "affine" }

    /// Six.
    public var parameterCount: Int { Self.parameterCount }

    /// The matrix that changes nothing.
    public var identity: [Float] { Self.identity }

    /// θ itself.
    public func matrix<Scalar: BinaryFloatingPoint & Sendable>(of theta: [Scalar], frame: SamplingFrame) -> [Scalar] {
        theta
    }

    /// The matrix's gradient itself.
    public func thetaGradient<Scalar: BinaryFloatingPoint & Sendable>(
        dMatrix: [Scalar], theta: [Scalar], frame: SamplingFrame
    ) -> [Scalar] {
        dMatrix
    }

    /// The matrix itself.
    public func theta<Scalar: BinaryFloatingPoint & Sendable>(of matrix: [Scalar], frame: SamplingFrame) -> [Scalar]? {
        matrix
    }

    /// "rotate −5.7°, scale 1.07 × 0.98, shear 0.10, shift (0.01, −0.02)"; a shear that rounds to nothing is left out.
    public func meaning(of theta: [Float]) -> String { Meaning.affine(theta) }

    /// The sampling grid of each θ, for a caller that has matrices and no frame.
    ///
    /// - Shapes: `theta` [N, 6] → [N, `height`, `width`, 2], the last axis (x, y).
    /// - Complexity: 8 flops a position.
    public static func grid<Scalar: BinaryFloatingPoint & Sendable>(
        theta: Tensor<Scalar>, height: Int, width: Int, corners: CornerConvention
    ) -> Tensor<Scalar> {
        grid(matrices: theta, frame: SamplingFrame(height: height, width: width, corners: corners))
    }

    /// The sampling grid of each matrix; only the output's place in the frame matters.
    @_specialize(where Scalar == Float)
    @_specialize(where Scalar == Double)
    static func grid<Scalar: BinaryFloatingPoint & Sendable>(
        matrices: Tensor<Scalar>, frame: SamplingFrame
    ) -> Tensor<Scalar> {
        let count = frame.imageCount(theta: matrices, parameterCount: parameterCount)
        var positions: [Scalar] = []
        positions.reserveCapacity(count * frame.count * 2)
        for image in 0..<count {
            let t = matrices.row(image)
            frame.forEachPosition { (_, x: Scalar, y: Scalar) in
                positions.append(t[0] * x + t[1] * y + t[2])
                positions.append(t[3] * x + t[4] * y + t[5])
            }
        }
        return Tensor([count, frame.outputHeight, frame.outputWidth, 2], positions)
    }

    /// The gradient for θ of a gradient for the grid, for a caller that has no frame.
    ///
    /// - Shapes: `dGrid` [N, H, W, 2] → [N, 6].
    @_specialize(where Scalar == Float)
    @_specialize(where Scalar == Double)
    public static func thetaGradient<Scalar: BinaryFloatingPoint & Sendable>(
        dGrid: Tensor<Scalar>, corners: CornerConvention
    ) -> Tensor<Scalar> {
        let (count, height, width) = (dGrid.shape[0], dGrid.shape[1], dGrid.shape[2])
        var dTheta = [Scalar](repeating: 0, count: count * 6)
        for image in 0..<count {
            for row in 0..<height {
                let y: Scalar = corners.normalized(row, of: height)
                for column in 0..<width {
                    let x: Scalar = corners.normalized(column, of: width)
                    let position = ((image * height + row) * width + column) * 2
                    for axis in 0..<2 {
                        let gradient = dGrid.values[position + axis]
                        dTheta[image * 6 + axis * 3] += gradient * x
                        dTheta[image * 6 + axis * 3 + 1] += gradient * y
                        dTheta[image * 6 + axis * 3 + 2] += gradient
                    }
                }
            }
        }
        return Tensor([count, 6], dTheta)
    }
}

extension Transformation where Self == AffineTransform {
    /// Any translation, rotation, scale and shear: six numbers.
    public static var affine: AffineTransform { AffineTransform() }
}
