import Training

extension ReportSection {
    /// How the transformer did over the epochs; nil where a run has none.
    static func health(_ record: RunRecord) -> ReportSection? {
        let epochs = record.epochs.compactMap { epoch in epoch.health.map { (epoch: Double(epoch.epoch), health: $0) } }
        guard !epochs.isEmpty else { return nil }
        func series(_ name: String, _ color: Int, _ value: (TransformerHealth) -> Double) -> LineChart.Series {
            LineChart.Series(
                name: name, style: SeriesStyle(color: color), points: epochs.map { ($0.epoch, value($0.health)) })
        }
        func chart(_ title: String, _ yName: String, _ series: [LineChart.Series], unit: String = "", includes: Double)
            -> LineChart
        {
            LineChart(
                title: title, xName: "epoch", yName: yName, series: series, xIsWhole: true, unit: unit,
                yIncludes: includes)
        }
        return ReportSection("health", "Health of the transformer") {
            Markup.paragraph(
                "On the first batch of test images after each epoch. A scale below 1 looks closer; a determinant near 0 has "
                    + "collapsed, a negative one is turned over; a departure of 0 does nothing, and one without spread treats "
                    + "all images alike.")
            Markup("div", ["class": "charts"]) {
                chart(
                    "Scale and area", "1 is the image",
                    [series("linear scale", 0) { $0.meanScale }, series("determinant", 1) { $0.meanDeterminant }],
                    includes: 1
                ).figure
                chart(
                    "Out of the frame, and folded", "share",
                    [series("read outside", 0) { 100 * $0.outside }, series("folded", 1) { 100 * $0.folded }],
                    unit: "%", includes: 0
                ).figure
                chart(
                    "Departure from the identity", "half sides of the image",
                    [
                        series("mean", 0) { $0.meanDeparture },
                        series("spread over images", 1) { $0.departureDeviation },
                    ], includes: 0
                ).figure
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
