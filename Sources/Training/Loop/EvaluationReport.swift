import Foundation
import Tensors

/// What an evaluation says, for people and for programs.
public struct EvaluationReport: Sendable, Equatable {
    /// The figures.
    public var result: BatchResult
    /// Which class each image was put into; nil where that was not asked for.
    public var matrix: ConfusionMatrix?
    /// Images whose class is among the five with the highest scores; nil where that was not counted or says nothing, as with
    /// five classes or fewer.
    public var amongFive: Int?

    /// A report on the figures of a whole split, by class if a matrix is given.
    public init(_ result: BatchResult, amongFive: Int? = nil, byClass matrix: ConfusionMatrix? = nil) {
        (self.result, self.amongFive, self.matrix) = (result, amongFive, matrix)
    }

    /// A report on a network's answers, without the classes unless they are asked for.
    public init(_ answers: EvaluationAnswers, byClass: Bool) {
        let saysSomething = answers.matrix.classNames.count > 5
        self.init(
            answers.result, amongFive: saysSomething ? answers.amongFive : nil, byClass: byClass ? answers.matrix : nil)
    }

    /// `{"accuracy":…,"loss":…,"correct":…,"total":…,"top5_accuracy":…}`, and by class a list `classes` behind.
    ///
    /// A number that is none, such as the precision of a class that was never said, is null, which JSON has.
    public var json: String {
        let fields = [
            "\"accuracy\":\(result.accuracy)", "\"loss\":\(Self.number(result.averageLoss))",
            "\"correct\":\(result.correct)", "\"total\":\(result.count)",
        ]
        let topFive = amongFive.map { ["\"top5_accuracy\":\(Self.number(share($0)))"] } ?? []
        let classes = matrix.map { ["\"classes\":[\($0.classFigures.map(Self.json).joined(separator: ","))]"] } ?? []
        return "{" + (fields + topFive + classes).joined(separator: ",") + "}"
    }

    /// `accuracy 98.86% (9,886/10,000)   loss 0.0361   top-5 99.99%`, and by class a table below.
    public var text: String {
        let counts = "\(grouped(Double(result.correct)))/\(grouped(Double(result.count)))"
        let line =
            String(format: "accuracy %.2f%%", 100 * result.accuracy) + " (\(counts))   "
            + String(format: "loss %.4f", result.averageLoss)
            + (amongFive.map { String(format: "   top-5 %.2f%%", 100 * share($0)) } ?? "")
        return ([line] + (matrix?.table ?? [])).joined(separator: "\n")
    }

    private func share(_ images: Int) -> Double { Double(images) / Double(result.count) }

    private static func json(_ figures: ConfusionMatrix.ClassFigures) -> String {
        let confusion = figures.mostConfusedWith.map { "{\"class\":\(quoted($0.name)),\"count\":\($0.count)}" }
        return "{\"class\":\(quoted(figures.name)),\"precision\":\(number(figures.precision)),"
            + "\"recall\":\(number(figures.recall)),\"f1\":\(number(figures.f1)),\"count\":\(figures.count),"
            + "\"most_confused_with\":\(confusion ?? "null")}"
    }

    private static func number(_ value: Double?) -> String {
        guard let value, value.isFinite else { return "null" }
        return "\(value)"
    }

    /// A string of JSON: a name may hold anything.
    private static func quoted(_ text: String) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        // A string always encodes.
        return (try? encoder.encode(text)).map { String(decoding: $0, as: UTF8.self) } ?? "null"
    }
}

extension ConfusionMatrix {
    /// A line a class for people, under one of names: `4         98.7    98.5   98.6     982   9 (11)`.
    ///
    /// Shares are in percent; one that is undefined, such as the precision of a class that was never said, is a dash.
    var table: [String] {
        let names = classNames.map { oneLine($0, limit: 24) }
        let width = names.reduce("class".count) { max($0, $1.count) }
        func percent(_ share: Double?) -> String { share.map { String(format: "%.1f", 100 * $0) } ?? "-" }
        func line(_ name: String, _ cells: [String], _ last: String) -> String {
            let columns = zip(cells, [11, 8, 7, 8]).map { text, width in
                String(repeating: " ", count: max(1, width - text.count)) + text
            }
            let padding = String(repeating: " ", count: max(0, width - name.count))
            return name + padding + columns.joined() + (last.isEmpty ? "" : "   " + last)
        }
        let heading = line("class", ["precision", "recall", "f1", "n"], "most confused with")
        return [heading]
            + zip(names, classFigures).map { name, figures in
                let confusion = figures.mostConfusedWith.map { "\(oneLine($0.name, limit: 24)) (\($0.count))" }
                let shares = [figures.precision, figures.recall, figures.f1].map(percent)
                return line(name, shares + [grouped(Double(figures.count))], confusion ?? "")
            }
    }
}
