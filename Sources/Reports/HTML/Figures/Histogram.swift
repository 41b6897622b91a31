/// How many values fall into each of some bins of equal width.
package struct Histogram: Equatable {
    /// Values a bin.
    package private(set) var counts: [Int]
    /// Where the first bin begins, and where the last ends.
    package let range: ClosedRange<Double>
    /// Values that were beyond the range, and are counted in the first and the last bin.
    package private(set) var beyond = 0

    /// The histogram of values; what is not finite is left out.
    ///
    /// A value on an edge counts in the bin above.
    ///
    /// - Precondition: the range has a length and there is a bin.
    package init(of values: [Double], over range: ClosedRange<Double>, bins: Int) {
        precondition(bins > 0 && range.upperBound > range.lowerBound, "\(bins) bins over \(range)")
        self.range = range
        counts = [Int](repeating: 0, count: bins)
        let width = range.upperBound - range.lowerBound
        for value in values where value.isFinite {
            let place = (value - range.lowerBound) / width * Double(bins)
            if !range.contains(value) { beyond += 1 }
            counts[Int(min(max(place, 0), Double(bins - 1)))] += 1
        }
    }

    /// Where bin `index` begins.
    package func edge(_ index: Int) -> Double {
        range.lowerBound + (range.upperBound - range.lowerBound) * Double(index) / Double(counts.count)
    }
}
