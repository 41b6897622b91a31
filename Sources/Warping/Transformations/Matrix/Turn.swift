import Foundation

/// Rotations of what is read, as 2×2 matrices in normalised coordinates.
///
/// In pixels of the input a rotation is (cos α, −sin α; sin α, cos α). Normalised x and y are pixels over half the spans
/// Sx and Sy, so that with the aspect a = Sx/Sy it becomes
///
///     cos α     −sin α/a
///     a·sin α    cos α
///
/// With a = 1 on an image that is not square, angles in pixels are not kept: the rotation shears.
struct Turn<Scalar: BinaryFloatingPoint> {
    /// Width over height of what is turned in its own units.
    let aspect: Scalar

    /// The matrix, row by row; exactly (1, 0; 0, 1) at angle 0.
    func matrix(angle: Scalar) -> [Scalar] {
        let (cosine, sine) = (Scalar(cos(Double(angle))), Scalar(sin(Double(angle))))
        return [cosine, -sine / aspect, aspect * sine, cosine]
    }

    /// ⟨gradient, ∂matrix/∂angle⟩.
    func angleGradient(_ gradient: [Scalar], angle: Scalar) -> Scalar {
        let (cosine, sine) = (Scalar(cos(Double(angle))), Scalar(sin(Double(angle))))
        return -sine * (gradient[0] + gradient[3]) - cosine / aspect * gradient[1] + aspect * cosine * gradient[2]
    }

    /// The angle and the scale of a scaled matrix whose first column is given.
    func polar(cosine: Scalar, sine: Scalar) -> (angle: Scalar, scale: Scalar) {
        let sine = sine / aspect
        return (
            Scalar(atan2(Double(sine), Double(cosine))), (cosine * cosine + sine * sine).squareRoot()
        )
    }
}
