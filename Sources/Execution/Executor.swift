import CKernels
import Networks
import Tensors

/// Runs a network on the fast path: compiles it for each batch size it meets, and keeps the plans.
///
/// Not `Sendable`: one caller at a time. Calls block for the length of the computation; keep them off the cooperative pool.
public final class Executor {
    /// What is run.
    public let graph: Graph
    /// Weights and gradients.
    public let parameters: ParameterBlock
    /// The kernels in use.
    public let instructionSet: InstructionSet
    /// Threads that compute.
    public var threadCount: Int { pool.threadCount }

    private struct PlanKey: Hashable {
        let batch: Int
        let isTraining: Bool
    }

    private let seed: UInt64
    private let convolutions: ConvolutionAlgorithm
    /// What products are computed in.
    public let precision: Precision
    /// How much of every label is spread over all classes while training.
    public let labelSmoothing: Float
    let pool: WorkerPool
    let kernels: UnsafePointer<stn_kernels>
    let packed: PackedWeights
    private var plans: [PlanKey: Plan] = [:]
    /// Made with the first step, or by ``restore(_:)``.
    var optimizer: Optimizer?

    /// A network ready to run, its parameters drawn from `seed`.
    ///
    /// - Parameters:
    ///   - graph: The network.
    ///   - seed: Decides initial weights and dropout.
    ///   - threadCount: Threads that compute; results do not depend on it.
    ///   - instructionSet: The kernels; nil takes the widest that this processor has and `STN_ISA` allows.
    ///   - convolutions: `.fastest`, as its error is far below what training notices.
    ///   - precision: `.float32`, which differs from PyTorch by rounding only.
    ///   - labelSmoothing: The ε of `CrossEntropy`, for training alone; 0, as in PyTorch, believes the labels.
    /// - Throws: ``ExecutionError`` when `STN_ISA` or the label smoothing is wrong, or the weights do not fit in memory.
    public init(
        graph: Graph, seed: UInt64, threadCount: Int, instructionSet: InstructionSet? = nil,
        convolutions: ConvolutionAlgorithm = .fastest, precision: Precision = .float32, labelSmoothing: Float = 0
    ) throws(ExecutionError) {
        guard (0...1).contains(labelSmoothing) else { throw .labelSmoothingOutOfRange(labelSmoothing) }
        let chosen = if let instructionSet { instructionSet } else { try InstructionSet.best() }
        guard let kernels = chosen.kernels else { throw .unavailableInstructionSet(chosen) }
        self.graph = graph
        self.seed = seed
        self.convolutions = convolutions
        self.precision = precision
        self.labelSmoothing = labelSmoothing
        self.kernels = kernels
        self.instructionSet = chosen
        pool = WorkerPool(threadCount: threadCount)
        try ExecutionError.checkMemory(
            8 * graph.parameterCount, for: "the weights and their gradients", cure: "take a smaller network or image")
        parameters = ParameterBlock(for: graph, seed: seed)
        packed = PackedWeights(kernels: kernels, parameters: parameters)
    }

    /// Numbers that make up one image.
    public var inputCount: Int { graph.shape(of: graph.input).count }

    /// The number of classes.
    public var classCount: Int { graph.shape(of: graph.output).count }

    /// Bytes that the intermediates of one batch take.
    ///
    /// - Throws: ``ExecutionError/outOfMemory(_:)``, as they are taken then.
    public func workingBytes(batch: Int, isTraining: Bool) throws(ExecutionError) -> Int {
        try plan(batch: batch, isTraining: isTraining).byteCount
    }

    /// Takes the memory for batches of these sizes now, and not in the midst of what is computed on them.
    ///
    /// - Throws: ``ExecutionError/outOfMemory(_:)``.
    public func reserveMemory(training: Set<Int>, inference: Set<Int>) throws(ExecutionError) {
        for batch in training { _ = try plan(batch: batch, isTraining: true) }
        for batch in inference { _ = try plan(batch: batch, isTraining: false) }
    }

    /// One step of training: forward, loss, backward, update.
    ///
    /// The figures are those before the update; with label smoothing the losses are those to the smoothed labels.
    ///
    /// - Parameters:
    ///   - images: `labels.count` normalised images, [N, H, W, C].
    ///   - labels: The class of each.
    ///   - step: Counts training steps; dropout depends on it.
    ///   - update: The optimizer's rule at this step.
    /// - Returns: The sum of the losses, and how many images were classified rightly before the update.
    /// - Throws: ``ExecutionError`` when sizes or labels do not fit, ``ExecutionError/numericFault(_:)`` when a number is of no
    ///   use; nothing is changed then.
    /// - Complexity: allocates nothing once a batch of this size was seen.
    public func trainingStep(
        images: UnsafeBufferPointer<Float>, labels: UnsafeBufferPointer<Int32>, step: UInt32, update: OptimizerUpdate
    ) throws(ExecutionError) -> (lossSum: Double, correct: Int) {
        // No image, no gradient: nothing to learn from, and nothing may change.
        if labels.isEmpty && images.isEmpty { return (0, 0) }
        let plan = try computeGradients(images: images, labels: labels, step: step)
        let result = figures(of: plan)
        // A broken number must not reach weights, statistics or the optimizer: the caller decides what to do with it.
        guard abs(result.lossSum) < NumericFault.lossLimit * Double(plan.batch), plan.isUsable(on: pool) else {
            throw .numericFault(diagnosis(of: plan))
        }
        plan.followStatistics(on: pool)
        optimizer(for: update).apply(update, on: pool)
        return result
    }

