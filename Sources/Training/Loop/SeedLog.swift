import Foundation

/// The two lines of PyTorch's spatial transformer tutorial, to the letter, so that scripts which read its log read ours.
///
/// Percentages are rounded half to even as Python's `{:.0f}` does: both print the exact binary value with the C
/// library's rules.
public enum SeedLog {
    /// A line a logged batch: `Train Epoch: 1 [32000/50000 (64%)]<TAB>Loss: 2.094854`.
    ///
    /// - Parameters:
    ///   - epoch: counts from 1.
    ///   - imagesBefore: images of this epoch before the batch.
    ///   - imageCount: images an epoch.
    ///   - batch: the batch's place in the epoch, from 0.
    ///   - batchCount: batches an epoch; the percentage is of batches, as in the tutorial.
    ///   - loss: the mean loss of the batch.
    /// - Returns: the line, without a line break.
    public static func trainingLine(
        epoch: Int, imagesBefore: Int, imageCount: Int, batch: Int, batchCount: Int, loss: Double
    ) -> String {
        let percentage = wholePercentage(batch, of: batchCount)
        let lossText = String(format: "%.6f", loss)
        return "Train Epoch: \(epoch) [\(imagesBefore)/\(imageCount) (\(percentage)%)]\tLoss: \(lossText)"
    }

    /// The line after an epoch: `Test set: Average loss: 1.8471, Accuracy: 3473/10000 (35%)`.
    public static func testLine(_ result: BatchResult) -> String {
        let loss = String(format: "%.4f", result.averageLoss)
        let percentage = wholePercentage(result.correct, of: result.count)
        return "Test set: Average loss: \(loss), Accuracy: \(result.correct)/\(result.count) (\(percentage)%)"
    }

    private static func wholePercentage(_ part: Int, of whole: Int) -> String {
        String(format: "%.0f", whole == 0 ? 0 : 100 * Double(part) / Double(whole))
    }
}
