import Training

extension ReportSection {
    /// How the transformers did over the epochs; nil where a run has none.
    static func health(_ record: RunRecord) -> ReportSection? {
        let transformers = record.epochs.map(\.health.count).max() ?? 0
        guard transformers > 0 else { return nil }
        let title = transformers == 1 ? "Health of the transformer" : "Health of the transformers"
        return ReportSection("health", title) {
            Markup.paragraph(
                "On the first batch of test images after each epoch. A scale below 1 looks closer; a determinant near 0 has "
                    + "collapsed, a negative one is turned over; a departure of 0 does nothing, and a variety of 0 treats all "
                    + "images alike.")
            for place in 0..<transformers {
                if transformers > 1 { Markup("h3") { "Transformer \(place + 1)" } }
                HealthHistory(of: place, in: record).charts
            }
            if record.warnings.isEmpty {
                Markup.paragraph("There was no warning.")
            } else {
                Markup("h3") { Words.count(record.warnings.count, "warning") }
                Markup("ul") { for warning in record.warnings.prefix(20) { Markup("li") { warning } } }
                if record.warnings.count > 20 { Markup.note("The others are in stn.log.") }
            }
        }
    }
}

/// A transformer's figures over the epochs of a run.
private struct HealthHistory {
    private let epochs: [(epoch: Double, health: TransformerHealth)]

    /// The history of a transformer, counted from 0.
    init(of place: Int, in record: RunRecord) {
        epochs = record.epochs.filter { place < $0.health.count }.map { (Double($0.epoch), $0.health[place]) }
    }

    var charts: Markup {
        Markup("div", ["class": "charts"]) {
            chart(
                "Scale and area", "1 is the image",
                [line("linear scale", \.meanScale), line("determinant", \.meanDeterminant)],
                includes: 1)
            chart(
                "Out of the frame, and folded", "share",
                [line("read outside", \.outside, times: 100), line("folded", \.folded, times: 100)], unit: "%",
                includes: 0)
            chart("Departure from the identity", "half sides of the image", departures, includes: 0)
        }
    }

    /// Runs of earlier versions have no variety.
    private var departures: [Line] {
        [line("mean", \.meanDeparture), line("spread over images", \.departureDeviation), line("variety", \.variety)]
            .filter { !$0.points.isEmpty }
    }

    private typealias Line = (name: String, points: [(x: Double, y: Double)])

    private func line(_ name: String, _ figure: KeyPath<TransformerHealth, Double>, times factor: Double = 1) -> Line {
        (name, epochs.map { ($0.epoch, factor * $0.health[keyPath: figure]) })
    }

    private func line(_ name: String, _ figure: KeyPath<TransformerHealth, Double?>) -> Line {
        (name, epochs.compactMap { epoch in epoch.health[keyPath: figure].map { (epoch.epoch, $0) } })
    }

    private func chart(_ title: String, _ yName: String, _ lines: [Line], unit: String = "", includes: Double)
        -> Markup?
    {
        LineChart(
            title: title, xName: "epoch", yName: yName,
            series: lines.enumerated().map {
                LineChart.Series(name: $1.name, style: SeriesStyle(color: $0), points: $1.points)
            }, xIsWhole: true, unit: unit, yIncludes: includes
        ).figure
    }
}
