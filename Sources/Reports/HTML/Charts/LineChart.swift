/// Lines over a common axis.
package struct LineChart {
    /// One line.
    package struct Series {
        let name: String
        let style: SeriesStyle
        /// In the order of x; what is not finite is left out.
        let points: [(x: Double, y: Double)]

        /// A line.
        package init(name: String, style: SeriesStyle, points: [(x: Double, y: Double)]) {
            self.name = name
            self.style = style
            self.points = points
        }
    }

    let title: String
    let xName: String
    let yName: String
    let series: [Series]
    /// Whether only whole numbers make sense along x.
    let xIsWhole: Bool
    /// Behind the numbers of y, such as "%".
    let unit: String
    /// A number that y should show, whatever the data; nil for none.
    let yIncludes: Double?

    /// A chart.
    package init(
        title: String, xName: String, yName: String, series: [Series], xIsWhole: Bool = false, unit: String = "",
        yIncludes: Double? = nil
    ) {
        (self.title, self.xName, self.yName, self.series) = (title, xName, yName, series)
        (self.xIsWhole, self.unit, self.yIncludes) = (xIsWhole, unit, yIncludes)
    }

    /// Lines and marks of at most so many points: finer is not seen, and a run may have a million epochs.
    private static let limits = (points: 400, marks: 11)

    /// The scales; nil where there is nothing to draw.
    package var area: PlotArea? {
        let points = series.flatMap(Self.finite)
        guard let first = points.first else { return nil }
        var (x, y) = (first.x...first.x, first.y...first.y)
        for point in points {
            x = min(x.lowerBound, point.x)...max(x.upperBound, point.x)
            y = min(y.lowerBound, point.y)...max(y.upperBound, point.y)
        }
        if let yIncludes { y = min(y.lowerBound, yIncludes)...max(y.upperBound, yIncludes) }
        return PlotArea(x: Ticks(enclosing: x, atMost: 7, areWhole: xIsWhole), y: Ticks(enclosing: y))
    }

    /// The chart with title and legend; nil where there is nothing to draw.
    package var figure: Markup? {
        guard let area else { return nil }
        let (width, height) = (PlotArea.size.width.drawn, PlotArea.size.height.drawn)
        return Markup("figure", ["class": "chart"]) {
            Markup("figcaption") { title }
            Markup("svg", ["viewBox": "0 0 \(width) \(height)", "role": "img", "aria-label": summary]) {
                area.axes(xName: xName, yName: yName, yUnit: unit)
                for line in series { drawn(line, in: area) }
            }
            if series.count > 1 { legend }
        }
    }

    private var legend: Markup {
        Markup("ul", ["class": "legend"]) {
            for line in series {
                Markup("li") {
                    line.style.sample
                    Markup("span") { line.name }
                }
            }
        }
    }

    /// The chart in words, for who cannot see it.
    private var summary: String {
        let lines = series.compactMap { line -> String? in
            let points = Self.finite(line)
            guard let first = points.first, let last = points.last else { return nil }
            return "\(line.name) from \(label(first.y)) at \(Words.short(first.x)) to \(label(last.y)) at "
                + Words.short(last.x)
        }
        return "\(title) by \(xName): \(lines.joined(separator: "; "))"
    }

    private func label(_ value: Double) -> String { Words.short(value) + unit }

    private func drawn(_ line: Series, in area: PlotArea) -> [Markup] {
        let points = Self.thinned(Self.finite(line), to: Self.limits.points)
        let path = points.map { "\(area.x($0.x).drawn),\(area.y($0.y).drawn)" }.joined(separator: " ")
        let marks = Self.thinned(points, to: Self.limits.marks).map { point in
            line.style.mark(
                x: area.x(point.x), y: area.y(point.y),
                title: "\(line.name), \(xName) \(Words.short(point.x)): \(label(point.y))")
        }
        let stroke = Markup(
            "polyline",
            ["class": "line \(line.style.colorClass)", "points": path, "stroke-dasharray": line.style.dashes])
        return [stroke] + marks
    }

    private static func finite(_ line: Series) -> [(x: Double, y: Double)] {
        line.points.filter { $0.x.isFinite && $0.y.isFinite }
    }

    /// At most `limit` of the points, evenly chosen, the first and the last among them.
    package static func thinned<Point>(_ points: [Point], to limit: Int) -> [Point] {
        guard points.count > limit, limit > 1 else { return points }
        return (0..<limit).map { points[($0 * (points.count - 1) + (limit - 1) / 2) / (limit - 1)] }
    }
}
