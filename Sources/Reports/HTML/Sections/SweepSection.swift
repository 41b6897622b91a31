extension ReportSection {
    /// Accuracy on inputs that are moved more and more; nil where nothing was computed.
    static func sweeps(_ sweeps: [InputSweep]) -> ReportSection? {
        guard let first = sweeps.first else { return nil }
        let hasTransformer = first.atIdentity != nil
        return ReportSection("sweeps", hasTransformer ? "Is the transformer doing anything?" : "Inputs that are moved")
        {
            Markup.paragraph(
                "The same weights on \(Words.count(first.imageCount, "test image")), all turned, scaled or shifted by the same "
                    + "amount. What comes into view from beyond an image is its nearest pixel."
                    + (hasTransformer
                        ? " Solid: the network as it is. Dashed: its transformer held at the identity, so that the classifier sees "
                            + "the moved image itself. Where the solid line falls less, the transformer undoes the motion. What it "
                            + "gains over a network that was trained without one, only a run with --transform none can tell."
                        : ""))
            Markup("div", ["class": "charts"]) { for sweep in sweeps { chart(of: sweep).figure } }
        }
    }

    static func chart(of sweep: InputSweep) -> LineChart {
        let factor: Double = sweep.kind == .shift ? 100 : 1
        func series(_ name: String, _ style: SeriesStyle, _ accuracies: [Double]) -> LineChart.Series {
            LineChart.Series(
                name: name, style: style,
                points: zip(sweep.kind.positions, accuracies).map { (factor * $0, 100 * $1) })
        }
        let with = series(
            sweep.atIdentity == nil ? "accuracy" : "with the transformer", SeriesStyle(color: 0), sweep.accuracies)
        let without = sweep.atIdentity.map {
            series("held at the identity", SeriesStyle(color: 1, stroke: .dashed), $0)
        }
        return LineChart(
            title: sweep.kind.title, xName: sweep.kind.axis, yName: "classified rightly",
            series: [with] + (without.map { [$0] } ?? []), unit: "%", yIncludes: 0)
    }
}

extension InputSweep.Kind {
    fileprivate var title: String {
        switch self {
        case .rotation: "Turned inputs"
        case .scale: "Scaled inputs"
        case .shift: "Shifted inputs"
        }
    }

    fileprivate var axis: String {
        switch self {
        case .rotation: "degrees counterclockwise"
        case .scale: "size of what one sees"
        case .shift: "to the right, % of the width"
        }
    }
}
