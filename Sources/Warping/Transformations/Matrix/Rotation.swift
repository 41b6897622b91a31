/// Rotation about the centre: θ = (α), in radians.
///
/// The paper's transformer for MNIST digits that are only rotated. Positive angles turn what is read clockwise as one sees
/// it, y being down.
///
/// - Gradient: dα = ⟨dM, R′(α)⟩.
/// - Source: Jaderberg et al. 2015 (arXiv:1506.02025), Table 1.
public struct Rotation: MatrixTransformation {
    /// Whether angles are kept in the input's pixels rather than in normalised coordinates; see `Turn`.
    public let aspectAware: Bool

    /// The family of rotations.
    ///
    /// - Parameter aspectAware: Whether angles are kept on an image that is not square; true, because otherwise a rotation
    ///   shears. On square images both are the same.
    public init(aspectAware: Bool = true) { self.aspectAware = aspectAware }

    /// "rotation".
    public var name: String { "rotation" }

    /// One.
    public var parameterCount: Int { 1 }

    /// No rotation.
    public var identity: [Float] { [0] }

    /// R(α), without a shift.
    public func matrix<Scalar: BinaryFloatingPoint & Sendable>(of theta: [Scalar], frame: SamplingFrame) -> [Scalar] {
        let turn = turn(in: frame).matrix(angle: theta[0])
        return [turn[0], turn[1], 0, turn[2], turn[3], 0]
    }

    /// See the type.
    public func thetaGradient<Scalar: BinaryFloatingPoint & Sendable>(
        dMatrix: [Scalar], theta: [Scalar], frame: SamplingFrame
    ) -> [Scalar] {
        [turn(in: frame).angleGradient([dMatrix[0], dMatrix[1], dMatrix[3], dMatrix[4]], angle: theta[0])]
    }

    /// The angle in (−π, π].
    public func theta<Scalar: BinaryFloatingPoint & Sendable>(of matrix: [Scalar], frame: SamplingFrame) -> [Scalar]? {
        [turn(in: frame).polar(cosine: matrix[0], sine: matrix[3]).angle]
    }

    /// "rotate −5.7°".
    public func meaning(of theta: [Float]) -> String { Meaning.rotation(radians: theta[0]) }

    private func turn<Scalar>(in frame: SamplingFrame) -> Turn<Scalar> {
        Turn(aspect: aspectAware ? frame.aspect() : 1)
    }
}

extension Transformation where Self == Rotation {
    /// Rotation about the centre: one number; true rotations on images that are not square unless told otherwise.
    public static func rotation(aspectAware: Bool = true) -> Rotation { Rotation(aspectAware: aspectAware) }
}
