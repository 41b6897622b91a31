import Training

extension ReportSection {
    /// A larger matrix does not fit a page; its classes are still in the table.
    private static let matrixLimit = 24
    private static let pairLimit = 12

    /// Which classes are taken for which, and how good each class is.
    static func confusion(_ matrix: ConfusionMatrix) -> ReportSection {
        ReportSection("classes", "Classes") {
            Markup.paragraph(
                "\(Words.grouped(matrix.correct)) of \(Words.count(matrix.total, "test image")) are classified rightly, by the "
                    + "weights of the best epoch.")
            if matrix.classNames.count <= matrixLimit {
                Markup("h3") { "Confusion matrix" }
                Markup.note(
                    "A row is the class that is right, a column what was said; the shade is the share of the row. The diagonal, in "
                        + "bold, is right.")
                Markup("div", ["class": "wide"]) { grid(matrix) }
            } else {
                Markup("h3") { "Most frequent confusions" }
                Markup.table(head: ["right", "said", "images"], rows: pairs(matrix))
            }
            Markup("h3") { "Precision and recall" }
            Markup.table(
                head: ["class", "precision", "recall", "F1", "images", "most often taken for"],
                rows: matrix.classFigures.map(row))
            Markup.note(
                "Precision: the share of what was put into the class that belongs there. Recall: the share of the class that was "
                    + "put there. F1: their harmonic mean.")
        }
    }

    private static func row(_ figures: ConfusionMatrix.ClassFigures) -> [String] {
        func share(_ value: Double?) -> String { value.map { Words.percent($0) } ?? "–" }
        return [
            figures.name, share(figures.precision), share(figures.recall), share(figures.f1),
            Words.grouped(figures.count),
            figures.mostConfusedWith.map { "\($0.name) (\(Words.grouped($0.count)))" } ?? "–",
        ]
    }

    private static func grid(_ matrix: ConfusionMatrix) -> Markup {
        let classes = matrix.classNames.indices
        return Markup("table", ["class": "confusion"]) {
            Markup("thead") {
                Markup("tr") {
                    Markup("th", ["scope": "col"]) { "right \\ said" }
                    for name in matrix.classNames { Markup("th", ["scope": "col"]) { Markup("span") { name } } }
                }
            }
            Markup("tbody") {
                for label in classes {
                    Markup("tr") {
                        Markup("th", ["scope": "row"]) { matrix.classNames[label] }
                        for said in classes { cell(matrix, label, said) }
                    }
                }
            }
        }
    }

    private static func cell(_ matrix: ConfusionMatrix, _ label: Int, _ said: Int) -> Markup {
        let (count, images) = (matrix[label, said], matrix.figures(of: label).count)
        guard count > 0 else { return Markup("td", ["class": "none"]) { "0" } }
        let share = Double(count) / Double(images)
        // Confusions are a few percent each: unless they are raised they could not be told from none.
        let shade = label == said ? share : min(1, 3 * share)
        let kind = label == said ? "right" : "wrong"
        return Markup(
            "td",
            [
                "class": shade > 0.55 ? "\(kind) full" : kind, "style": "--s:\(Int((100 * shade).rounded()))%",
                "title": "\(matrix.classNames[label]) taken for \(matrix.classNames[said]): \(Words.percent(share))",
            ]
        ) { Words.grouped(count) }
    }

    private static func pairs(_ matrix: ConfusionMatrix) -> [[String]] {
        let classes = matrix.classNames.indices
        let pairs = classes.flatMap { label in
            classes.filter { $0 != label && matrix[label, $0] > 0 }.map {
                (label: label, said: $0, count: matrix[label, $0])
            }
        }
        return pairs.sorted { $0.count != $1.count ? $0.count > $1.count : ($0.label, $0.said) < ($1.label, $1.said) }
            .prefix(pairLimit).map {
                [matrix.classNames[$0.label], matrix.classNames[$0.said], Words.grouped($0.count)]
            }
    }
}
