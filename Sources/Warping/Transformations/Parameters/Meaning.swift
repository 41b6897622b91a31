import Foundation

/// Numbers as people read them, in ``Transformation/meaning(of:)``.
enum Meaning {
    /// A number with two decimals and a proper minus: "−0.02".
    static func number(_ value: Float, decimals: Int = 2) -> String {
        let text = String(format: "%.\(decimals)f", Double(value))
        let isZero = !text.contains { ("1"..."9").contains($0) || $0.isLetter }
        // −0.00 says nothing that 0.00 does not.
        return isZero ? text.replacingOccurrences(of: "-", with: "") : text.replacingOccurrences(of: "-", with: "−")
    }

    /// "rotate −5.7°".
    static func rotation(radians: Float) -> String { "rotate \(number(radians * 180 / .pi, decimals: 1))°" }

    /// "shift (0.01, −0.02)".
    static func shift(_ x: Float, _ y: Float) -> String { "shift (\(number(x)), \(number(y)))" }

    /// "scale 1.07", or "scale 1.07 × 0.90" where the axes differ.
    static func scale(_ x: Float, _ y: Float) -> String {
        let (x, y) = (number(x), number(y))
        return x == y ? "scale \(x)" : "scale \(x) × \(y)"
    }

    /// The length of the longest of the vectors (x, y) in a list; NaN if one of them is.
    static func longest(of vectors: [Float]) -> Float {
        var longest: Float = 0
        for index in stride(from: 0, to: vectors.count - 1, by: 2) {
            let (x, y) = (vectors[index], vectors[index + 1])
            let length = (x * x + y * y).squareRoot()
            if !(length <= longest) { longest = length }
        }
        return longest
    }

    /// A 2×3 matrix taken apart as a rotation after a shear after a scale: "rotate −5.7°, scale 1.07, shift (…)".
    ///
    /// [a b; d e] = R(α)·[1 k; 0 1]·diag(sx, sy) with sx = √(a² + d²), sy = (a·e − b·d)/sx, k = (a·b + d·e)/(sx·sy). The
    /// shear is left out where it rounds to nothing.
    static func affine(_ m: [Float]) -> String {
        let (a, b, d, e) = (m[0], m[1], m[3], m[4])
        let scaleX = (a * a + d * d).squareRoot()
        let scaleY = (a * e - b * d) / scaleX
        let shear = (a * b + d * e) / (scaleX * scaleY)
        var parts = [rotation(radians: Float(atan2(Double(d), Double(a)))), scale(scaleX, scaleY)]
        if number(shear) != number(0) { parts.append("shear \(number(shear))") }
        return (parts + [shift(m[2], m[5])]).joined(separator: ", ")
    }
}
