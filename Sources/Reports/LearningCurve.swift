import Foundation
import Imaging
import Training

/// Accuracy by epoch, on training and on test images, drawn from a run's `metrics.jsonl`.
public struct LearningCurve: Sendable {
    /// One epoch of a run.
    struct Epoch: Decodable, Sendable {
        let epoch: Int
        let trainAcc: Double
        let valAcc: Double

        private enum CodingKeys: String, CodingKey {
            case epoch
            case trainAcc = "train_acc"
            case valAcc = "val_acc"
        }

        /// Whether a run can have written it; the axes are made for such numbers.
        var isPossible: Bool {
            (1...1_000_000).contains(epoch) && (0...1).contains(trainAcc) && (0...1).contains(valAcc)
        }
    }

    let epochs: [Epoch]

    /// Reads a run's metrics; nil when there are none, or fewer than the two epochs that make a line.
    ///
    /// - Throws: ``RunFolderError/damaged(path:line:reason:)`` for lines that no run writes.
    public init?(metrics path: String) throws {
        epochs = RunRecord.ordered(try RunFiles.lines(path, as: Epoch.self), by: \.epoch)
        guard epochs.allSatisfy(\.isPossible) else {
            throw RunFolderError.damaged(path: path, line: nil, reason: "epochs or accuracies that no run can have")
        }
        guard epochs.count >= 2 else { return nil }
    }

    private static let size = (width: 760, height: 460)
    private static let plot = (left: Float(70), top: Float(60), right: Float(730), bottom: Float(400))
    private static let grey = Color(grey: 205)
    private static let trainingColor = Color(red: 150, green: 160, blue: 175)
    private static let testColor = Color(red: 20, green: 100, blue: 200)

    /// The curve as a picture.
    public var picture: Image {
        var image = Image(
            width: Self.size.width, height: Self.size.height, channels: 3, filledWith: [255, 255, 255])
        drawAxes(on: &image)
        image.drawPolyline(epochs.map { point($0.epoch, $0.trainAcc) }, color: Self.trainingColor, thickness: 2)
        image.drawPolyline(epochs.map { point($0.epoch, $0.valAcc) }, color: Self.testColor, thickness: 3)
        drawLegend(on: &image)
        return image
    }

    private var highest: Double {
        // The next ten percent above everything, so that the axis ends on a line.
        let most = epochs.reduce(0) { max($0, $1.trainAcc, $1.valAcc) }
        return min(1, max(0.1, (most * 10).rounded(.up) / 10))
    }

    private func point(_ epoch: Int, _ accuracy: Double) -> (x: Float, y: Float) {
        let (first, last) = (epochs[0].epoch, epochs[epochs.count - 1].epoch)
        let across = Float(epoch - first) / Float(max(last - first, 1))
        let up = Float(accuracy / highest)
        let plot = Self.plot
        return (plot.left + across * (plot.right - plot.left), plot.bottom - up * (plot.bottom - plot.top))
    }

    private func drawAxes(on image: inout Image) {
        let plot = Self.plot
        for tenth in 0...10 where Double(tenth) / 10 <= highest + 1e-9 {
            let y = point(epochs[0].epoch, Double(tenth) / 10).y
            image.drawPolyline([(plot.left, y), (plot.right, y)], color: Self.grey)
            let label = "\(tenth * 10)%"
            image.drawText(label, x: plot.left - 10 - Image.textWidth(label, height: 11), y: y - 5, height: 11)
        }
        for epoch in ticks {
            let x = point(epoch, 0).x
            image.drawPolyline([(x, plot.bottom), (x, plot.bottom + 5)], color: .black)
            let label = "\(epoch)"
            image.drawText(label, x: x - Image.textWidth(label, height: 11) / 2, y: plot.bottom + 10, height: 11)
        }
        image.drawPolyline([(plot.left, plot.bottom), (plot.right, plot.bottom)], color: .black)
        let name = "epoch"
        image.drawText(
            name, x: (plot.left + plot.right - Image.textWidth(name, height: 11)) / 2, y: plot.bottom + 34, height: 11)
    }

    /// The first epoch and then round numbers, at most eleven in all.
    private var ticks: [Int] {
        let (first, last) = (epochs[0].epoch, epochs[epochs.count - 1].epoch)
        var step = 1
        for factor in [2, 5, 10, 20, 50, 100, 1000, 10_000, 100_000] where (last - first) / step > 10 { step = factor }
        return [first] + Array(first...last).filter { $0 % step == 0 && $0 != first }
    }

    private func drawLegend(on image: inout Image) {
        let best = epochs.max { $0.valAcc < $1.valAcc } ?? epochs[0]
        let test = String(
            format: "test accuracy, %.2f%% at the end, best %.2f%%",
            100 * epochs[epochs.count - 1].valAcc, 100 * best.valAcc)
        var x = Self.plot.left
        for (color, text) in [(Self.testColor, test), (Self.trainingColor, "training accuracy")] {
            image.drawPolyline([(x, 30), (x + 24, 30)], color: color, thickness: 3)
            image.drawText(text, x: x + 32, y: 24, height: 12)
            x += 52 + Image.textWidth(text, height: 12)
        }
    }
}
