/// Shifts alone: θ = (tx, ty) in normalised coordinates.
///
/// - Gradient: dθ = Σ over positions of dGrid.
public struct Translation: MatrixTransformation {
    /// The family of shifts.
    public init() {}

    /// "translation".
    public var name: String { "translation" }

    /// Two.
    public var parameterCount: Int { 2 }

    /// No shift.
    public var identity: [Float] { [0, 0] }

    /// (1 0 tx; 0 1 ty).
    public func matrix<Scalar: BinaryFloatingPoint & Sendable>(of theta: [Scalar], frame: SamplingFrame) -> [Scalar] {
        [1, 0, theta[0], 0, 1, theta[1]]
    }

    /// The last column.
    public func thetaGradient<Scalar: BinaryFloatingPoint & Sendable>(
        dMatrix: [Scalar], theta: [Scalar], frame: SamplingFrame
    ) -> [Scalar] {
        [dMatrix[2], dMatrix[5]]
    }

    /// The last column.
    public func theta<Scalar: BinaryFloatingPoint & Sendable>(of matrix: [Scalar], frame: SamplingFrame) -> [Scalar]? {
        [matrix[2], matrix[5]]
    }

    /// "shift (0.01, −0.02)".
    public func meaning(of theta: [Float]) -> String { Meaning.shift(theta[0], theta[1]) }
}

extension Transformation where Self == Translation {
    /// Shifts alone: two numbers.
    public static var translation: Translation { Translation() }
}
