/// How an image is read between its pixels.
///
/// All modes read zero outside the image, tap by tap. In all of them a pixel centre gives back the pixel itself, bit for
/// bit, and a position that is not finite or beyond the reach of every tap gives zero with zero gradient.
public enum SamplingMode: String, Hashable, Sendable, CaseIterable {
    /// The pixel whose centre is nearest.
    ///
    /// - Convention: half way between two, per axis, the one with the even index: PyTorch's rule.
    /// - Gradient: for the image only. A step has slope zero, so the grid's gradient is zero, and θ does not learn.
    /// - Source: PyTorch's `grid_sample`, `mode="nearest"`.
    case nearest
    /// The four pixels around, blended by nearness.
    ///
    /// - Gradient: for image and grid. On a pixel centre the grid's is the one-sided derivative towards +x, +y.
    /// - Source: Jaderberg et al. 2015 (arXiv:1506.02025), eq. 5–7; PyTorch's `mode="bilinear"`.
    case bilinear
    /// The sixteen pixels around, weighted by Keys' cubic convolution with A = −0.75; sharper, and may overshoot.
    ///
    /// - Convention: a tap outside counts as zero and the remaining weights are not scaled up.
    /// - Gradient: for image and grid, continuous also on pixel centres.
    /// - Source: Keys 1981, “Cubic convolution interpolation for digital image processing”, eq. 15 with a = −0.75;
    ///   PyTorch's `mode="bicubic"`.
    case bicubic

    /// A pixel along one axis that a position reads.
    struct Tap<Scalar: BinaryFloatingPoint> {
        let index: Int
        let weight: Scalar
        /// ∂weight/∂position.
        let slope: Scalar
    }

    /// The taps inside an axis of `extent` pixels at a position in pixels.
    func taps<Scalar: BinaryFloatingPoint>(at position: Scalar, extent: Int) -> [Tap<Scalar>] {
        // False for NaN too; within these bounds the conversions to Int are safe.
        guard position >= -2, position < Scalar(extent + 1) else { return [] }
        let floor = position.rounded(.down)
        let (base, t) = (Int(floor), position - floor)
        let taps: [Tap<Scalar>] =
            switch self {
            case .nearest: [Tap(index: Int(position.rounded(.toNearestOrEven)), weight: 1, slope: 0)]
            case .bilinear:
                [Tap(index: base, weight: 1 - t, slope: -1), Tap(index: base + 1, weight: t, slope: 1)]
            case .bicubic:
                (-1...2).map { offset in
                    let signed = t - Scalar(offset)
                    let (weight, slope) = SamplingMode.keys(at: abs(signed))
                    return Tap(index: base + offset, weight: weight, slope: signed < 0 ? -slope : slope)
                }
            }
        return taps.filter { (0..<extent).contains($0.index) }
    }

    /// Keys' kernel and its derivative at a distance of 0 … 2.
    private static func keys<Scalar: BinaryFloatingPoint>(at u: Scalar) -> (weight: Scalar, slope: Scalar) {
        let a: Scalar = -0.75
        if u <= 1 {
            return (((a + 2) * u - (a + 3)) * u * u + 1, (3 * (a + 2) * u - 2 * (a + 3)) * u)
        }
        return (((a * u - 5 * a) * u + 8 * a) * u - 4 * a, (3 * a * u - 10 * a) * u + 8 * a)
    }
}
