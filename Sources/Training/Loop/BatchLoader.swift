import Datasets

/// Turns bytes into normalised batches in a buffer that is laid out once.
///
/// - Complexity: one table look-up a byte; allocates nothing after `init`.
package final class BatchLoader {
    /// Images of the split.
    package var imageCount: Int { images.count }

    private let images: LabeledImages
    /// The normalised value of each byte, 256 a channel: exact, and faster than arithmetic on each pixel.
    private let table: [Float]
    private var buffer: [Float]
    private var labels: [Int32]

    /// A loader of batches of up to `capacity` images.
    package init(_ images: LabeledImages, normalization: Normalization, capacity: Int) {
        precondition(
            normalization.mean.count == images.channels,
            "normalisation of \(normalization.mean.count) channels for images of \(images.channels)")
        self.images = images
        table = zip(normalization.mean, normalization.deviation).flatMap { mean, deviation in
            (0..<256).map { (Float($0) / 255 - mean) / deviation }
        }
        buffer = [Float](repeating: 0, count: capacity * images.bytesPerImage)
        labels = [Int32](repeating: 0, count: capacity)
    }

    /// Fills the buffer with the images at `indices` and hands it over for the length of the call.
    package func withBatch<Result>(
        _ indices: ArraySlice<Int>,
        _ body: (UnsafeBufferPointer<Float>, UnsafeBufferPointer<Int32>) throws -> Result
    ) rethrows -> Result {
        precondition(indices.count <= labels.count, "\(indices.count) images for a buffer of \(labels.count)")
        fill(indices)
        let valueCount = indices.count * images.bytesPerImage
        return try buffer.withUnsafeBufferPointer { values in
            try labels.withUnsafeBufferPointer { labels in
                try body(
                    UnsafeBufferPointer(rebasing: values[..<valueCount]),
                    UnsafeBufferPointer(rebasing: labels[..<indices.count]))
            }
        }
    }

    private func fill(_ indices: ArraySlice<Int>) {
        let size = images.bytesPerImage
        let channels = images.channels
        buffer.withUnsafeMutableBufferPointer { output in
            images.pixels.withUnsafeBufferPointer { pixels in
                table.withUnsafeBufferPointer { table in
                    for (place, index) in indices.enumerated() {
                        let target = UnsafeMutableBufferPointer(
                            rebasing: output[place * size..<(place + 1) * size])
                        let source = UnsafeBufferPointer(rebasing: pixels[index * size..<(index + 1) * size])
                        for pixel in stride(from: 0, to: size, by: channels) {
                            for channel in 0..<channels {
                                target[pixel + channel] = table[channel * 256 + Int(source[pixel + channel])]
                            }
                        }
                    }
                }
            }
        }
        for (place, index) in indices.enumerated() { labels[place] = images.labels[index] }
    }
}
