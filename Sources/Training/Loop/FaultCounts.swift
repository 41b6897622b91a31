/// What a run does when a step comes to a number that nothing can be learned from; weights are untouched then in any case.
public enum NonfiniteResponse: String, Sendable, CaseIterable {
    /// The run ends with the reason. The default: the cause is a learning rate that is too high or a broken image as a rule, and
    /// whoever has not chosen otherwise wants to know.
    case stop
    /// The batch is left out and counted; ends the run when ``FaultCounts/skipLimit`` in a row or a whole epoch were.
    case skip
    /// Back to the last checkpoint with a learning rate that is ``FaultCounts/rollbackFactor`` times as high, at most
    /// ``FaultCounts/rollbackLimit`` times a run.
    case rollback
}

/// The steps of a run that came to nothing: part of its checkpoints, so that it goes on with the same bits.
public struct FaultCounts: Sendable, Equatable, Codable {
    /// Batches left out since the last that was learned from.
    public private(set) var inARow = 0
    /// Batches of the epoch that were left out.
    public private(set) var epochBatches = 0
    /// Images in them.
    public private(set) var epochImages = 0
    /// Batches left out in the whole run; optimizers do not count these steps.
    public private(set) var total = 0
    /// How often the run went back to a checkpoint.
    public private(set) var rollbacks = 0

    /// After so many faults in a row no batch is to blame but the weights.
    public static let skipLimit = 100
    /// A tenth, as the message of a run that stops advises: a half would often have to be tried several times, and each costs what
    /// was learned since the checkpoint.
    public static let rollbackFactor = 0.1
    /// A thousandth of the chosen learning rate learns next to nothing; what still fails has another cause.
    public static let rollbackLimit = 3

    /// No fault yet.
    public init() {}

    mutating func skip(images: Int) {
        inARow += 1
        epochBatches += 1
        epochImages += images
        total += 1
    }

    mutating func learned() { inARow = 0 }

    mutating func endEpoch() { (epochBatches, epochImages) = (0, 0) }

    mutating func rollBack() { rollbacks += 1 }

    /// A scheduled learning rate after all that was rolled back.
    func lowered(_ learningRate: Double) -> Double {
        (0..<rollbacks).reduce(learningRate) { rate, _ in rate * Self.rollbackFactor }
    }

    /// Whether a run can have come here after `steps` steps, `batches` of them in its epoch of `images` images.
    func isPossible(steps: Int, batches: Int, images: Int) -> Bool {
        (0...steps).contains(total) && (0...min(batches, total)).contains(epochBatches)
            && (0...images).contains(epochImages) && (epochBatches == 0) == (epochImages == 0)
            && (0...min(Self.skipLimit, total)).contains(inARow) && (0...Self.rollbackLimit).contains(rollbacks)
    }
}
