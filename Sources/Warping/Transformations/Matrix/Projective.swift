import Tensors

/// The plane seen in perspective: θ = (h₀ … h₇), a homography whose last entry is 1.
///
/// - Convention: position (x, y) reads at (h₀x + h₁y + h₂, h₃x + h₄y + h₅) / w with w = h₆x + h₇y + 1. Where w is less than
///   ``horizon``, or not a number, the position looks past the horizon: it counts as outside, its coordinates are +∞, and
///   its gradient is zero whatever `dGrid` says.
/// - Gradient: with q the position that is read and g its gradient, dh₀…₂ = gₓ/w·(x, y, 1), dh₃…₅ = g_y/w·(x, y, 1),
///   dh₆,₇ = −⟨g, q⟩/w·(x, y).
/// - Complexity: 17 flops and a division a position.
/// - Source: Jaderberg et al. 2015 (arXiv:1506.02025), Table 1, “Proj”.
public struct Projective: InvertibleTransformation, ComposableTransformation {
    /// The smallest w that is read.
    ///
    /// 2⁻¹⁰: there the plane is magnified a thousand times, and beyond it gradients would be rounding, magnified a million.
    public static let horizon = 0x1p-10

    /// The family of homographies.
    public init() {}

    /// "projective".
    public var name: String { "projective" }

    /// Eight.
    public var parameterCount: Int { 8 }

    /// The homography that changes nothing.
    public var identity: [Float] { [1, 0, 0, 0, 1, 0, 0, 0] }

    /// The sampling grid of each θ.
    @_specialize(where Scalar == Float)
    @_specialize(where Scalar == Double)
    public func grid<Scalar: BinaryFloatingPoint & Sendable>(
        theta: Tensor<Scalar>, frame: SamplingFrame
    ) -> Tensor<Scalar> {
        let count = frame.imageCount(theta: theta, parameterCount: 8)
        var grid = Tensor<Scalar>([count, frame.outputHeight, frame.outputWidth, 2], repeating: .infinity)
        for image in 0..<count {
            forEachVisible(theta.row(image), frame) { index, _, _, read in
                let position = (image * frame.count + index) * 2
                grid.values[position] = read.x
                grid.values[position + 1] = read.y
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
        let count = frame.imageCount(dGrid: dGrid, theta: theta, parameterCount: 8)
        var dTheta = Tensor<Scalar>.zeros(theta.shape)
        for image in 0..<count {
            forEachVisible(theta.row(image), frame) { index, from, w, read in
                let position = (image * frame.count + index) * 2
                let g = Vector2(x: dGrid.values[position] / w, y: dGrid.values[position + 1] / w)
                let dW = -g.dot(read)
                let terms = (g.x * from.x, g.x * from.y, g.x, g.y * from.x, g.y * from.y, g.y, dW * from.x, dW * from.y)
                dTheta.values[image * 8] += terms.0
                dTheta.values[image * 8 + 1] += terms.1
                dTheta.values[image * 8 + 2] += terms.2
                dTheta.values[image * 8 + 3] += terms.3
                dTheta.values[image * 8 + 4] += terms.4
                dTheta.values[image * 8 + 5] += terms.5
                dTheta.values[image * 8 + 6] += terms.6
                dTheta.values[image * 8 + 7] += terms.7
            }
        }
        return dTheta
    }

    /// Calls `body(index, position, w, where it reads)` for each position on this side of the horizon.
    @inline(__always)
    private func forEachVisible<Scalar: BinaryFloatingPoint>(
        _ h: [Scalar], _ frame: SamplingFrame, _ body: (Int, Vector2<Scalar>, Scalar, Vector2<Scalar>) -> Void
    ) {
        frame.forEachPosition { (index, x: Scalar, y: Scalar) in
            let w = h[6] * x + h[7] * y + 1
            // False for NaN too.
            guard w >= Scalar(Self.horizon) else { return }
            let read = Vector2(x: (h[0] * x + h[1] * y + h[2]) / w, y: (h[3] * x + h[4] * y + h[5]) / w)
            body(index, Vector2(x: x, y: y), w, read)
        }
    }

    /// The inverse matrix, scaled to a last entry of 1; nil when that entry is not positive, the matrix being singular or
    /// the inverse's horizon crossing the centre.
    public func inverse<Scalar: BinaryFloatingPoint & Sendable>(
        of theta: [Scalar], frame: SamplingFrame
    ) -> [Scalar]? {
        Homography(theta).inverse?.values
    }

    /// The product of the matrices, scaled to a last entry of 1; nil when that entry is not positive.
    public func composition<Scalar: BinaryFloatingPoint & Sendable>(
        of first: [Scalar], then second: [Scalar], frame: SamplingFrame
    ) -> [Scalar]? {
        Homography(first).after(Homography(second))?.values
    }

    /// The affine part as an affine transform's, and "tilt (0.05, 0.00)" for what makes the perspective.
    public func meaning(of theta: [Float]) -> String {
        "\(Meaning.affine(theta)), tilt (\(Meaning.number(theta[6])), \(Meaning.number(theta[7])))"
    }
}

extension Transformation where Self == Projective {
    /// The plane seen in perspective: eight numbers.
    public static var projective: Projective { Projective() }
}
