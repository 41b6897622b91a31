import Foundation
import Tensors

/// The loss: log-softmax of the logits, then the negative log-likelihood of the label, averaged over the batch.
///
/// With label smoothing ε the target is (1 − ε) · one-hot + ε / classes, as in PyTorch's `cross_entropy`, and the loss is
/// the cross entropy to that.
///
/// - Gradient: (softmax − target) / batch.
/// - Source: label smoothing is from Szegedy et al. 2016 (arXiv:1512.00567).
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
    ///
    /// - Parameters:
    ///   - logits: [N, classes].
    ///   - labels: The class of each row.
    ///   - smoothing: The ε of label smoothing, between 0 and 1; 0, as in PyTorch, believes the labels.
    /// - Returns: The loss, and a gradient of the logits' shape.
    public static func lossAndGradient<Scalar: BinaryFloatingPoint & Sendable>(
        logits: Tensor<Scalar>, labels: [Int32], smoothing: Scalar = 0
    ) -> (loss: Scalar, dLogits: Tensor<Scalar>) {
        let classes = logits.shape[1]
        let everywhere = smoothing / Scalar(max(classes, 1))
        var gradient = logSoftmax(logits)
        var loss: Scalar = 0
        for (row, label) in labels.enumerated() {
            for place in 0..<classes {
                let target = (place == Int(label) ? 1 - smoothing : 0) + everywhere
                let index = row * classes + place
                // What has no part in the target may be impossible, −∞ · 0.
                if target != 0 { loss -= target * gradient.values[index] }
                gradient.values[index] = (Scalar(exp(Double(gradient.values[index]))) - target) / Scalar(labels.count)
            }
        }
        return (loss / Scalar(labels.count), gradient)
    }
}
