import CKernels

/// Memory aligned to cache lines, zeroed, and readable a little past its end, as the kernels ask of their operands.
///
/// A reference type so that plans may keep raw pointers into it; it lives as long as anyone holds it.
public final class AlignedBuffer {
    /// Bytes that may be used.
    public let byteCount: Int
    /// The first byte; aligned to 64.
    public let base: UnsafeMutableRawPointer

    /// A zeroed buffer of `byteCount` bytes.
    public init(byteCount: Int) {
        precondition(byteCount >= 0, "a buffer of \(byteCount) bytes")
        self.byteCount = byteCount
        let padded = byteCount + Int(STN_PADDING)
        base = .allocate(byteCount: padded, alignment: 64)
        base.initializeMemory(as: UInt8.self, repeating: 0, count: padded)
    }

    /// A zeroed buffer of `count` floats.
    public convenience init(floats count: Int) { self.init(byteCount: count * 4) }

    deinit { base.deallocate() }

    /// The buffer as floats.
    public var floats: UnsafeMutableBufferPointer<Float> {
        UnsafeMutableBufferPointer(start: base.assumingMemoryBound(to: Float.self), count: byteCount / 4)
    }
}
