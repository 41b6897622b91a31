import Training

extension ReportSection {
    /// Rows of the table of epochs: as many as one scrolls through.
    private static let rowLimit = 60

    /// Loss, accuracy and learning rate of all runs, epoch by epoch.
    static func curves(_ runs: [RunRecord]) -> ReportSection {
        ReportSection("curves", "Learning curves") {
            Markup("div", ["class": "charts"]) {
                for chart in charts(of: runs) { chart.figure }
            }
            Markup.note(
                "Training figures are means over an epoch's batches with dropout on, each before its update, so they lag behind "
                    + "those on the test images.")
            for run in runs { table(of: run) }
        }
    }

    static func charts(of runs: [RunRecord]) -> [LineChart] {
        func series(
            _ run: (offset: Int, element: RunRecord), _ name: String?, _ stroke: SeriesStyle.Stroke,
            _ value: (EpochMetrics) -> Double
        ) -> LineChart.Series {
            let words = (runs.count > 1 ? [run.element.name] : []) + (name.map { [$0] } ?? [])
            return LineChart.Series(
                name: words.isEmpty ? run.element.name : words.joined(separator: ", "),
                style: SeriesStyle(color: run.offset, stroke: stroke),
                points: run.element.epochs.map { (Double($0.epoch), value($0)) })
        }
        let numbered = Array(runs.enumerated())
        func both(
            _ training: (EpochMetrics) -> Double, _ test: (EpochMetrics) -> Double
        ) -> [LineChart.Series] {
            numbered.flatMap { [series($0, "test", .solid, test), series($0, "training", .dashed, training)] }
        }
        return [
            LineChart(
                title: "Loss", xName: "epoch", yName: "cross entropy, nats", series: both(\.trainingLoss, \.testLoss),
                xIsWhole: true),
            LineChart(
                title: "Accuracy", xName: "epoch", yName: "classified rightly",
                series: both({ 100 * $0.trainingAccuracy }, { 100 * $0.testAccuracy }), xIsWhole: true, unit: "%"),
            LineChart(
                title: "Learning rate", xName: "epoch", yName: "at the epoch's last step",
                series: numbered.map { series($0, nil, .solid, \.learningRate) }, xIsWhole: true, yIncludes: 0),
        ]
    }

    private static func table(of run: RunRecord) -> Markup {
        let rows = LineChart.thinned(run.epochs, to: rowLimit).map { epoch in
            [
                "\(epoch.epoch)", Words.number(epoch.trainingLoss, decimals: 4), Words.percent(epoch.trainingAccuracy),
                Words.number(epoch.testLoss, decimals: 4), Words.percent(epoch.testAccuracy, decimals: 2),
                Words.short(epoch.learningRate), Words.duration(epoch.seconds),
            ]
        }
        return Markup("details") {
            Markup("summary") { "The figures of \(run.name) as a table" }
            Markup.table(
                head: [
                    "epoch", "training loss", "training accuracy", "test loss", "test accuracy", "learning rate",
                    "time",
                ],
                rows: rows)
            if rows.count < run.epochs.count {
                Markup.note("\(rows.count) of \(run.epochs.count) epochs; all are in metrics.jsonl.")
            }
        }
    }
}
