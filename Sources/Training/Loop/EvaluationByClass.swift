import Datasets

/// What a network answers on a whole split.
public struct EvaluationAnswers: Sendable {
    /// The figures, the same as of ``Evaluation/run(_:on:normalization:batchSize:)``.
    public var result: BatchResult
    /// Which class each image was put into.
    public var matrix: ConfusionMatrix
    /// Images whose class is among the five with the highest scores.
    public var amongFive = 0

    /// Counts a batch: the right classes, the classes said, and the scores of all classes, [labels, classes].
    mutating func record(
        labels: UnsafeBufferPointer<Int32>, predictions: UnsafeBufferPointer<Int32>, scores: UnsafeBufferPointer<Float>
    ) {
        let classes = matrix.classNames.count
        for (index, (label, prediction)) in zip(labels, predictions).enumerated() {
            matrix.record(label: Int(label), prediction: Int(prediction))
            let own = UnsafeBufferPointer(rebasing: scores[index * classes..<(index + 1) * classes])
            amongFive += Self.rank(of: Int(label), in: own) < 5 ? 1 : 0
        }
    }

    /// Classes that come before `label`: those of a higher score, or of the same and a lower number.
    ///
    /// A score that is not a number comes last.
    package static func rank(of label: Int, in scores: UnsafeBufferPointer<Float>) -> Int {
        let own = scores[label]
        guard !own.isNaN else { return scores.count }
        return scores.indices.count { scores[$0] > own || (scores[$0] == own && $0 < label) }
    }
}

extension Evaluation {
    /// The figures of `model` on `images` and which class each image was put into, in one pass, dropout off.
    ///
    /// - Parameters:
    ///   - model: Its classes are those of `classNames`.
    ///   - images: A whole split.
    ///   - classNames: Names by label; as many as the network has classes.
    ///   - normalization: As in training.
    ///   - batchSize: 64, the size training uses.
    ///   - progress: Told after each batch how many images are done.
    /// - Returns: The figures and the answers behind them.
    /// - Throws: ``ExecutionError`` when images or labels do not fit the network.
    public static func answers(
        of model: ClassifierModel, on images: LabeledImages, classNames: [String], normalization: Normalization,
        batchSize: Int = 64, progress: (Int) -> Void = { _ in }
    ) throws -> EvaluationAnswers {
        let loader = BatchLoader(
            images, normalization: normalization, capacity: max(1, min(batchSize, images.count)))
        var answers = EvaluationAnswers(result: .empty, matrix: ConfusionMatrix(classNames: classNames))
        for first in stride(from: 0, to: images.count, by: batchSize) {
            let indices = Array(first..<min(first + batchSize, images.count))[...]
            answers.result += try loader.withBatch(indices) { pixels, labels in
                let figures = try model.classifier.executor.evaluate(images: pixels, labels: labels) {
                    answers.record(labels: labels, predictions: $0, scores: $1)
                }
                return BatchResult(lossSum: figures.lossSum, correct: figures.correct, count: labels.count)
            }
            progress(answers.result.count)
        }
        return answers
    }
}
