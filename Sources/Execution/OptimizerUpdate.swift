import Foundation

/// The update rules, with the semantics of `torch.optim` (no Nesterov, dampening 0, no AMSGrad).
public enum OptimizerKind: String, Sendable, CaseIterable {
    /// Stochastic gradient descent, optionally with momentum; weight decay is added to the gradient.
    case sgd
    /// Adam (Kingma and Ba 2015); weight decay is added to the gradient.
    case adam
    /// Adam with decoupled weight decay (Loshchilov and Hutter 2019): weights shrink by `learningRate · weightDecay`.
    case adamW = "adamw"
}

/// All that a one-pass update kernel needs for one step.
///
/// - Numerics: scalars are Float64 as in PyTorch, where bias corrections are computed in Python; a kernel rounds the
///   derived values to its own type once a step.
/// - Source: torch.optim.SGD, Adam and AdamW, single-tensor path.
public struct OptimizerUpdate: Sendable, Equatable {
    /// The update rule.
    public var kind: OptimizerKind
    /// The learning rate at this step, after the schedule.
    public var learningRate: Double
    /// What the learning rate of localization networks is multiplied by.
    public var localizationRate: Double
    /// SGD's momentum; 0 for none.
    public var momentum: Double
    /// Weight decay: L2 in SGD and Adam, decoupled in AdamW.
    public var weightDecay: Double
    /// Adam's decay of the mean of gradients.
    public var beta1: Double
    /// Adam's decay of the mean of squared gradients.
    public var beta2: Double
    /// Added to Adam's denominator, after the square root and its bias correction.
    public var epsilon: Double
    /// Counts updates from 1, for Adam's bias corrections.
    public var step: Int

    /// An update of the given rule.
    ///
    /// - Parameters:
    ///   - kind: The rule.
    ///   - learningRate: The rate at this step.
    ///   - localizationRate: Multiplies the learning rate of localization networks; 1 treats them like the rest.
    ///   - momentum: SGD's momentum; 0, as in PyTorch, keeps no velocity.
    ///   - weightDecay: 0, as in PyTorch's SGD and Adam.
    ///   - beta1: 0.9, the Adam paper's and PyTorch's.
    ///   - beta2: 0.999, the Adam paper's and PyTorch's.
    ///   - epsilon: 1e-8, the Adam paper's and PyTorch's.
    ///   - step: Counts updates from 1.
    public init(
        kind: OptimizerKind, learningRate: Double, localizationRate: Double = 1, momentum: Double = 0,
        weightDecay: Double = 0, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8, step: Int = 1
    ) {
        self.kind = kind
        self.learningRate = learningRate
        self.localizationRate = localizationRate
        self.momentum = momentum
        self.weightDecay = weightDecay
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon
        self.step = step
    }

    /// Adam's learning rate with the first bias correction in it: `learningRate / (1 − beta1^step)`.
    public var correctedLearningRate: Double { learningRate / (1 - pow(beta1, Double(step))) }

    /// The square root of Adam's second bias correction, `√(1 − beta2^step)`; it divides `√secondMoment`.
    public var secondMomentCorrection: Double { (1 - pow(beta2, Double(step))).squareRoot() }

    /// Updates one parameter: the executable specification of the update kernels.
    ///
    /// - Parameters:
    ///   - parameter: the weight, changed in place.
    ///   - gradient: of the batch's mean loss.
    ///   - firstMoment: SGD's momentum buffer or Adam's mean; 0 before the first step.
    ///   - secondMoment: Adam's mean of squares; 0 before the first step, untouched by SGD.
    public func apply<Scalar: BinaryFloatingPoint>(
        to parameter: inout Scalar, gradient: Scalar, firstMoment: inout Scalar, secondMoment: inout Scalar
    ) {
        var gradient = gradient
        if kind == .adamW {
            parameter *= Scalar(1 - learningRate * weightDecay)
        } else if weightDecay != 0 {
            gradient += Scalar(weightDecay) * parameter
        }
        switch kind {
        case .sgd:
            if momentum != 0 {
                // PyTorch's first buffer is the gradient itself, which a zero buffer gives as well.
                firstMoment = Scalar(momentum) * firstMoment + gradient
                gradient = firstMoment
            }
            parameter -= Scalar(learningRate) * gradient
        case .adam, .adamW:
            firstMoment += Scalar(1 - beta1) * (gradient - firstMoment)
            secondMoment = Scalar(beta2) * secondMoment + Scalar(1 - beta2) * gradient * gradient
            let denominator = secondMoment.squareRoot() / Scalar(secondMomentCorrection) + Scalar(epsilon)
            parameter -= Scalar(correctedLearningRate) * firstMoment / denominator
        }
    }
}
