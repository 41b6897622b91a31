/// Sine and cosine by polynomial, so that the glyphs are the same bits on every platform.
///
/// The system's `sinf` differs in the last bit from one C library to the next. Everything the glyphs compute
/// is made of additions, multiplications, divisions, square roots and roundings, which IEEE 754 defines
/// exactly and which Swift neither reorders nor contracts.
enum GlyphTrigonometry {
    /// sin(2π · `turns`), within 1e-6 for arguments of a few turns.
    ///
    /// - Precondition: `turns` fits in an `Int32` (a conversion is much faster than `rounded()` on processors
    ///   before SSE4.1, for which this is compiled).
    static func sine(turns: Float) -> Float {
        var x = turns - Float(Int32(turns))
        if x > 0.5 { x -= 1 }
        if x < -0.5 { x += 1 }
        // sin(π − a) = sin a folds the half turn into ±a quarter.
        if x > 0.25 { x = 0.5 - x }
        if x < -0.25 { x = -0.5 - x }
        // The Taylor series to the eleventh power; coefficients (2π)^k / k!.
        let square = x * x
        var sum: Float = -15.094_643
        sum = sum * square + 42.058_693
        sum = sum * square - 76.705_86
        sum = sum * square + 81.605_25
        sum = sum * square - 41.341_702
        sum = sum * square + 6.283_185_3
        return sum * x
    }

    /// The unit vector at an angle of `turns` from the x axis.
    static func direction(turns: Float) -> SIMD2<Float> {
        SIMD2(sine(turns: turns + 0.25), sine(turns: turns))
    }
}

extension SIMD2<Float> {
    /// The inner product; not `sum()`, whose order of addition the standard library leaves open.
    func dot(_ other: SIMD2<Float>) -> Float { x * other.x + y * other.y }

    /// The Euclidean length.
    var length: Float { dot(self).squareRoot() }

    /// The vector rotated by the angle of the unit vector `direction`.
    func rotated(by direction: SIMD2<Float>) -> SIMD2<Float> {
        SIMD2(x * direction.x - y * direction.y, x * direction.y + y * direction.x)
    }
}