    /// Forward, loss and backward; the gradients are in ``parameters``.
    ///
    /// - Throws: ``ExecutionError`` when sizes or labels do not fit.
    @discardableResult
    package func computeGradients(
        images: UnsafeBufferPointer<Float>, labels: UnsafeBufferPointer<Int32>, step: UInt32
    ) throws(ExecutionError) -> Plan {
        let plan = try load(images, labels, isTraining: true)
        plan.setStep(step)
        packed.renew(on: pool, isTraining: true)
        plan.runForward(on: pool)
        plan.runLoss(on: pool)
        plan.runBackward(on: pool)
        return plan
    }

    /// Loss and number of right answers of a batch, dropout off.
    ///
    /// - Parameters:
    ///   - images: `labels.count` normalised images, [N, H, W, C].
    ///   - labels: The class of each.
    ///   - answers: Receives the class that each image was put into, the first of equally likely ones, and the scores of all
    ///     classes, [N, classes]; valid during the call.
    /// - Returns: The sum of the losses, and how many images were classified rightly.
    /// - Throws: ``ExecutionError`` when sizes or labels do not fit.
    public func evaluate(
        images: UnsafeBufferPointer<Float>, labels: UnsafeBufferPointer<Int32>,
        answers: (_ predictions: UnsafeBufferPointer<Int32>, _ scores: UnsafeBufferPointer<Float>) -> Void = { _, _ in }
    ) throws(ExecutionError) -> (lossSum: Double, correct: Int) {
        let plan = try load(images, labels, isTraining: false)
        packed.renew(on: pool, isTraining: false)
        plan.runForward(on: pool)
        plan.runLoss(on: pool)
        answers(
            UnsafeBufferPointer(start: plan.predictions, count: plan.batch),
            UnsafeBufferPointer(
                start: plan.pointer(to: graph.output), count: plan.batch * graph.shape(of: graph.output).count))
        return figures(of: plan)
    }

    /// Runs the network on a batch, dropout off, and lends the results: valid until the next call.
    ///
    /// - Parameters:
    ///   - images: Normalised images, [N, H, W, C].
    ///   - body: Receives the pointer to a value's numbers; the value is the graph's output or one of its marks.
    /// - Returns: What `body` returns.
    /// - Throws: ``ExecutionError/wrongInputSize(given:needed:)``, or what `body` throws.
    public func withResults<Result>(
        of images: UnsafeBufferPointer<Float>, _ body: ((Graph.Value) -> UnsafeBufferPointer<Float>?) throws -> Result
    ) throws -> Result {
        guard images.count % inputCount == 0 else {
            throw ExecutionError.wrongInputSize(given: images.count, needed: inputCount)
        }
        let plan = try plan(batch: images.count / inputCount, isTraining: false)
        copy(images, to: plan.input)
        packed.renew(on: pool, isTraining: false)
        plan.runForward(on: pool)
        return try body { value in
            let count = plan.batch * self.graph.shape(of: value).count
            return plan.pointer(to: value).map { UnsafeBufferPointer(start: $0, count: count) }
        }
    }

    private func load(
        _ images: UnsafeBufferPointer<Float>, _ labels: UnsafeBufferPointer<Int32>, isTraining: Bool
    ) throws(ExecutionError) -> Plan {
        guard images.count == labels.count * inputCount else {
            throw .wrongInputSize(given: images.count, needed: labels.count * inputCount)
        }
        for label in labels where label < 0 || label >= classCount {
            throw .labelOutOfRange(label: label, classes: classCount)
        }
        let plan = try plan(batch: labels.count, isTraining: isTraining)
        copy(images, to: plan.input)
        if let source = labels.baseAddress { plan.labels.update(from: source, count: labels.count) }
        return plan
    }

    private func copy(_ images: UnsafeBufferPointer<Float>, to input: UnsafeMutablePointer<Float>) {
        if let source = images.baseAddress { input.update(from: source, count: images.count) }
    }

    private func figures(of plan: Plan) -> (lossSum: Double, correct: Int) {
        var (lossSum, correct) = (0.0, 0)
        for row in 0..<plan.batch {
            lossSum += Double(plan.losses[row])
            correct += plan.predictions[row] == plan.labels[row] ? 1 : 0
        }
        return (lossSum, correct)
    }

    func plan(batch: Int, isTraining: Bool) throws(ExecutionError) -> Plan {
        let key = PlanKey(batch: batch, isTraining: isTraining)
        if let plan = plans[key] { return plan }
        try ExecutionError.checkMemory(
            packed.bytesToCome, for: "the weights as kernels read them", cure: "take a smaller network or image")
        let builder = PlanBuilder(
            graph: graph, batch: batch, isTraining: isTraining, kernels: kernels, threadCount: pool.threadCount,
            parameters: parameters, packed: packed, convolutions: convolutions, precision: precision,
            labelSmoothing: labelSmoothing)
        let plan = try Plan(builder, seed: seed)
        plans[key] = plan
        return plan
    }

    func optimizer(for update: OptimizerUpdate) -> Optimizer {
        if let optimizer, optimizer.serves(update) { return optimizer }
        let made = Optimizer(
            update.kind, usesMomentum: update.momentum != 0, parameters: parameters, kernels: kernels)
        optimizer = made
        return made
    }
}
