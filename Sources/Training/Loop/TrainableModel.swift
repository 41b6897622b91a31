import Execution
import Interchange
import Tensors

/// What a batch came to.
public struct BatchResult: Sendable, Equatable, Codable {
    /// The sum of the images' losses (natural-logarithm cross entropy, each image's loss unweighted).
    public var lossSum: Double
    /// The number of images whose largest output belongs to their label.
    public var correct: Int
    /// The number of images.
    public var count: Int

    /// A result over `count` images.
    public init(lossSum: Double, correct: Int, count: Int) {
        self.lossSum = lossSum
        self.correct = correct
        self.count = count
    }

    /// The result of no images.
    public static var empty: BatchResult { BatchResult(lossSum: 0, correct: 0, count: 0) }

    /// The mean loss an image; 0 for no images.
    public var averageLoss: Double { count == 0 ? 0 : lossSum / Double(count) }

    /// The share classified rightly, from 0 to 1; 0 for no images.
    public var accuracy: Double { count == 0 ? 0 : Double(correct) / Double(count) }

    /// Adds another batch's figures.
    public static func += (total: inout BatchResult, batch: BatchResult) {
        total.lossSum += batch.lossSum
        total.correct += batch.correct
        total.count += batch.count
    }
}

/// A classifier as the training loop sees it: numbers in, loss out, weights in and out.
///
/// - Shapes: `images` is [count, H, W, C] normalised float32, `labels` is [count]; the buffers are reused after the
///   call returns, so a model keeps no pointer to them. `count` is at most the batch size of the run; the last batch
///   of an epoch may be smaller.
public protocol TrainableModel: AnyObject {
    /// The number of trained scalars.
    var parameterCount: Int { get }

    /// One optimizer step on a batch; the figures returned are those before the update.
    ///
    /// - Parameters:
    ///   - images: the batch's pixels.
    ///   - labels: the class of each image.
    ///   - step: counts training steps from 0 over the whole run; dropout masks are drawn by it.
    ///   - update: the update rule with this step's learning rate.
    /// - Returns: the batch's figures; a loss that is not finite is a fault like one that is thrown.
    /// - Throws: `ExecutionError.numericFault` for a number that nothing can be learned from, with nothing changed; the run goes
    ///   on as it was told. What else the model cannot do ends it.
    func trainingStep(
        images: UnsafeBufferPointer<Float>, labels: UnsafeBufferPointer<Int32>, step: UInt32,
        update: OptimizerUpdate
    ) throws -> BatchResult

    /// The figures of a batch with dropout off; nothing is changed.
    func evaluate(
        images: UnsafeBufferPointer<Float>, labels: UnsafeBufferPointer<Int32>
    ) throws -> BatchResult

    /// What each of its spatial transformers does to a batch; nil for a model without one, which is what a model has unless it says
    /// otherwise.
    func transformerHealth(images: UnsafeBufferPointer<Float>, count: Int) throws -> [TransformerHealth]?

    /// What the transformer chose for each image of a batch, θ [count, P]; nil for a model without one, which is what a model
    /// has unless it says otherwise.
    func transformationParameters(images: UnsafeBufferPointer<Float>, count: Int) throws -> Tensor<Float>?

    /// Takes the memory for batches of these sizes before the first of them; a model that does nothing takes it when it needs it.
    func reserveMemory(training: Set<Int>, inference: Set<Int>) throws

    /// The weights, by PyTorch's names and layouts, with `metadata` in the file's header.
    func weights(metadata: [String: String]) throws -> SafetensorsFile

    /// Weights and what the optimizer remembers: all that training changes.
    func trainingState(metadata: [String: String]) throws -> SafetensorsFile

    /// Takes over what ``trainingState(metadata:)`` gave, so that training goes on bit for bit; `name` is used in errors.
    func restoreTrainingState(from file: SafetensorsFile, named name: String) throws
}

extension TrainableModel {
    /// Nothing.
    public func reserveMemory(training: Set<Int>, inference: Set<Int>) {}

    /// No transformer.
    public func transformerHealth(images: UnsafeBufferPointer<Float>, count: Int) throws -> [TransformerHealth]? { nil }

    /// No transformer.
    public func transformationParameters(images: UnsafeBufferPointer<Float>, count: Int) throws -> Tensor<Float>? {
        nil
    }
}
