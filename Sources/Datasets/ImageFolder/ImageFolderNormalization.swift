extension Normalization {
    /// The mean and standard deviation of each channel of `images`, for pixels scaled to 0 through 1.
    ///
    /// Counted exactly by a histogram, so the result does not depend on the order of the images. A channel that never
    /// varies gets deviation 1, which leaves it at 0 instead of dividing by nothing; so do channels of no images.
    package init(measuring images: LabeledImages) {
        let channels = images.channels
        var histogram = [Int](repeating: 0, count: channels * 256)
        for pixel in stride(from: 0, to: images.pixels.count, by: channels) {
            for channel in 0..<channels {
                histogram[channel * 256 + Int(images.pixels[pixel + channel])] += 1
            }
        }
        let count = Double(max(images.pixels.count / channels, 1))
        var (means, deviations): ([Float], [Float]) = ([], [])
        for channel in 0..<channels {
            let counts = histogram[channel * 256..<channel * 256 + 256]
            let mean = counts.enumerated().reduce(0) { $0 + Double($1.offset) * Double($1.element) } / count
            let variance = counts.enumerated().reduce(0) { sum, bin in
                sum + (Double(bin.offset) - mean) * (Double(bin.offset) - mean) * Double(bin.element)
            }
            let deviation = (variance / count).squareRoot() / 255
            means.append(Float(mean / 255))
            deviations.append(deviation > 0 ? Float(deviation) : 1)
        }
        self.init(mean: means, deviation: deviations)
    }
}
