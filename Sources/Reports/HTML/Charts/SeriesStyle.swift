/// How a line is told from the others: by colour, and by dashes and marks for who sees no colours.
package struct SeriesStyle: Sendable, Equatable {
    /// Dashes along the line.
    package enum Stroke: String, Sendable, CaseIterable {
        case solid = ""
        case dashed = "6 4"
        case dotted = "1.5 4"
    }

    /// Counts the colours of the page, from 0; they come round again.
    package var color: Int
    package var stroke: Stroke

    /// A style.
    package init(color: Int, stroke: Stroke = .solid) {
        self.color = color
        self.stroke = stroke
    }

    /// Colours that the page has.
    static let colorCount = 6

    var colorClass: String { "c\(color % Self.colorCount)" }

    /// The stroke as an attribute; nil for a solid line.
    var dashes: String? { stroke == .solid ? nil : stroke.rawValue }

    /// The mark at a place: each colour has a shape of its own.
    func mark(x: Double, y: Double, radius: Double = 3.6, title: String? = nil) -> Markup {
        func polygon(_ points: [(Double, Double)]) -> Markup {
            let places = points.map { "\((x + radius * $0.0).drawn),\((y + radius * $0.1).drawn)" }
            return Markup("polygon", ["class": "mark \(colorClass)", "points": places.joined(separator: " ")]) {
                title.map { title in Markup("title") { title } }
            }
        }
        switch color % Self.colorCount {
        case 1: return polygon([(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)])
        case 2: return polygon([(0, -1.2), (1.1, 0.9), (-1.1, 0.9)])
        case 3: return polygon([(0, -1.3), (1.3, 0), (0, 1.3), (-1.3, 0)])
        case 4: return polygon([(0, 1.2), (1.1, -0.9), (-1.1, -0.9)])
        case 5: return polygon([(-1.3, -0.45), (1.3, -0.45), (1.3, 0.45), (-1.3, 0.45)])
        default:
            return Markup(
                "circle", ["class": "mark \(colorClass)", "cx": x.drawn, "cy": y.drawn, "r": radius.drawn]
            ) { title.map { title in Markup("title") { title } } }
        }
    }

    /// A short piece of the line with its mark, for a legend.
    var sample: Markup {
        Markup(
            "svg", ["class": "sample", "viewBox": "0 0 34 12", "width": "34", "height": "12", "aria-hidden": "true"]
        ) {
            Markup(
                "line",
                [
                    "class": "line \(colorClass)", "x1": "1", "x2": "33", "y1": "6", "y2": "6",
                    "stroke-dasharray": dashes,
                ])
            mark(x: 17, y: 6)
        }
    }
}
