import Foundation

/// Cosine and sine of an angle, exact for quarter turns.
struct Direction {
    let cosine, sine: Double

    /// The direction at an angle in degrees.
    init(_ degrees: Double) {
        (cosine, sine) =
            switch degrees.truncatingRemainder(dividingBy: 360) {
            case 0: (1, 0)
            case 90, -270: (0, 1)
            case 180, -180: (-1, 0)
            case 270, -90: (0, -1)
            case let rest: (cos(rest * .pi / 180), sin(rest * .pi / 180))
            }
    }
}
