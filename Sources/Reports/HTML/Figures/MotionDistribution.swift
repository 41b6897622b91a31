import SpatialTransformers

/// How windows lie, class by class.
struct MotionDistribution {
    /// What is looked at.
    enum Quantity: CaseIterable {
        case rotation
        case scale
        case shiftAcross
        case shiftDown

        /// What changes nothing.
        var reference: Double { self == .scale ? 1 : 0 }

        /// The least that the axis reaches to either side: finer than that is nothing.
        fileprivate var leastReach: Double { self == .rotation ? 2 : 0.05 }

        fileprivate func value(of motion: WindowMotion) -> Double {
            switch self {
            case .rotation: motion.degrees
            case .scale: motion.scale
            case .shiftAcross: motion.shift.x
            case .shiftDown: motion.shift.y
            }
        }
    }

    /// A quantity over the images of one class.
    struct Cell {
        let histogram: Histogram
        let mean: Double
        let deviation: Double
    }

    /// The classes that are shown, by label: the first of them, in their order.
    let classes: [Int]
    /// Images whose window is not finite, which are left out.
    let unreadable: Int
    /// The axis of each quantity, the same for all classes.
    let ticks: [Quantity: Ticks]
    private let cells: [Quantity: [Cell]]

    /// More classes would make a report of histograms alone.
    static let classLimit = 12

    /// The distribution over a split; nil for a network without a transformer.
    init?(_ predictions: Predictions, of transformer: Graph.Transformer?, classCount: Int, bins: Int = 24) {
        guard let transformer, predictions.theta != nil, predictions.count > 0 else { return nil }
        let motions = predictions.labels.indices.map { image in
            predictions.theta(of: image).flatMap { WindowMotion(theta: $0, of: transformer) }
        }
        unreadable = motions.count { $0 == nil }
        classes = Array(0..<min(classCount, Self.classLimit))
        var (ticks, cells): ([Quantity: Ticks], [Quantity: [Cell]]) = ([:], [:])
        for quantity in Quantity.allCases {
            let all = motions.compactMap { $0.map(quantity.value) }
            let axis = Ticks(enclosing: Self.range(of: all, quantity), atMost: 9)
            ticks[quantity] = axis
            cells[quantity] = classes.map { label in
                let values = zip(motions, predictions.labels).compactMap { motion, own in
                    Int(own) == label ? motion.map(quantity.value) : nil
                }
                let (mean, deviation) = Self.moments(values)
                return Cell(
                    histogram: Histogram(of: values, over: axis.lower...axis.upper, bins: bins), mean: mean,
                    deviation: deviation)
            }
        }
        (self.ticks, self.cells) = (ticks, cells)
    }

    /// The figures of a quantity for the class at a place of ``classes``.
    func cell(_ quantity: Quantity, at place: Int) -> Cell? { cells[quantity]?[place] }

    /// All but the outermost percent to each side, around what changes nothing.
    private static func range(of values: [Double], _ quantity: Quantity) -> ClosedRange<Double> {
        let sorted = values.filter { abs($0) < 1e12 }.sorted()
        let (reference, reach) = (quantity.reference, quantity.leastReach)
        guard !sorted.isEmpty else { return reference - reach...reference + reach }
        let outermost = sorted.count / 100
        return min(sorted[outermost], reference - reach)...max(sorted[sorted.count - 1 - outermost], reference + reach)
    }

    /// Mean and standard deviation; not a number where there are no values.
    private static func moments(_ values: [Double]) -> (mean: Double, deviation: Double) {
        let count = Double(values.count)
        let mean = values.reduce(0, +) / count
        return (mean, (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count).squareRoot())
    }
}
