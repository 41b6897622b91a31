/// Where data lie in a chart: from their own numbers to places in the drawing, x to the right and y up.
package struct PlotArea {
    /// The drawing's size, in units that are pixels where the page shows it at its natural size.
    package static let size = (width: 440.0, height: 264.0)
    /// Room for the numbers and names of the axes.
    package static let margins = (left: 66.0, right: 14.0, top: 10.0, bottom: 44.0)

    package let x: Ticks
    package let y: Ticks

    var left: Double { Self.margins.left }
    var right: Double { Self.size.width - Self.margins.right }
    var top: Double { Self.margins.top }
    var bottom: Double { Self.size.height - Self.margins.bottom }

    /// The place of a number on the horizontal axis.
    package func x(_ value: Double) -> Double { left + (value - x.lower) / (x.upper - x.lower) * (right - left) }

    /// The place of a number on the vertical axis.
    package func y(_ value: Double) -> Double { bottom - (value - y.lower) / (y.upper - y.lower) * (bottom - top) }

    /// Lines across for y, short strokes for x, their numbers, and the names of both.
    func axes(xName: String, yName: String, yUnit: String = "") -> [Markup] {
        var pieces: [Markup] = []
        for value in y.values {
            let place = y(value).drawn
            pieces.append(
                Markup("line", ["class": "rule", "x1": left.drawn, "x2": right.drawn, "y1": place, "y2": place]))
            pieces.append(
                Markup(
                    "text", ["class": "tick", "x": (left - 7).drawn, "y": (y(value) + 4).drawn, "text-anchor": "end"]
                ) {
                    y.label(value) + yUnit
                })
        }
        for value in x.values {
            let place = x(value).drawn
            pieces.append(
                Markup(
                    "line",
                    ["class": "axis", "x1": place, "x2": place, "y1": bottom.drawn, "y2": (bottom + 5).drawn]))
            pieces.append(
                Markup("text", ["class": "tick", "x": place, "y": (bottom + 18).drawn, "text-anchor": "middle"]) {
                    x.label(value)
                })
        }
        pieces.append(
            Markup(
                "line",
                ["class": "axis", "x1": left.drawn, "x2": right.drawn, "y1": bottom.drawn, "y2": bottom.drawn]))
        pieces.append(
            Markup(
                "text",
                [
                    "class": "name", "x": ((left + right) / 2).drawn, "y": (Self.size.height - 8).drawn,
                    "text-anchor": "middle",
                ]
            ) { xName })
        let middle = ((top + bottom) / 2).drawn
        pieces.append(
            Markup(
                "text",
                [
                    "class": "name", "x": "12", "y": middle, "text-anchor": "middle",
                    "transform": "rotate(-90 12 \(middle))",
                ]
            ) { yName })
        return pieces
    }
}

extension Double {
    /// A coordinate in a drawing: a tenth of a unit is finer than one sees.
    var drawn: String {
        guard isFinite else { return "0" }
        let tenths = (self * 10).rounded() / 10
        return tenths == tenths.rounded() ? "\(Int(tenths))" : "\(tenths)"
    }
}
