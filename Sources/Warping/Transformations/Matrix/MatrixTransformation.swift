import Tensors

/// A family whose θ is a 2×3 affine matrix in disguise.
///
/// The family only says how θ and matrix depend on each other; grid, gradient, inverse and composition are shared, and one
/// fast kernel serves every such family.
public protocol MatrixTransformation: InvertibleTransformation, ComposableTransformation {
    /// The matrix of one θ, row by row, in normalised coordinates: see ``AffineTransform``.
    func matrix<Scalar: BinaryFloatingPoint & Sendable>(of theta: [Scalar], frame: SamplingFrame) -> [Scalar]

    /// The gradient for one θ of a gradient for its matrix.
    func thetaGradient<Scalar: BinaryFloatingPoint & Sendable>(
        dMatrix: [Scalar], theta: [Scalar], frame: SamplingFrame
    ) -> [Scalar]

    /// The θ of a matrix that is a product or inverse of matrices of this family, or nil when such a product or inverse
    /// lies outside it.
    func theta<Scalar: BinaryFloatingPoint & Sendable>(of matrix: [Scalar], frame: SamplingFrame) -> [Scalar]?
}

extension MatrixTransformation {
    /// The matrix of each θ.
    ///
    /// - Shapes: `theta` [N, P] → [N, 6].
    public func matrices<Scalar: BinaryFloatingPoint & Sendable>(
        theta: Tensor<Scalar>, frame: SamplingFrame
    ) -> Tensor<Scalar> {
        let count = frame.imageCount(theta: theta, parameterCount: parameterCount)
        return Tensor([count, 6], (0..<count).flatMap { matrix(of: theta.row($0), frame: frame) })
    }

    /// The gradient for each θ of a gradient for its matrix.
    ///
    /// - Shapes: `dMatrices` [N, 6], `theta` [N, P] → [N, P].
    public func thetaGradient<Scalar: BinaryFloatingPoint & Sendable>(
        dMatrices: Tensor<Scalar>, theta: Tensor<Scalar>, frame: SamplingFrame
    ) -> Tensor<Scalar> {
        let count = frame.imageCount(theta: theta, parameterCount: parameterCount)
        precondition(dMatrices.shape == [count, 6], "the matrices' gradient is \(dMatrices.shape), expected [N, 6]")
        let rows = (0..<count).flatMap {
            thetaGradient(dMatrix: dMatrices.row($0), theta: theta.row($0), frame: frame)
        }
        return Tensor(theta.shape, rows)
    }

    /// The sampling grid of each θ's matrix: 8 flops a position.
    public func grid<Scalar: BinaryFloatingPoint & Sendable>(
        theta: Tensor<Scalar>, frame: SamplingFrame
    ) -> Tensor<Scalar> {
        AffineTransform.grid(matrices: matrices(theta: theta, frame: frame), frame: frame)
    }

    /// The gradient for θ through its matrix.
    public func thetaGradient<Scalar: BinaryFloatingPoint & Sendable>(
        dGrid: Tensor<Scalar>, theta: Tensor<Scalar>, frame: SamplingFrame
    ) -> Tensor<Scalar> {
        _ = frame.imageCount(dGrid: dGrid, theta: theta, parameterCount: parameterCount)
        let dMatrices = AffineTransform.thetaGradient(dGrid: dGrid, corners: frame.corners)
        return thetaGradient(dMatrices: dMatrices, theta: theta, frame: frame)
    }

    /// The θ of the inverse matrix; nil when the matrix has none that is finite.
    public func inverse<Scalar: BinaryFloatingPoint & Sendable>(
        of theta: [Scalar], frame: SamplingFrame
    ) -> [Scalar]? {
        AffineMatrix(matrix(of: theta, frame: frame)).inverse.flatMap { self.theta(of: $0.values, frame: frame) }
    }

    /// The θ of the product of the matrices.
    public func composition<Scalar: BinaryFloatingPoint & Sendable>(
        of first: [Scalar], then second: [Scalar], frame: SamplingFrame
    ) -> [Scalar]? {
        let (first, second) = (matrix(of: first, frame: frame), matrix(of: second, frame: frame))
        return theta(of: (AffineMatrix(first) * AffineMatrix(second)).values, frame: frame)
    }
}

extension Tensor {
    /// Row `index` of a matrix.
    package func row(_ index: Int) -> [Scalar] { Array(values[index * shape[1]..<(index + 1) * shape[1]]) }
}
