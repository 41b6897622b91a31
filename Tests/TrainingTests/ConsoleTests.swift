import Foundation
import Testing
import Training

@Suite("The terminal")
struct ConsoleTests {
    /// The bar halfway through the third of 50 epochs.
    private func bar(columns: Int, usesColor: Bool = false, seconds: Double = 10) -> String {
        let soFar = BatchResult(lossSum: 64_000, correct: 16_000, count: 32_000)
        return ProgressBar.line(
            epoch: (3, 50), batch: (391, 782), soFar: soFar, seconds: seconds, columns: columns,
            usesColor: usesColor)
    }

    @Test("the bar names epoch, share, loss, accuracy, speed and time left")
    func barText() {
        let line = bar(columns: 120)
        #expect(line.hasPrefix(" epoch 3/50 ━"))
        #expect(line.hasSuffix("  50%  0:10 left  acc  50.0%  loss 2.0000  391/782  3,200 img/s"))
    }

    @Test("the bar fits the terminal, with colour and without", arguments: [20, 40, 79, 80, 81, 100, 300])
    func barWidth(columns: Int) {
        let plain = bar(columns: columns)
        #expect(plain.count < columns)
        #expect(!plain.contains("\u{1B}"))
        let colored = bar(columns: columns, usesColor: true)
        #expect(colored.replacing(/\u{1B}\[[0-9]*m/, with: "").count == plain.count)
    }

    @Test("a narrow bar leaves whole figures out, the least wanted first")
    func narrowBar() {
        #expect(bar(columns: 40).hasSuffix("  50%  0:10 left"))
        #expect(bar(columns: 60).hasSuffix("  50%  0:10 left  acc  50.0%  loss 2.0000"))
    }

