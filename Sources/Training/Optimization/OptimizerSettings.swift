import Execution

/// An update rule with its constants, before a schedule gives each step its learning rate.
public struct OptimizerSettings: Sendable, Equatable {
    /// The update rule.
    public var kind: OptimizerKind
    /// The base learning rate, which the schedule scales; for one-cycle it is the peak.
    public var learningRate: Double
    /// What the learning rate of the localization network is multiplied by.
    public var localizationRate: Double
    /// SGD's momentum.
    public var momentum: Double
    /// Weight decay: L2 in SGD and Adam, decoupled in AdamW.
    public var weightDecay: Double
    /// Adam's decay of the mean of gradients; 0.9 as in the paper.
    public var beta1 = 0.9
    /// Adam's decay of the mean of squared gradients; 0.999 as in the paper.
    public var beta2 = 0.999
    /// Added to Adam's denominator; 1e-8 as in the paper.
    public var epsilon = 1e-8

    /// Settings for one update rule.
    ///
    /// - Parameters:
    ///   - kind: SGD by default, as in PyTorch's spatial transformer tutorial, whose curve is the one to compare with.
    ///   - learningRate: nil for ``defaultLearningRate(for:)``.
    ///   - localizationRate: 1 by default, as in the tutorial; the paper used 0.1 on house numbers and 0.0001 on birds.
    ///   - momentum: none by default, as in the tutorial.
    ///   - weightDecay: nil for ``defaultWeightDecay(for:)``.
    public init(
        kind: OptimizerKind = .sgd, learningRate: Double? = nil, localizationRate: Double = 1,
        momentum: Double = 0,
        weightDecay: Double? = nil
    ) {
        self.kind = kind
        self.learningRate = learningRate ?? Self.defaultLearningRate(for: kind)
        self.localizationRate = localizationRate
        self.momentum = momentum
        self.weightDecay = weightDecay ?? Self.defaultWeightDecay(for: kind)
    }

    /// 0.01 for SGD (the tutorial's), 0.001 for Adam and AdamW (the paper's and PyTorch's).
    public static func defaultLearningRate(for kind: OptimizerKind) -> Double { kind == .sgd ? 0.01 : 0.001 }

    /// 0.01 for AdamW, otherwise none: PyTorch's defaults.
    public static func defaultWeightDecay(for kind: OptimizerKind) -> Double { kind == .adamW ? 0.01 : 0 }

    /// The update of the step that comes after `completedSteps` others.
    public func update(learningRate: Double, completedSteps: Int) -> OptimizerUpdate {
        OptimizerUpdate(
            kind: kind, learningRate: learningRate, localizationRate: localizationRate, momentum: momentum,
            weightDecay: weightDecay, beta1: beta1, beta2: beta2, epsilon: epsilon, step: completedSteps + 1)
    }
}
