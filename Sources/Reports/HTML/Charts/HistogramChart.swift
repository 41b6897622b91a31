/// A small histogram, one of many on the same scale.
struct HistogramChart {
    let histogram: Histogram
    /// The axis of all histograms of the kind.
    let ticks: Ticks
    /// What changes nothing (no turn, scale 1, no shift), drawn as a line.
    let reference: Double
    /// What is shown, for who cannot see it.
    let summary: String
    let style: SeriesStyle

    private static let size = (width: 168.0, height: 78.0)
    private static let plot = (left: 22.0, right: 146.0, top: 4.0, bottom: 60.0)

    /// The drawing.
    var drawing: Markup {
        let (width, height, plot) = (Self.size.width.drawn, Self.size.height.drawn, Self.plot)
        let line = x(reference).drawn
        return Markup("svg", ["viewBox": "0 0 \(width) \(height)", "role": "img", "aria-label": summary]) {
            bars
            Markup("line", ["class": "axis", "x1": plot.left.drawn, "x2": plot.right.drawn, "y1": "60", "y2": "60"])
            Markup(
                "line",
                [
                    "class": "reference", "x1": line, "x2": line, "y1": plot.top.drawn, "y2": "64",
                    "stroke-dasharray": "3 2",
                ])
            for value in labelled {
                Markup("text", ["class": "tick", "x": x(value).drawn, "y": "75", "text-anchor": "middle"]) {
                    ticks.label(value)
                }
            }
        }
    }

    /// The ends of the axis and what changes nothing; an end that would run into it is left out.
    private var labelled: [Double] {
        let ends = [ticks.lower, ticks.upper].filter { abs(x($0) - x(reference)) > 32 }
        return [reference] + ends
    }

    private var bars: [Markup] {
        let tallest = Double(max(1, histogram.counts.max() ?? 1))
        return histogram.counts.enumerated().compactMap { index, count in
            guard count > 0 else { return nil }
            let (left, right) = (x(histogram.edge(index)), x(histogram.edge(index + 1)))
            let height = Double(count) / tallest * (Self.plot.bottom - Self.plot.top)
            return Markup(
                "rect",
                [
                    "class": "bar \(style.colorClass)", "x": (left + 0.4).drawn,
                    "width": max(0.6, right - left - 0.8).drawn, "y": (Self.plot.bottom - height).drawn,
                    "height": height.drawn,
                ])
        }
    }

    private func x(_ value: Double) -> Double {
        let share = (value - ticks.lower) / (ticks.upper - ticks.lower)
        return Self.plot.left + min(max(share, 0), 1) * (Self.plot.right - Self.plot.left)
    }
}
