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
            // A pointer is not Sendable, and concurrentPerform asks that of what its iterations hold.
            nonisolated(unsafe) let buffer = buffer  // Safe: iterations share no byte, and end before this does.
            DispatchQueue.concurrentPerform(iterations: (count + chunk - 1) / chunk) { part in
                let numbers = part * chunk..<min((part + 1) * chunk, count)
                fill(numbers, .init(rebasing: buffer[numbers.lowerBound * size..<numbers.upperBound * size]))
            }
            initialized = count * size
        }
    }
}
