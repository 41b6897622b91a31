import Foundation
import Tensors

/// The loss: log-softmax of the logits, then the negative log-likelihood of the label, averaged over the batch.
///
/// - Gradient: (softmax − one-hot) / batch.
/// - Numerics: the largest logit is subtracted first, so no exponential overflows.
public enum CrossEntropy {
    /// log(softmax(logits)) of each row.
    ///
    /// - Shapes: `logits` [N, classes] → the same.
    public static func logSoftmax<Scalar: BinaryFloatingPoint & Sendable>(_ logits: Tensor<Scalar>) -> Tensor<Scalar> {
        let classes = logits.shape[1]
        var result = logits
        for row in 0..<logits.shape[0] {
            let range = row * classes..<(row + 1) * classes
            let largest = logits.values[range].max() ?? 0
            let sum = logits.values[range].reduce(0.0) { $0 + exp(Double($1 - largest)) }
            for index in range { result.values[index] = logits.values[index] - largest - Scalar(log(sum)) }
        }
        return result
    }

    /// The mean loss and its gradient for the logits.
    public static func lossAndGradient<Scalar: BinaryFloatingPoint & Sendable>(
        logits: Tensor<Scalar>, labels: [Int32]
    ) -> (loss: Scalar, dLogits: Tensor<Scalar>) {
        let classes = logits.shape[1]
        var gradient = logSoftmax(logits)
        var loss: Scalar = 0
        for (row, label) in labels.enumerated() { loss -= gradient.values[row * classes + Int(label)] }
        for index in gradient.values.indices { gradient.values[index] = Scalar(exp(Double(gradient.values[index]))) }
        for (row, label) in labels.enumerated() { gradient.values[row * classes + Int(label)] -= 1 }
        for index in gradient.values.indices { gradient.values[index] /= Scalar(labels.count) }
        return (loss / Scalar(labels.count), gradient)
    }
}
