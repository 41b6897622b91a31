/// An upright rectangle in normalised coordinates: where a transformer looks.
public struct SamplingWindow: Hashable, Sendable {
    /// The middle.
    public let centerX: Float, centerY: Float
    /// Width and height as a share of the image's.
    public let scaleX: Float, scaleY: Float

    /// A window about (`centerX`, `centerY`) of a share `scaleX` × `scaleY` of the image.
    public init(centerX: Float, centerY: Float, scaleX: Float, scaleY: Float) {
        (self.centerX, self.centerY) = (centerX, centerY)
        (self.scaleX, self.scaleY) = (scaleX, scaleY)
    }

    /// One of `count` windows that together cover the image without overlap.
    ///
    /// They stand in about √count rows of equal height, the first rows taking one more where the count does not divide.
    ///
    /// - Precondition: `part` is in 0 ..< `count`.
    public static func tile(_ part: Int, of count: Int) -> SamplingWindow {
        precondition((0..<count).contains(part), "part \(part) of \(count)")
        let rows = max(1, Int(Double(count).squareRoot().rounded()))
        let (fewest, longer) = count.quotientAndRemainder(dividingBy: rows)
        let inLonger = longer * (fewest + 1)
        let isInLonger = part < inLonger
        let columns = isInLonger ? fewest + 1 : fewest
        let row = isInLonger ? part / columns : longer + (part - inLonger) / columns
        let column = (isInLonger ? part : part - inLonger) % columns
        return SamplingWindow(
            centerX: Float(2 * column + 1 - columns) / Float(columns), centerY: Float(2 * row + 1 - rows) / Float(rows),
            scaleX: 1 / Float(columns), scaleY: 1 / Float(rows))
    }
}

/// A family that can look at an upright rectangle.
public protocol WindowTransformation: Transformation {
    /// The θ that reads `window`, or the smallest window around it where the family has fewer sizes; nil when that is out of
    /// bounds.
    func theta(reading window: SamplingWindow) -> [Float]?
}

extension AffineTransform: WindowTransformation {
    /// The matrix (sx 0 x; 0 sy y).
    public func theta(reading window: SamplingWindow) -> [Float]? {
        [window.scaleX, 0, window.centerX, 0, window.scaleY, window.centerY]
    }
}

extension Attention: WindowTransformation {
    /// Scales and centre; one scale for both axes is the larger, a fixed one stays as it is.
    public func theta(reading window: SamplingWindow) -> [Float]? {
        switch scaling {
        case .isotropic: [max(window.scaleX, window.scaleY), window.centerX, window.centerY]
        case .perAxis: [window.scaleX, window.scaleY, window.centerX, window.centerY]
        case .fixed: [window.centerX, window.centerY]
        }
    }
}

extension Similarity: WindowTransformation {
    /// No rotation, the larger scale, the centre.
    public func theta(reading window: SamplingWindow) -> [Float]? {
        [0, max(window.scaleX, window.scaleY), window.centerX, window.centerY]
    }
}

extension Projective: WindowTransformation {
    /// The affine matrix, without perspective.
    public func theta(reading window: SamplingWindow) -> [Float]? {
        [window.scaleX, 0, window.centerX, 0, window.scaleY, window.centerY, 0, 0]
    }
}
