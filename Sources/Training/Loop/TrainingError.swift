import Execution
import Tensors

/// What can go wrong while a model is trained.
public enum TrainingError: UserFacingError, Equatable {
    /// The loss became infinite, NaN or absurdly large at this step.
    case diverged(Divergence)
    /// A split holds no images.
    case noImages(dataset: String, split: String)
    /// Images smaller than what the network's convolutions and pools leave something of.
    case imagesTooSmall(dataset: String, height: Int, width: Int, smallest: Int)
    /// The run would take more steps than random streams can tell apart.
    case tooManySteps(epochs: Int, batchesPerEpoch: Int)

    /// Where a loss stopped being a number.
    public struct Divergence: Sendable, Equatable {
        /// Counts from 1.
        public var epoch: Int
        /// Counts from 1 over the run.
        public var step: Int
        /// The learning rate of the step.
        public var learningRate: Double
        /// The loss: infinite, NaN or above ``lossLimit``.
        public var loss: Double
        /// Whether it showed in the test after the epoch, not in training.
        public var duringTest: Bool
        /// The last checkpoint written before, if there is one.
        public var checkpoint: String?
        /// What was found first in the step; nil where only the loss is known.
        public var fault: NumericFault?
        /// Why the run does not go on although it was told to.
        public var reason: String?
        /// Where the weights and the optimizer's memory as they were in the step lie.
        public var aside: String?

        /// As ``NumericFault/lossLimit``.
        public static let lossLimit = NumericFault.lossLimit

        /// Equality that counts two NaN losses as equal.
        public static func == (one: Divergence, other: Divergence) -> Bool { one.text == other.text }

        fileprivate var text: String {
            let place = duringTest ? "in the test after epoch \(epoch)" : "in epoch \(epoch)"
            let kept =
                checkpoint.map { "the last good weights are in \($0)" } ?? "no epoch was finished before"
            let end = reason.map { ", \($0)" } ?? ""
            let looked = aside.map { "; what it had come to is in \($0)" } ?? ""
            return "training diverged: \(finding) \(place), step \(step), at learning rate \(learningRate)\(end);"
                + " \(remedy)\(looked); \(kept)"
        }

        /// What was found, in words.
        var finding: String {
            fault.map { "\($0)" } ?? "the loss is \(loss.isNaN ? "NaN" : "\(loss)")"
        }

        private var remedy: String {
            if case .image = fault?.place { return "leave such batches out with --on-nonfinite skip" }
            return "try --learning-rate \(learningRate / 10)"
        }
    }

    /// Decides the exit code.
    public var category: ErrorCategory {
        switch self {
        case .diverged: .internalFailure
        case .noImages, .imagesTooSmall: .badData
        case .tooManySteps: .usage
        }
    }

    /// One line: what, where, what to do.
    public var description: String {
        switch self {
        case .diverged(let divergence):
            divergence.text
        case .noImages(let dataset, let split):
            "data set \(dataset): the \(split) split holds no images; add some, or name another data set"
        case .imagesTooSmall(let dataset, let height, let width, let smallest):
            "data set \(dataset): images of \(height)×\(width) pixels are too small for the network, which needs"
                + " \(smallest)×\(smallest); name another data set"
        case .tooManySteps(let epochs, let batches):
            "\(epochs) epochs of \(batches) batches are more than \(UInt32.max) steps; lower --epochs or raise --batch-size"
        }
    }
}

/// A run that a signal stopped after a finished step; not a fault, so not a ``UserFacingError`` with a category.
public struct TrainingInterrupted: Error, Sendable, Equatable, CustomStringConvertible {
    /// The signal's number: 2 for Ctrl-C, 15 for a request to terminate.
    public var signal: Int32
    /// Counts from 1.
    public var epoch: Int
    /// Counts from 1 over the run.
    public var step: Int
    /// The weights as they were after that step.
    public var checkpoint: String?
    /// The folder of the run, which goes on from there.
    public var run: String?

    package init(signal: Int32, epoch: Int, step: Int, checkpoint: String? = nil) {
        self.signal = signal
        self.epoch = epoch
        self.step = step
        self.checkpoint = checkpoint
    }

    /// The exit code that shells use for a process ended by the signal.
    public var exitCode: Int32 { 128 + signal }

    /// One line: what, where, what to do.
    public var description: String {
        let saved = checkpoint.map { "; the weights are in \($0)" } ?? ""
        let next = run.map { "; go on with: stn train --resume \(shellWord($0))" } ?? ""
        return "stopped by signal \(signal) in epoch \(epoch) after step \(step)\(saved)\(next)"
    }
}

/// The text as one word of a shell's command line.
package func shellWord(_ text: String) -> String {
    let isPlain = !text.isEmpty && text.allSatisfy { $0.isLetter || $0.isNumber || "/._-+=:,@%".contains($0) }
    return isPlain ? text : "'" + text.replacing("'", with: "'\\''") + "'"
}