    @Test("a bar at time 0 divides by nothing")
    func barAtStart() {
        #expect(
            bar(columns: 120, seconds: 0).contains(
                " 0 img/s"))
    }

    @Test("a bar of counted work names what is done, and fits", arguments: [20, 40, 80, 200])
    func workBar(columns: Int) {
        let terminal = Terminal(outputIsTerminal: true, errorIsTerminal: true, columns: columns)
        let line = WorkBar.line("testing", done: 2500, of: 10_000, unit: "img", seconds: 2, terminal: terminal)
        #expect(line.hasPrefix(" testing ") && line.count < columns)
        if columns >= 80 {
            #expect(line.hasSuffix("  25%  0:06 left  2,500/10,000  1,250 img/s"))
            let full = line.count { $0 == "━" }
            #expect(full == (full + line.count { $0 == "─" }) / 4 && full > 5)
        }
        #expect(WorkBar.line("x", done: 0, of: 0, unit: "img", seconds: 0, terminal: terminal).contains("100%"))
    }

    @Test("a bar is drawn for people alone, and wiped")
    func workBarStreams() {
        func written(count: Int, isTerminal: Bool = true, isQuiet: Bool = false) -> String {
            let sink = MemorySink()
            let terminal = Terminal(outputIsTerminal: true, errorIsTerminal: isTerminal)
            let bar = WorkBar("testing", count: count, unit: "img", on: sink, terminal: terminal, isQuiet: isQuiet)
            for done in 1...max(count, 1) { bar.show(done) }
            bar.clear()
            return sink.text
        }
        let shown = written(count: 100)
        #expect(shown.contains("100%") && shown.hasSuffix("\r\u{1B}[K"))
        // The first and the last are drawn, those between only as time passes.
        #expect(shown.split(separator: "testing").count < 20)
        #expect(written(count: 100, isTerminal: false).isEmpty && written(count: 100, isQuiet: true).isEmpty)
        #expect(written(count: 1).isEmpty && written(count: 0).isEmpty)
    }

    @Test("NO_COLOR, TERM=dumb and COLUMNS are honoured")
    func environment() {
        #expect(!Terminal.current(environment: ["NO_COLOR": "1"]).usesColor)
        #expect(Terminal.current(environment: ["NO_COLOR": ""]).usesColor)
        #expect(!Terminal.current(environment: ["TERM": "dumb"]).usesColor)
        #expect(Terminal.current(environment: ["COLUMNS": "57"]).columns == 57)
        #expect(Terminal.current(environment: ["COLUMNS": "-3"]).columns != -3)
    }

    @Test("numbers and times read well whatever their size")
    func numbers() {
        #expect(grouped(0) == "0")
        #expect(grouped(999) == "999")
        #expect(grouped(1_234_567) == "1,234,567")
        #expect(grouped(.nan) == "-")
        #expect(clockTime(0.4) == "0:00")
        #expect(clockTime(3729) == "1:02:09")
        #expect(clockTime(.infinity) == "-")
        #expect(clockTime(-1) == "-")
    }

    @Test("suggestions find slips and leave strangers alone")
    func suggestions() {
        #expect(Suggestion.nearest(to: "mnits", among: ["mnist", "cifar10"]) == "mnist")
        #expect(Suggestion.nearest(to: "learning-rte", among: ["learning-rate", "seed"]) == "learning-rate")
        #expect(Suggestion.nearest(to: "zebra", among: ["mnist", "cifar10"]) == nil)
        #expect(Suggestion.nearest(to: "", among: ["mnist"]) == nil)
        #expect(Suggestion.nearest(to: "mnist", among: []) == nil)
        // Swapped neighbours are one slip, so of three swaps and a letter the nearer word is told.
        #expect(Suggestion.nearest(to: "badc", among: ["abxx", "abcd"]) == "abcd")
        #expect(Suggestion.nearest(to: "abdc", among: ["abxy", "abcd"]) == "abcd")
        // A third of a long word may be wrong; words beyond 40 letters are no settings.
        let word = String(repeating: "ab", count: 20)
        #expect(Suggestion.nearest(to: word, among: [word]) == word)
        #expect(Suggestion.nearest(to: word + "a", among: [word]) == nil)
    }

    @Test("an evaluation prints one line of text or JSON")
    func evaluation() {
        let report = EvaluationReport(BatchResult(lossSum: 361, correct: 9886, count: 10_000))
        #expect(report.text == "accuracy 98.86% (9,886/10,000)   loss 0.0361")
        #expect(report.json == #"{"accuracy":0.9886,"loss":0.0361,"correct":9886,"total":10000}"#)
        let five = EvaluationReport(BatchResult(lossSum: 1, correct: 1, count: 4), amongFive: 3)
        #expect(five.text == "accuracy 25.00% (1/4)   loss 0.2500   top-5 75.00%")
        #expect(five.json == #"{"accuracy":0.25,"loss":0.25,"correct":1,"total":4,"top5_accuracy":0.75}"#)
        #expect(
            EvaluationReport(BatchResult(lossSum: .nan, correct: 0, count: 1)).json.contains(#""loss":null"#))
    }

    @Test("an evaluation by class adds a table, or a list in JSON")
    func evaluationByClass() throws {
        var matrix = ConfusionMatrix(classNames: ["cat", "a \"dog\"", "none"])
        for (label, said) in [(0, 0), (0, 0), (0, 1), (1, 1)] { matrix.record(label: label, prediction: said) }
        let report = EvaluationReport(BatchResult(lossSum: 2, correct: 3, count: 4), byClass: matrix)
        let expected = """
            accuracy 75.00% (3/4)   loss 0.5000
            class    precision  recall     f1       n   most confused with
            cat          100.0    66.7   80.0       3   a "dog" (1)
            a "dog"       50.0   100.0   66.7       1
            none             -       -      -       0
            """
        #expect(report.text == expected)
        let object = try JSONSerialization.jsonObject(with: Data(report.json.utf8)) as? [String: Any]
        let classes = try #require(object?["classes"] as? [[String: Any]])
        #expect(classes.map { $0["class"] as? String } == ["cat", "a \"dog\"", "none"])
        #expect(classes[0]["precision"] as? Double == 1 && classes[2]["precision"] is NSNull)
        let confusion = try #require(classes[0]["most_confused_with"] as? [String: Any])
        #expect(confusion["class"] as? String == "a \"dog\"" && confusion["count"] as? Int == 1)
    }
}
