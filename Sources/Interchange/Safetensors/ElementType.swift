extension SafetensorsFile {
    /// The element types that are read and written; the raw value is the format's name for it.
    ///
    /// The cases stand in the order in which the format's reference writer puts tensors into a file: wide types first, so
    /// that each tensor's data is aligned. Other types the format knows (8-bit floats, complex numbers, …) have no use in
    /// a network of this library and are refused by name.
    public enum ElementType: String, Sendable, CaseIterable {
        /// Signed 64-bit integer.
        case int64 = "I64"
        /// IEEE 754 binary64.
        case float64 = "F64"
        /// IEEE 754 binary32.
        case float32 = "F32"
        /// The upper half of a binary32.
        case bfloat16 = "BF16"
        /// IEEE 754 binary16.
        case float16 = "F16"
        /// Unsigned 8-bit integer.
        case uint8 = "U8"

        /// The size of one element.
        public var byteCount: Int {
            switch self {
            case .int64, .float64: 8
            case .float32: 4
            case .bfloat16, .float16: 2
            case .uint8: 1
            }
        }

        /// The place of the type in a written file.
        var writingOrder: Int { Self.allCases.prefix { $0 != self }.count }
    }
}

/// The value of an IEEE 754 binary16, exactly.
///
/// `Float16` is not used: Swift does not offer it on every platform.
package func floatFromHalf(_ bits: UInt16) -> Float {
    let sign = UInt32(bits & 0x8000) << 16
    let exponent = UInt32(bits >> 10 & 0x1F)
    let fraction = UInt32(bits & 0x3FF)
    switch exponent {
    case 0:
        // Zero and subnormal numbers: fraction · 2⁻²⁴, which a Float holds exactly.
        let magnitude = Float(fraction) * 0x1p-24
        return sign == 0 ? magnitude : -magnitude
    case 31:
        return Float(bitPattern: sign | 0x7F80_0000 | fraction << 13)
    default:
        return Float(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
    }
}
