import Dispatch

extension LabeledImages {
    /// The bytes of `count` images of `size` bytes each, made on all cores, up to `chunk` images at a time.
    ///
    /// `fill` gets the numbers of consecutive images and their bytes, which are not initialized; it writes every one.
    static func bytes(
        of count: Int, size: Int, chunk: Int,
        fill: @Sendable (Range<Int>, UnsafeMutableBufferPointer<UInt8>) -> Void
    ) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count * size) { buffer, initialized in
            // A pointer is not Sendable, and the iterations must be. Safe: each writes bytes of its own, and all end before this does.
            nonisolated(unsafe) let buffer = buffer
            DispatchQueue.concurrentPerform(iterations: (count + chunk - 1) / chunk) { part in
                let numbers = part * chunk..<min((part + 1) * chunk, count)
                fill(numbers, .init(rebasing: buffer[numbers.lowerBound * size..<numbers.upperBound * size]))
            }
            initialized = count * size
        }
    }
}
