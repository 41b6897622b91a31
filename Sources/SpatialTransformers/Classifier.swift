import Execution
import Foundation
import Interchange
import Networks
import Tensors

/// A network that tells classes apart, with its weights: trains, classifies, is saved and loaded.
///
/// ```swift
/// let classifier = try Classifier(ReadyMade.seed(classes: 10), input: [32, 32, 3], seed: 0)
/// let scores = try classifier.logProbabilities(of: images)
/// ```
///
/// Not `Sendable`: one caller at a time. Calls block for the length of the computation.
public final class Classifier {
    /// Runs the network; gives access to parameters and plans.
    public let executor: Executor

    /// A classifier with fresh weights.
    ///
    /// - Parameters:
    ///   - network: The layers; the last gives one number a class.
    ///   - input: Height, width and channels of an image.
    ///   - seed: Decides initial weights and dropout.
    ///   - threadCount: Threads that compute; nil takes one a processor. Results do not depend on it.
    ///   - instructionSet: The kernels; nil takes the widest that this processor has and `STN_ISA` allows.
    ///   - convolutions: `.fastest`, as its error is far below what training notices.
    ///   - precision: `.float32`, which differs from PyTorch by rounding only; `.mixed` is faster.
    ///   - labelSmoothing: The ε of `CrossEntropy`, for training alone; 0, as in PyTorch, believes the labels.
    /// - Throws: `NetworkError` when layers do not fit, `ExecutionError` when `STN_ISA` or the label smoothing is wrong.
    public init(
        _ network: some Layer, input: Shape, seed: UInt64, threadCount: Int? = nil,
        instructionSet: InstructionSet? = nil, convolutions: ConvolutionAlgorithm = .fastest,
        precision: Precision = .float32, labelSmoothing: Float = 0
    ) throws {
        let graph = try GraphBuilder.graph(of: network, input: input)
        let threads = threadCount ?? min(1024, ProcessInfo.processInfo.activeProcessorCount)
        executor = try Executor(
            graph: graph, seed: seed, threadCount: threads, instructionSet: instructionSet,
            convolutions: convolutions, precision: precision, labelSmoothing: labelSmoothing)
    }

    /// The number of trained numbers.
    public var parameterCount: Int { executor.graph.parameterCount }

    /// Whether the network holds a spatial transformer.
    public var hasTransformer: Bool { executor.graph.marks[Mark.theta] != nil }

    /// One step of training; the figures returned are those before the update.
    ///
    /// - Shapes: `images` [N, H, W, C], normalised; `labels` N classes.
    /// - Parameters:
    ///   - images: The batch.
    ///   - labels: The class of each image.
    ///   - step: Counts training steps from 0; dropout depends on it.
    ///   - update: The optimizer's rule at this step.
    /// - Returns: The sum of the images' losses, and how many were classified rightly.
    /// - Throws: `ExecutionError` when sizes or labels do not fit, `ExecutionError.numericFault(_:)` when an image, a weight, the
    ///   loss or a gradient is not a number that can be learned from; nothing is changed then.
    @discardableResult
    public func trainingStep(
        _ images: Tensor<Float>, labels: [Int32], step: Int, update: OptimizerUpdate
    ) throws -> (lossSum: Double, correct: Int) {
        try images.values.withUnsafeBufferPointer { pixels in
            try labels.withUnsafeBufferPointer { labels in
                try executor.trainingStep(
                    images: pixels, labels: labels, step: UInt32(truncatingIfNeeded: step), update: update)
            }
        }
    }

    /// The logarithm of each class's probability.
    ///
    /// - Shapes: `images` [N, H, W, C], normalised → [N, classes].
    /// - Throws: `ExecutionError.wrongInputSize(given:needed:)`.
    public func logProbabilities(of images: Tensor<Float>) throws -> Tensor<Float> {
        let logits = try results(of: images, executor.graph.output)
        return CrossEntropy.logSoftmax(logits)
    }

    /// What the first transformer of the network makes of the images; nil when there is none.
    ///
    /// - Shapes: `images` [N, H, W, C] → θ [N, 6] and the transformed images.
    /// - Throws: `ExecutionError.wrongInputSize(given:needed:)`.
    public func transformed(_ images: Tensor<Float>) throws -> (theta: Tensor<Float>, images: Tensor<Float>)? {
        guard let theta = executor.graph.marks[Mark.theta], let output = executor.graph.marks[Mark.transformed]
        else { return nil }
        return (try results(of: images, theta), try results(of: images, output))
    }

    /// What each transformer of the network makes of the images, in the order they run.
    ///
    /// - Shapes: `images` [N, H, W, C], normalised → θ [N, P] and the transformed images, of each.
    /// - Throws: `ExecutionError.wrongInputSize(given:needed:)`.
    package func transformations(
        of images: Tensor<Float>
    ) throws -> [(transformer: Graph.Transformer, theta: Tensor<Float>, images: Tensor<Float>)] {
        try executor.graph.transformers.map {
            ($0, try results(of: images, $0.theta), try results(of: images, $0.output))
        }
    }

    private func results(of images: Tensor<Float>, _ value: Graph.Value) throws -> Tensor<Float> {
        let shape = executor.graph.shape(of: value).prefixed(by: images.shape[0])
        return try images.values.withUnsafeBufferPointer { pixels in
            try executor.withResults(of: pixels) { pointer in
                guard let numbers = pointer(value) else { preconditionFailure("value \(value.index) was not kept") }
                return Tensor(shape, Array(numbers))
            }
        }
    }
}
