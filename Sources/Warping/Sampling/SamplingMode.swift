/// How an image is read between its pixels.
///
/// In all modes a pixel centre gives back the pixel itself, bit for bit. What lies beyond the image is
/// ``SamplingPadding``'s affair.
public enum SamplingMode: String, Hashable, Sendable, CaseIterable {
    /// The pixel whose centre is nearest.
    ///
    /// - Convention: half way between two, per axis, the one with the even index, after padding: PyTorch's rule.
    /// - Gradient: for the image only. A step has slope zero, so the grid's gradient is zero, and θ does not learn.
    /// - Source: PyTorch's `grid_sample`, `mode="nearest"`.
    case nearest
    /// The two pixels around along each axis, blended by nearness: four in an image, eight in a volume (trilinear).
    ///
    /// - Gradient: for image and grid. On a pixel centre the grid's is the one-sided derivative towards +x, +y, +z.
    /// - Source: Jaderberg et al. 2015 (arXiv:1506.02025), eq. 5–7; PyTorch's `mode="bilinear"`.
    case bilinear
    /// The four pixels around along each axis, weighted by Keys' cubic convolution with A = −0.75; sharper, and may
    /// overshoot.
    ///
    /// - Convention: weights are not scaled up where a tap lies outside; padding says, tap by tap, what is read there.
    /// - Gradient: for image and grid, continuous also on pixel centres.
    /// - Source: Keys 1981, “Cubic convolution interpolation for digital image processing”, eq. 15 with a = −0.75;
    ///   PyTorch's `mode="bicubic"`.
    case bicubic

    /// Taps along one axis.
    public var tapsPerAxis: Int {
        switch self {
        case .nearest: 1
        case .bilinear: 2
        case .bicubic: 4
        }
    }

    /// The first pixel along one axis that a position reads, and for each tap from there on its weight and
    /// ∂weight/∂position.
    ///
    /// - Precondition: the position fits `Int`.
    func reach<Scalar: BinaryFloatingPoint>(
        at position: Scalar
    ) -> (first: Int, taps: [(weight: Scalar, slope: Scalar)]) {
        let floor = position.rounded(.down)
        let (base, t) = (Int(floor), position - floor)
        switch self {
        case .nearest: return (Int(position.rounded(.toNearestOrEven)), [(1, 0)])
        case .bilinear: return (base, [(1 - t, -1), (t, 1)])
        case .bicubic:
            return (
                base - 1,
                (-1...2).map { offset in
                    let signed = t - Scalar(offset)
                    let (weight, slope) = SamplingMode.keys(at: abs(signed))
                    return (weight, signed < 0 ? -slope : slope)
                }
            )
        }
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
