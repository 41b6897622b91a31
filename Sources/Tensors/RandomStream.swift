/// What random numbers are drawn for.
///
/// Each purpose has its own stream, so that adding a draw to one never shifts another.
public enum RandomPurpose: UInt16, Sendable {
    /// Initial weights; the stream's index is the parameter's place in the network.
    case initialization = 1
    /// The order of the training images; the step is the epoch.
    case shuffle = 2
    /// Dropout masks; the stream's index is the operation's place in the graph, the step is the training step.
    case dropout = 3
    /// The built-in glyph images; the step is the image's place in its split.
    case glyphs = 4
    /// Random changes to training images.
    case augmentation = 5
    /// Tests and benchmarks.
    case testing = 6
    /// Which images are drawn.
    case pictures = 7
    /// Warps that are drawn by chance for people to look at; the stream's index is the kind of warp.
    case warps = 8
    /// What distorts the images of a data set; the index is the split, the step the image's place in it.
    case distortion = 9
}

/// The random numbers of one purpose at one step: addressable by index, with no state.
public struct RandomStream: Sendable {
    private let philox: Philox4x32
    private let step: UInt32
    private let stream: UInt32

    /// The stream for `purpose`, distinguished further by `index` (which layer, which split) and `step`.
    public init(seed: UInt64, purpose: RandomPurpose, index: UInt16 = 0, step: UInt32 = 0) {
        philox = Philox4x32(seed: seed)
        stream = UInt32(purpose.rawValue) << 16 | UInt32(index)
        self.step = step
    }

    /// The third and fourth words of the counter, for kernels that draw the same numbers themselves.
    package var counterTail: (step: UInt32, stream: UInt32) { (step, stream) }

    /// The four words at `index`.
    public func block(_ index: UInt64) -> Philox4x32.Block {
        philox.block([UInt32(truncatingIfNeeded: index), UInt32(truncatingIfNeeded: index >> 32), step, stream])
    }

    /// A generator that hands out the words in order, for the standard library's `random(in:using:)` and `shuffle`.
    public var generator: RandomStreamGenerator { RandomStreamGenerator(stream: self) }
}

/// Hands out the words of a ``RandomStream`` in order.
public struct RandomStreamGenerator: RandomNumberGenerator, Sendable {
    private let stream: RandomStream
    private var index: UInt64 = 0
    private var words: Philox4x32.Block = .zero
    private var used = 4

    init(stream: RandomStream) { self.stream = stream }

    /// The next 32 bits.
    public mutating func nextWord() -> UInt32 {
        if used == 4 {
            words = stream.block(index)
            index += 1
            used = 0
        }
        defer { used += 1 }
        return words[used]
    }

    /// The next 64 bits, low word first.
    public mutating func next() -> UInt64 {
        let low = UInt64(nextWord())
        return UInt64(nextWord()) << 32 | low
    }

    /// A number in [0, 1) with 24 random bits, every value of which Float represents exactly.
    public mutating func uniform() -> Float { Float(nextWord() >> 8) * 0x1p-24 }

    /// A number in [lower, upper).
    public mutating func uniform(_ lower: Float, _ upper: Float) -> Float { lower + (upper - lower) * uniform() }

    /// An integer in 0 ..< `bound`, each equally likely up to 2⁻³² (multiply-shift, so it needs one word and no loop).
    public mutating func integer(below bound: Int) -> Int {
        precondition(bound > 0 && bound <= UInt32.max, "bound \(bound) is outside 1 ... 2^32 - 1")
        // Parentheses matter: in Swift a shift binds tighter than a product.
        return Int((UInt64(nextWord()) * UInt64(bound)) >> 32)
    }

    /// A random order of 0 ..< `count` (Fisher–Yates).
    public mutating func permutation(of count: Int) -> [Int] {
        var order = Array(0..<count)
        for last in stride(from: count - 1, to: 0, by: -1) {
            order.swapAt(last, integer(below: last + 1))
        }
        return order
    }
}
