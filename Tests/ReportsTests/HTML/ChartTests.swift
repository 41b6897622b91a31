import Reports
import Testing

@Suite("Charts")
struct ChartTests {
    @Test(
        "ticks are round numbers that enclose the data",
        arguments: [
            (0.0, 1.0, false, "0.0 0.2 0.4 0.6 0.8 1.0"), (1.0, 50.0, true, "0 10 20 30 40 50"),
            (1.0, 5.0, true, "1 2 3 4 5"), (0.93, 2.31, false, "0.5 1.0 1.5 2.0 2.5"),
            (-60.0, 60.0, false, "−100 −50 0 50 100"), (0.3, 0.6, false, "0.3 0.4 0.5 0.6"),
            // One value is widened to a range around it; an epoch to its neighbours.
            (0.01, 0.01, false, "0.0090 0.0095 0.0100 0.0105 0.0110"), (1.0, 1.0, true, "0 1 2"),
            (0.0, 0.0, false, "−0.5 0.0 0.5"),
        ])
    func ticks(lower: Double, upper: Double, areWhole: Bool, labels: String) {
        let ticks = Ticks(enclosing: lower...upper, areWhole: areWhole)
        #expect(ticks.values.map(ticks.label).joined(separator: " ") == labels)
        #expect(encloses(ticks, lower, upper))
    }

    /// Whether ticks enclose a range, but for rounding.
    private func encloses(_ ticks: Ticks, _ lower: Double, _ upper: Double) -> Bool {
        let hair = (ticks.values[1] - ticks.values[0]) * 1e-6
        return ticks.lower <= lower + hair && ticks.upper >= upper - hair
    }

    @Test("whatever the range, there are 2 to 6 rising ticks around it")
    func anyRange() {
        for lower in [-1e15, -3.7e4, -1, -1e-9, 0, .leastNonzeroMagnitude, 5e-7, 0.1, 77, 1e9, 1e15] {
            for length in [0, 1e-300, 1e-12, 0.003, 1, 17, 4e5, 1e15] where abs(lower + length) <= 1e15 {
                let ticks = Ticks(enclosing: lower...lower + length)
                #expect((2...6).contains(ticks.values.count), "\(lower) \(length)")
                #expect(zip(ticks.values, ticks.values.dropFirst()).allSatisfy { $0 < $1 }, "\(lower) \(length)")
                #expect(encloses(ticks, lower, lower + length), "\(lower) \(length)")
            }
        }
    }

    private func chart(_ points: [(x: Double, y: Double)], _ style: SeriesStyle = SeriesStyle(color: 0)) -> LineChart {
        LineChart(
            title: "Loss", xName: "epoch", yName: "nats",
            series: [.init(name: "test", style: style, points: points)], xIsWhole: true)
    }

    @Test("data lie where the axes say")
    func geometry() throws {
        let chart = chart([(1, 0.2), (3, 1.0), (5, 0.6)])
        let area = try #require(chart.area)
        #expect(area.x.values == [1, 2, 3, 4, 5] && area.y.values.first == 0.2 && area.y.values.last == 1)
        let (left, right) = (PlotArea.margins.left, PlotArea.size.width - PlotArea.margins.right)
        let (top, bottom) = (PlotArea.margins.top, PlotArea.size.height - PlotArea.margins.bottom)
        #expect(area.x(1) == left && area.x(5) == right && area.x(3) == (left + right) / 2)
        #expect(area.y(0.2) == bottom && area.y(1) == top)
        let page = try PageReader(try #require(chart.figure).html)
        // 66 to 426 across, 220 to 10 up.
        #expect(page.values(of: "points") == ["66,220 246,10 426,115"])
        #expect(page.values(of: "cx") == ["66", "246", "426"] && page.values(of: "cy") == ["220", "10", "115"])
    }

    @Test("what is not finite is left out; of nothing there is no chart; a single point has a mark")
    func gaps() throws {
        #expect(chart([]).figure == nil && chart([(1, .nan)]).area == nil)
        let page = try PageReader(try #require(chart([(1, .infinity), (2, 1)]).figure).html)
        #expect(page.values(of: "cx") == ["246"] && page.values(of: "points") == ["246,115"])
    }

    @Test("lines are told apart without colours: by strokes and by the shape of their marks")
    func styles() throws {
        let marks = try (0..<6).map { color in
            try PageReader(try #require(chart([(1, 1), (2, 2)], SeriesStyle(color: color)).figure).html)
        }
        // A circle, and five polygons of which no two are alike.
        #expect(marks[0].elements.contains("circle"))
        let shapes = marks.dropFirst().map {
            $0.attributes.filter { $0["class"]?.hasPrefix("mark") == true }.first?["points"]
        }
        #expect(!shapes.contains(nil) && Set(shapes).count == 5)
        let dashed = try PageReader(
            try #require(chart([(1, 1), (2, 2)], SeriesStyle(color: 0, stroke: .dashed)).figure).html)
        #expect(dashed.values(of: "stroke-dasharray") == ["6 4"])
    }

    @Test("a million epochs make a line of some hundred points, the first and the last among them")
    func thinning() {
        let thinned = LineChart.thinned(Array(1...1_000_000), to: 400)
        #expect(thinned.count == 400 && thinned.first == 1 && thinned.last == 1_000_000)
        #expect(zip(thinned, thinned.dropFirst()).allSatisfy { $0 < $1 })
        #expect(LineChart.thinned([1, 2, 3], to: 3) == [1, 2, 3])
    }

    @Test("a histogram counts each finite value once, those beyond in the last bins")
    func histogram() {
        let histogram = Histogram(of: [0, 0.24, 0.25, 0.5, 1, 7, -3, .nan, .infinity], over: 0...1, bins: 4)
        #expect(histogram.counts == [3, 1, 1, 2] && histogram.beyond == 2)
        #expect((0...4).map(histogram.edge) == [0, 0.25, 0.5, 0.75, 1])
    }
}
