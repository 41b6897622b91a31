import Foundation

/// What an evaluation says, for people and for programs.
public struct EvaluationReport: Sendable, Equatable {
    /// The figures.
    public var result: BatchResult

    /// A report on the figures of a whole split.
    public init(_ result: BatchResult) { self.result = result }

    /// `{"accuracy":…,"loss":…,"correct":…,"total":…}`; a loss that is not a number is null, which JSON has.
    public var json: String {
        let loss = result.averageLoss.isFinite ? "\(result.averageLoss)" : "null"
        return
            "{\"accuracy\":\(result.accuracy),\"loss\":\(loss),\"correct\":\(result.correct),\"total\":\(result.count)}"
    }

    /// `accuracy 98.86% (9,886/10,000)   loss 0.0361`.
    public var text: String {
        let share = "\(grouped(Double(result.correct)))/\(grouped(Double(result.count)))"
        return String(format: "accuracy %.2f%%", 100 * result.accuracy) + " (\(share))   "
            + String(format: "loss %.4f", result.averageLoss)
    }
}
