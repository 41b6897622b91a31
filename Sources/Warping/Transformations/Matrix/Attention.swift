/// A window without rotation, where to look and how close: the paper's attention.
///
/// θ = (s, tx, ty), (sx, sy, tx, ty) or (tx, ty), by ``Scaling``. The window's centre is (tx, ty), its size the
/// fraction s of the image; s < 1 looks closer.
///
/// - Gradient: the matrix's entries are θ's own; ds = dM₀₀ + dM₁₁ where both axes share it.
/// - Source: Jaderberg et al. 2015 (arXiv:1506.02025), eq. 2.
public struct Attention: MatrixTransformation {
    /// Which sizes the window may take.
    public enum Scaling: Hashable, Sendable {
        /// One scale for both axes: three numbers, the paper's eq. 2.
        case isotropic
        /// A scale for each axis: four numbers.
        case perAxis
        /// A size that is given, only the place is learned: two numbers. The paper's bird experiments take 0.5.
        ///
        /// There is no identity unless the size is 1; training starts from the middle of the image.
        case fixed(Float)
    }

    /// Which sizes the window may take.
    public let scaling: Scaling

    /// The family of windows.
    ///
    /// - Parameter scaling: Which sizes the window may take; isotropic as in the paper.
    public init(_ scaling: Scaling = .isotropic) { self.scaling = scaling }

    /// "attention".
    public var name: String { "attention" }

    /// Three, four or two.
    public var parameterCount: Int { identity.count }

    /// Scale 1 where there is one, no shift.
    public var identity: [Float] {
        switch scaling {
        case .isotropic: [1, 0, 0]
        case .perAxis: [1, 1, 0, 0]
        case .fixed: [0, 0]
        }
    }

    /// (sx 0 tx; 0 sy ty).
    public func matrix<Scalar: BinaryFloatingPoint & Sendable>(of theta: [Scalar], frame: SamplingFrame) -> [Scalar] {
        switch scaling {
        case .isotropic: [theta[0], 0, theta[1], 0, theta[0], theta[2]]
        case .perAxis: [theta[0], 0, theta[2], 0, theta[1], theta[3]]
        case .fixed(let scale): [Scalar(scale), 0, theta[0], 0, Scalar(scale), theta[1]]
        }
    }

    /// See the type.
    public func thetaGradient<Scalar: BinaryFloatingPoint & Sendable>(
        dMatrix: [Scalar], theta: [Scalar], frame: SamplingFrame
    ) -> [Scalar] {
        switch scaling {
        case .isotropic: [dMatrix[0] + dMatrix[4], dMatrix[2], dMatrix[5]]
        case .perAxis: [dMatrix[0], dMatrix[4], dMatrix[2], dMatrix[5]]
        case .fixed: [dMatrix[2], dMatrix[5]]
        }
    }

    /// The scales and the shift; nil for a fixed scale other than 1, since windows in windows are smaller.
    public func theta<Scalar: BinaryFloatingPoint & Sendable>(of matrix: [Scalar], frame: SamplingFrame) -> [Scalar]? {
        switch scaling {
        case .isotropic: [matrix[0], matrix[2], matrix[5]]
        case .perAxis: [matrix[0], matrix[4], matrix[2], matrix[5]]
        case .fixed(let scale): scale == 1 ? [matrix[2], matrix[5]] : nil
        }
    }

    /// "scale 0.50, shift (0.01, −0.02)".
    public func meaning(of theta: [Float]) -> String {
        let scale: (x: Float, y: Float) =
            switch scaling {
            case .isotropic: (theta[0], theta[0])
            case .perAxis: (theta[0], theta[1])
            case .fixed(let scale): (scale, scale)
            }
        return "\(Meaning.scale(scale.x, scale.y)), \(Meaning.shift(theta[theta.count - 2], theta[theta.count - 1]))"
    }
}

extension Transformation where Self == Attention {
    /// A window without rotation: scale and shift, three numbers unless told otherwise.
    public static func attention(_ scaling: Attention.Scaling = .isotropic) -> Attention { Attention(scaling) }
}
