extension Image {
    /// The picture at another size, its whole area stretched over the new one.
    ///
    /// One rule for both directions, separable: each new pixel is an average of old ones weighted by a triangle around
    /// its own place. Enlarging, the triangle reaches one old pixel to each side, which is bilinear interpolation;
    /// shrinking, it widens with the factor, so that every old pixel counts and fine patterns do not alias. Pillow's
    /// and torchvision's antialiased bilinear resizing follow the same rule.
    ///
    /// - Convention: pixel centres lie at halves and the outer edges of both pictures coincide (`alignCorners` false).
    /// - Numerics: weights in Float32, rounded to nearest once at the end. A constant picture stays constant, the same
    ///   size gives the same picture, and the mean is kept but for the border and rounding.
    /// - Complexity: O(h · w′ · max(1, w / w′) + h′ · w′ · max(1, h / h′)) multiplications a channel.
    /// - Precondition: `width` and `height` are at least 1 and the new size fits in `Int`.
    public func resized(width newWidth: Int, height newHeight: Int) -> Image {
        precondition(newWidth >= 1 && newHeight >= 1, "a picture of \(newWidth)×\(newHeight) pixels is empty")
        if newWidth == width && newHeight == height { return self }
        let columns = ResamplingTaps(from: width, to: newWidth)
        let rows = ResamplingTaps(from: height, to: newHeight)
        let narrow = resampledRows(columns, newWidth: newWidth)
        let pixels = Self.resampledColumns(narrow, rowLength: newWidth * channels, taps: rows)
        return Image(width: newWidth, height: newHeight, channels: channels, pixels: pixels)
    }

    private func resampledRows(_ taps: ResamplingTaps, newWidth: Int) -> [Float] {
        var result = [Float](repeating: 0, count: height * newWidth * channels)
        for row in 0..<height {
            for column in 0..<newWidth {
                let target = (row * newWidth + column) * channels
                var source = (row * width + taps.starts[column]) * channels
                for tap in taps.range(of: column) {
                    let weight = taps.weights[tap]
                    for channel in 0..<channels {
                        result[target + channel] += weight * Float(pixels[source + channel])
                    }
                    source += channels
                }
            }
        }
        return result
    }

    private static func resampledColumns(_ values: [Float], rowLength: Int, taps: ResamplingTaps) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(taps.starts.count * rowLength)
        var sums = [Float](repeating: 0, count: rowLength)
        for row in taps.starts.indices {
            for index in 0..<rowLength { sums[index] = 0 }
            var source = taps.starts[row] * rowLength
            for tap in taps.range(of: row) {
                let weight = taps.weights[tap]
                for index in 0..<rowLength { sums[index] += weight * values[source + index] }
                source += rowLength
            }
            // Sums of weights that add up to 1 within rounding stay within 0 ... 255.01.
            for sum in sums { result.append(UInt8(min(sum + 0.5, 255))) }
        }
        return result
    }
}

/// For each new position along one axis: the first old position that counts, and the weights from there on.
package struct ResamplingTaps {
    package private(set) var starts: [Int] = []
    package private(set) var weights: [Float] = []
    private var ends: [Int] = []

    /// The taps of a triangle filter between two extents, both at least 1.
    package init(from old: Int, to new: Int) {
        let scale = Double(old) / Double(new)
        let support = max(scale, 1)
        for index in 0..<new {
            let center = (Double(index) + 0.5) * scale
            // Both ends lie within half a support of 0 ... old, so they are small whole numbers.
            let first = max(0, Int((center - support).rounded(.down)))
            let last = min(old - 1, Int((center + support).rounded(.up)))
            let triangle = (first...last).map { max(0, 1 - abs((Double($0) + 0.5 - center) / support)) }
            let sum = triangle.reduce(0, +)
            starts.append(first)
            weights += triangle.map { Float($0 / sum) }
            ends.append(weights.count)
        }
    }

    /// Where the weights of one new position stand.
    package func range(of index: Int) -> Range<Int> { (index == 0 ? 0 : ends[index - 1])..<ends[index] }
}
