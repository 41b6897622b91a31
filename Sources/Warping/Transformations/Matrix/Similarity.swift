/// Rotation, scale and shift: θ = (α, s, tx, ty), α in radians.
///
/// The matrix is s·R(α) with the shift beside it. Positive angles turn what is read clockwise as one sees it, y being down.
///
/// - Gradient: dα = ⟨dM, s·R′(α)⟩, ds = ⟨dM, R(α)⟩ over the left 2×2 of the matrix.
public struct Similarity: MatrixTransformation {
    /// Whether angles are kept in the input's pixels rather than in normalised coordinates; see `Turn`.
    public let aspectAware: Bool

    /// The family of similarities.
    ///
    /// - Parameter aspectAware: Whether a rotation keeps angles on an image that is not square; true, because otherwise it
    ///   shears. On square images both are the same.
    public init(aspectAware: Bool = true) { self.aspectAware = aspectAware }

    /// "similarity".
    public var name: String { "similarity" }

    /// Four.
    public var parameterCount: Int { 4 }

    /// No rotation, scale 1, no shift.
    public var identity: [Float] { [0, 1, 0, 0] }

    /// s·R(α) and the shift.
    public func matrix<Scalar: BinaryFloatingPoint & Sendable>(of theta: [Scalar], frame: SamplingFrame) -> [Scalar] {
        let (turn, scale) = (turn(in: frame).matrix(angle: theta[0]), theta[1])
        return [scale * turn[0], scale * turn[1], theta[2], scale * turn[2], scale * turn[3], theta[3]]
    }

    /// See the type.
    public func thetaGradient<Scalar: BinaryFloatingPoint & Sendable>(
        dMatrix: [Scalar], theta: [Scalar], frame: SamplingFrame
    ) -> [Scalar] {
        let turn: Turn<Scalar> = turn(in: frame)
        let dTurn = [dMatrix[0], dMatrix[1], dMatrix[3], dMatrix[4]]
        return [
            theta[1] * turn.angleGradient(dTurn, angle: theta[0]),
            zip(dTurn, turn.matrix(angle: theta[0])).reduce(0) { $0 + $1.0 * $1.1 }, dMatrix[2], dMatrix[5],
        ]
    }

    /// The angle in (−π, π] and a scale that is not negative.
    public func theta<Scalar: BinaryFloatingPoint & Sendable>(of matrix: [Scalar], frame: SamplingFrame) -> [Scalar]? {
        let turn: Turn<Scalar> = turn(in: frame)
        let (angle, scale) = turn.polar(cosine: matrix[0], sine: matrix[3])
        return [angle, scale, matrix[2], matrix[5]]
    }

    /// "rotate −5.7°, scale 1.07, shift (0.01, −0.02)".
    public func meaning(of theta: [Float]) -> String {
        [
            Meaning.rotation(radians: theta[0]), Meaning.scale(theta[1], theta[1]), Meaning.shift(theta[2], theta[3]),
        ].joined(separator: ", ")
    }

    private func turn<Scalar>(in frame: SamplingFrame) -> Turn<Scalar> {
        Turn(aspect: aspectAware ? frame.aspect() : 1)
    }
}

extension Transformation where Self == Similarity {
    /// Rotation, scale and shift: four numbers; true rotations on images that are not square unless told otherwise.
    public static func similarity(aspectAware: Bool = true) -> Similarity { Similarity(aspectAware: aspectAware) }
}
