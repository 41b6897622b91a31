/// What an update rule remembers between steps, laid out as the parameters are: all that a run needs besides its weights to
/// go on as if it had never stopped.
public struct OptimizerMemory: Sendable, Equatable {
    /// The rule.
    public var kind: OptimizerKind
    /// SGD's velocity or Adam's mean of gradients, ``ParameterBlock/learnedCount`` numbers; empty for SGD without momentum.
    public var firstMoment: [Float]
    /// Adam's mean of squared gradients; empty for SGD.
    public var secondMoment: [Float]

    /// Memory of the given rule.
    public init(kind: OptimizerKind, firstMoment: [Float], secondMoment: [Float]) {
        self.kind = kind
        self.firstMoment = firstMoment
        self.secondMoment = secondMoment
    }
}

extension Executor {
    /// What the optimizer remembers; nil before the first step.
    public var optimizerMemory: OptimizerMemory? { optimizer?.memory }

    /// Makes the optimizer remember what another did, so that the next step is the one that would have followed there; nil for
    /// one that has made no step.
    ///
    /// - Precondition: the counts are those of this network.
    public func restore(_ memory: OptimizerMemory?) {
        guard let memory else {
            optimizer = nil
            return
        }
        let restored = Optimizer(
            memory.kind, usesMomentum: !memory.firstMoment.isEmpty, parameters: parameters, kernels: kernels)
        restored.memory = memory
        optimizer = restored
    }
}

extension Optimizer {
    fileprivate var memory: OptimizerMemory {
        get {
            OptimizerMemory(
                kind: kind, firstMoment: Array(firstMoment.floats), secondMoment: Array(secondMoment.floats))
        }
        set {
            Self.fill(firstMoment.floats, with: newValue.firstMoment)
            Self.fill(secondMoment.floats, with: newValue.secondMoment)
        }
    }

    private static func fill(_ moments: UnsafeMutableBufferPointer<Float>, with values: [Float]) {
        precondition(moments.count == values.count, "\(values.count) numbers for a memory of \(moments.count)")
        _ = moments.update(fromContentsOf: values)
    }
}
