/// What is read beyond the edges of an image.
///
/// - Convention: a position that is not finite counts as outside under every padding: it reads the constant, or zero where
///   the padding has none, and its gradient is zero. A finite one follows the mathematics below, however far away it is.
/// - Gradient: the grid's has the factor ∂(where the position comes to lie)/∂position, stated with each case.
/// - Source: the first three are PyTorch's `padding_mode`, with its gradients.
public enum SamplingPadding: Hashable, Sendable {
    /// Zero, tap by tap: values fade over the reach of the taps.
    ///
    /// - Gradient: taps outside read zero and the grid's gradient sees it.
    case zeros
    /// The nearest pixel of the border.
    ///
    /// - Convention: nearest and bilinear move the position to [0, extent − 1] first; bicubic moves each tap and leaves
    ///   the position alone.
    /// - Gradient: the factor is 0 on and beyond the border pixels' centres, else 1; with bicubic always 1.
    case border
    /// The image mirrored at its edges, over and over.
    ///
    /// - Convention: the mirrors stand where ``CornerConvention`` has −1 and +1: at the outer edges (the border pixel
    ///   comes twice) or at the border pixels' centres (it comes once). Nearest and bilinear mirror the position and then
    ///   move it to [0, extent − 1]; bicubic mirrors each tap.
    /// - Gradient: the factor is −1 in mirrored copies, else 1, and 0 where the position is then moved; with bicubic
    ///   always 1.
    case reflection
    /// The image repeated: pixel `extent` is pixel 0 again, under both corner conventions.
    ///
    /// - Gradient: the factor is 1.
    case wrap
    /// A constant: one number for all channels, or one for each.
    ///
    /// - Convention: a tap outside contributes its weight times the constant; a position all of whose taps are outside
    ///   reads the constant itself, bit for bit.
    /// - Gradient: taps outside read the constant and the grid's gradient sees it.
    case constant([Float])

    /// The constant that black becomes when images are normalised: (0 − mean) / deviation for each channel.
    ///
    /// Zeros around a normalised image are its mean colour, which shows as a grey frame; this is the frame that the
    /// unnormalised image would have.
    ///
    /// - Parameters:
    ///   - mean: Subtracted from each channel of pixels between 0 and 1.
    ///   - deviation: Divides each channel afterwards; as many as means.
    /// - Returns: ``constant(_:)``.
    public static func background(mean: [Float], deviation: [Float]) -> SamplingPadding {
        precondition(mean.count == deviation.count, "\(mean.count) means but \(deviation.count) deviations")
        return .constant(zip(mean, deviation).map { (0 - $0) / $1 })
    }

    /// What each of `channels` channels reads outside; nil where a tap outside contributes nothing.
    ///
    /// - Precondition: a constant has one number, or one for each channel.
    func constant<Scalar: BinaryFloatingPoint>(channels: Int) -> [Scalar]? {
        guard case .constant(let values) = self else { return nil }
        precondition(fits(channels: channels), "\(values.count) constants for \(channels) channels")
        return (0..<channels).map { Scalar(values[values.count == 1 ? 0 : $0]) }
    }

    /// Whether images of `channels` channels can have this padding.
    public func fits(channels: Int) -> Bool {
        guard case .constant(let values) = self else { return true }
        return values.count == 1 || values.count == channels
    }
}

extension SamplingPadding {
    /// Where a position in pixels comes to lie, within reach of the image, and the factor for its gradient; nil when no
    /// tap can be inside.
    ///
    /// - Precondition: the position is finite.
    func placed<Scalar: BinaryFloatingPoint>(
        _ position: Scalar, for mode: SamplingMode, extent: Int, corners: CornerConvention
    ) -> (position: Scalar, factor: Scalar)? {
        switch self {
        case .zeros, .constant: position >= -2 && position < Scalar(extent + 1) ? (position, 1) : nil
        case .wrap: (wrapped(position, period: Scalar(extent)), 1)
        // Beyond these all taps are the border pixel.
        case .border where mode == .bicubic: (min(max(position, -3), Scalar(extent + 2)), 1)
        case .border: clipped(position, factor: 1, extent: extent)
        case .reflection where mode == .bicubic:
            (wrapped(position, period: max(1, 2 * corners.span(of: extent))), 1)
        case .reflection: reflected(position, extent: extent, corners: corners)
        }
    }

    /// The pixel that a tap at `index` reads; nil outside.
    func pixel(at index: Int, extent: Int, corners: CornerConvention) -> Int? {
        switch self {
        case .zeros, .constant: return (0..<extent).contains(index) ? index : nil
        case .border: return min(max(index, 0), extent - 1)
        case .wrap: return modulo(index, extent)
        case .reflection:
            let period = corners == .edges ? 2 * extent : max(1, 2 * (extent - 1))
            let place = modulo(index, period)
            return place < extent ? place : period - (corners == .edges ? 1 : 0) - place
        }
    }

    private func clipped<Scalar: BinaryFloatingPoint>(
        _ position: Scalar, factor: Scalar, extent: Int
    ) -> (position: Scalar, factor: Scalar) {
        if position <= 0 { return (0, 0) }
        let last = Scalar(extent - 1)
        return position >= last ? (last, 0) : (position, factor)
    }

    private func reflected<Scalar: BinaryFloatingPoint>(
        _ position: Scalar, extent: Int, corners: CornerConvention
    ) -> (position: Scalar, factor: Scalar) {
        let span: Scalar = corners.span(of: extent)
        // Mirrors in one place leave one point.
        if span == 0 { return (0, 0) }
        let mirror: Scalar = corners == .edges ? -0.5 : 0
        let distance = position - mirror
        let factor: Scalar = distance < 0 ? -1 : 1
        // Exact for any magnitude, other than counting the mirrors passed.
        let rest = abs(distance).truncatingRemainder(dividingBy: 2 * span)
        return rest < span
            ? clipped(rest + mirror, factor: factor, extent: extent)
            : clipped(2 * span - rest + mirror, factor: -factor, extent: extent)
    }

    /// The position in [0, period]: a negative one next to zero may be rounded to the period.
    private func wrapped<Scalar: BinaryFloatingPoint>(_ position: Scalar, period: Scalar) -> Scalar {
        let rest = position.truncatingRemainder(dividingBy: period)
        return rest < 0 ? rest + period : rest
    }

    private func modulo(_ index: Int, _ period: Int) -> Int {
        let rest = index % period
        return rest < 0 ? rest + period : rest
    }
}
