import CKernels
import Foundation

/// Memory aligned to cache lines, zeroed, and readable a little past its end, as the kernels ask of their operands.
///
/// Large buffers lie in huge pages where Linux has them to give: a sampler reads wherever θ points, and with pages of 4 KiB each
/// of its steps down an image of many channels would first have to find the page.
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
        let isLarge = padded >= Self.worthHugePages
        base = .allocate(byteCount: padded, alignment: isLarge ? Self.hugePage : 64)
        #if os(Linux)
            // Advice: where it is refused, pages are small.
            if isLarge { madvise(base, padded / Self.hugePage * Self.hugePage, MADV_HUGEPAGE) }
        #endif
        base.initializeMemory(as: UInt8.self, repeating: 0, count: padded)
    }

    /// A zeroed buffer of `count` floats.
    public convenience init(floats count: Int) { self.init(byteCount: count * 4) }

    deinit { base.deallocate() }

    /// The buffer as floats.
    public var floats: UnsafeMutableBufferPointer<Float> {
        UnsafeMutableBufferPointer(start: base.assumingMemoryBound(to: Float.self), count: byteCount / 4)
    }

    /// What x86-64 and 64-bit ARM with pages of 4 KiB call huge.
    private static let hugePage = 2 << 20
    /// Twice that: of less, too little would lie in whole ones.
    private static let worthHugePages = 2 * hugePage
}
