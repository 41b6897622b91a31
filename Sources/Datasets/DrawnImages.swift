import Tensors

extension LabeledImages {
    /// Which images are drawn when `count` are to be, by a seed: files often hold one class after another.
    ///
    /// At most as many as there are, and fewer are the first of more, so that pictures and figures of a run compare.
    package func drawnIndices(_ count: Int, seed: UInt64) -> [Int] {
        var generator = RandomStream(seed: seed, purpose: .pictures).generator
        return Array(generator.permutation(of: self.count).prefix(count))
    }

    /// The images at some places, in that order.
    ///
    /// - Precondition: the places are below ``count``.
    package func images(at indices: some Collection<Int>) -> LabeledImages {
        LabeledImages(
            height: height, width: width, channels: channels,
            pixels: indices.flatMap { pixels[$0 * bytesPerImage..<($0 + 1) * bytesPerImage] },
            labels: indices.map { labels[$0] })
    }
}
