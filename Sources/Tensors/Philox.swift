/// Philox4x32-10: four random 32-bit words as a pure function of a key and a counter.
///
/// A counter-based generator needs no state, so dropout, shuffling and augmentation do not depend on the number of
/// threads or on what ran before, and a resumed run draws the same numbers.
///
/// - Source: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011; constants and rounds as
///   published there and in the Random123 library.
public struct Philox4x32: Sendable {
    /// Four words of output, or four words of counter.
    public typealias Block = SIMD4<UInt32>

    private let key: SIMD2<UInt32>

    /// A generator keyed by a 64-bit seed.
    public init(seed: UInt64) {
        key = SIMD2(UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32))
    }

    /// The four words that belong to `counter`.
    public func block(_ counter: Block) -> Block {
        var counter = counter
        var key = key
        for round in 0..<10 {
            if round > 0 { key &+= SIMD2(0x9E37_79B9, 0xBB67_AE85) }
            let first = counter.x.multipliedFullWidth(by: 0xD251_1F53)
            let second = counter.z.multipliedFullWidth(by: 0xCD9E_8D57)
            counter = Block(second.high ^ counter.y ^ key.x, second.low, first.high ^ counter.w ^ key.y, first.low)
        }
        return counter
    }
}
