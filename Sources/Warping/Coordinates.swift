/// Which point of the image −1 and +1 mean.
///
/// Written once, here; everything else asks this type.
///
/// - Convention: normalised coordinates have x to the right and y down; a grid says where to *read*. `(x, y)` order.
///   Pixel coordinates put the centre of pixel (row i, column j) at x = j, y = i.
public enum CornerConvention: Hashable, Sendable {
    /// −1 and +1 are the outer edges of the image: PyTorch's `align_corners=False`, the default, because positions then do
    /// not depend on the resolution.
    case edges
    /// −1 and +1 are the centres of the border pixels: PyTorch's `align_corners=True`.
    case centers

    /// The convention for PyTorch's flag.
    public init(alignCorners: Bool) { self = alignCorners ? .centers : .edges }

    /// PyTorch's flag for the convention.
    public var alignCorners: Bool { self == .centers }

    /// What [−1, 1] spans, in pixels: the extent, or one less between centres.
    @inlinable
    public func span<Scalar: BinaryFloatingPoint>(of extent: Int) -> Scalar {
        Scalar(self == .edges ? extent : extent - 1)
    }

    /// The normalised coordinate of pixel `index` of `extent`; 0 where a single pixel has no span, as in PyTorch.
    @inlinable
    public func normalized<Scalar: BinaryFloatingPoint>(_ index: Int, of extent: Int) -> Scalar {
        let span: Scalar = span(of: extent)
        return span > 0 ? Scalar(2 * index + 1 - extent) / span : 0
    }

    /// The pixel coordinate of a normalised one.
    ///
    /// - Numerics: a result within a few units in the last place of a pixel centre is that centre, so that a grid made by
    ///   ``normalized(_:of:)`` comes back exactly and the identity transform copies the image bit for bit.
    /// - Gradient: ∂pixel/∂normalised = span / 2.
    @inlinable
    public func pixel<Scalar: BinaryFloatingPoint>(_ coordinate: Scalar, of extent: Int) -> Scalar {
        let pixel = coordinate * (span(of: extent) / 2) + Scalar(extent - 1) / 2
        let nearest = pixel.rounded()
        return abs(pixel - nearest) <= Scalar(2 * extent) * Scalar.ulpOfOne ? nearest : pixel
    }
}
