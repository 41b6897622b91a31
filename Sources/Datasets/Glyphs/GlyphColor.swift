import Tensors

/// Colours by luma, so that contrast can be promised whatever the hue.
package enum GlyphColor {
    /// The luma of a colour, in [0, 1]; weights of ITU-R BT.601.
    package static func luma(_ color: SIMD4<Float>) -> Float {
        0.299 * color.x + 0.587 * color.y + 0.114 * color.z
    }

    /// A random colour whose luma is exactly `luma` (up to rounding), within [0, 1] in each channel.
    static func random(luma target: Float, generator: inout RandomStreamGenerator) -> SIMD4<Float> {
        var chroma = SIMD4(generator.uniform(-1, 1), generator.uniform(-1, 1), generator.uniform(-1, 1), 0)
        chroma -= SIMD4(repeating: luma(chroma))
        chroma.w = 0
        // The longest step along this hue that stays inside the colour cube.
        var room = Float.greatestFiniteMagnitude
        for channel in 0..<3 where chroma[channel] != 0 {
            room = min(room, (chroma[channel] > 0 ? 1 - target : target) / abs(chroma[channel]))
        }
        // A chroma of zero leaves `room` infinite in effect; grey is then the only colour.
        let step = room < 1e6 ? room * generator.uniform(0.2, 0.9) : 0
        return SIMD4(target, target, target, 0) + chroma * step
    }
}

extension SIMD4<Float> {
    /// The vector with each lane brought into [0, 1], by masks: `clamped` is a call for each lane.
    var clampedToUnit: SIMD4<Float> {
        let positive = replacing(with: 0, where: self .< 0)
        return positive.replacing(with: 1, where: positive .> 1)
    }
}
