import Foundation

/// Round numbers along an axis: multiples of 1, 2 or 5 times a power of ten, which enclose what is to be shown.
package struct Ticks: Equatable {
    /// The numbers, rising; two at least.
    package let values: [Double]
    private let step: Double

    /// Where the axis begins.
    package var lower: Double { values[0] }
    /// Where the axis ends.
    package var upper: Double { values[values.count - 1] }

    /// The ticks of an axis.
    ///
    /// - Parameters:
    ///   - range: What is to be enclosed; one value is widened to a range around it.
    ///   - most: How many at most; six can be read without crowding.
    ///   - areWhole: Whether only whole numbers make sense, as for epochs.
    /// - Precondition: the range is finite, below 10¹⁵ in size, and `most` is at least 3.
    package init(enclosing range: ClosedRange<Double>, atMost most: Int = 6, areWhole: Bool = false) {
        precondition(most >= 3 && max(abs(range.lowerBound), abs(range.upperBound)) <= 1e15, "an axis over \(range)")
        let range = Self.widened(range, areWhole: areWhole)
        let raw = (range.upperBound - range.lowerBound) / Double(most - 1)
        var exponent = Int(log10(raw).rounded(.down))
        while true {
            for factor in [1.0, 2, 5] {
                let step = factor * pow(10, Double(exponent))
                if areWhole, step < 1 { continue }
                // A hair of tolerance keeps 0.3 / 0.1 from asking for a fourth step.
                let first = (range.lowerBound / step + 1e-9).rounded(.down)
                let last = (range.upperBound / step - 1e-9).rounded(.up)
                guard last - first + 1 <= Double(most) else { continue }
                self.step = step
                values = (0...Int(max(1, last - first))).map { (first + Double($0)) * step }
                return
            }
            exponent += 1
        }
    }

    /// Below this, numbers are too coarse to be divided into steps.
    private static let nothing = 1e-290

    /// A range that has a length, and one that its numbers can tell apart.
    private static func widened(_ range: ClosedRange<Double>, areWhole: Bool) -> ClosedRange<Double> {
        let largest = max(abs(range.lowerBound), abs(range.upperBound))
        if range.upperBound - range.lowerBound > max(largest * 1e-6, nothing) { return range }
        let reach = areWhole ? 1 : largest > nothing ? largest / 10 : 0.5
        return range.lowerBound - reach...range.upperBound + reach
    }

    /// A tick's number, with as many decimals as the steps need.
    package func label(_ value: Double) -> String {
        let decimals = max(0, -Int((log10(step) + 1e-9).rounded(.down)))
        return decimals > 4 || abs(value) >= 1e6 ? Words.short(value) : Words.number(value, decimals: decimals)
    }
}
