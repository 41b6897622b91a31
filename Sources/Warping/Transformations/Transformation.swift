import Tensors

/// A family of transformations: θ → sampling grid, and back for gradients.
///
/// What is written here is the reference, in plain loops, which fast kernels are held to. A value names a family together
/// with its options; θ is always handed in.
///
/// - Convention: see ``CornerConvention``. θ maps output positions to input positions: a grid's last axis is (x, y) and
///   says where to *read*. What moves the reading to the right moves what one sees to the left.
/// - Numerics: sines, exponentials and logarithms are computed in `Double` and rounded, for every number type.
/// - Source: Jaderberg et al. 2015 (arXiv:1506.02025), section 3.2.
public protocol Transformation: Hashable, Sendable {
    /// What the family is called on the command line and in files, such as "thin-plate-spline"; options not included.
    var name: String { get }

    /// Numbers an image, P.
    var parameterCount: Int { get }

    /// The θ that changes nothing: its grid is bit for bit ``SamplingFrame/positions(of:)``.
    ///
    /// A family without such a θ (``Attention/Scaling/fixed(_:)``) has here what it starts from.
    var identity: [Float] { get }

    /// The sampling grid of each θ.
    ///
    /// - Shapes: `theta` [N, P] → [N, outputHeight, outputWidth, 2].
    func grid<Scalar: BinaryFloatingPoint & Sendable>(theta: Tensor<Scalar>, frame: SamplingFrame) -> Tensor<Scalar>

    /// The gradient for θ of a gradient for the grid.
    ///
    /// Exact for the grid as it is computed. Each sum goes row by row over the positions.
    ///
    /// - Shapes: `dGrid` as the grid, `theta` [N, P] → [N, P].
    func thetaGradient<Scalar: BinaryFloatingPoint & Sendable>(
        dGrid: Tensor<Scalar>, theta: Tensor<Scalar>, frame: SamplingFrame
    ) -> Tensor<Scalar>

    /// What one θ does, for people: "rotate −5.7°, scale 1.07, shift (0.01, −0.02)".
    ///
    /// Said of the window that is read; shifts in normalised coordinates.
    func meaning(of theta: [Float]) -> String
}

/// A family that contains the inverse of its members.
public protocol InvertibleTransformation: Transformation {
    /// The θ that undoes `theta`, or nil when that one cannot be undone.
    ///
    /// The frame matters where the input's aspect does; its output and input are taken to be of the same aspect.
    func inverse<Scalar: BinaryFloatingPoint & Sendable>(of theta: [Scalar], frame: SamplingFrame) -> [Scalar]?
}

/// A family that is closed under one warp after another.
public protocol ComposableTransformation: Transformation {
    /// The θ of warping an image by `first` and the result by `second`, or nil when it lies outside the family.
    ///
    /// - Convention: position p reads at first(second(p)), because a grid says where to read.
    func composition<Scalar: BinaryFloatingPoint & Sendable>(
        of first: [Scalar], then second: [Scalar], frame: SamplingFrame
    ) -> [Scalar]?
}
