import CKernels
import Foundation
import Tensors

/// Updates all parameters in one pass; holds what the rule remembers between steps.
package final class Optimizer {
    private let parameters: ParameterBlock
    private let kernels: UnsafePointer<stn_kernels>
    private let firstMoment: AlignedBuffer
    private let secondMoment: AlignedBuffer
    private let launch: Launch
    private let kind: OptimizerKind

    package init(
        _ kind: OptimizerKind, usesMomentum: Bool, parameters: ParameterBlock, kernels: UnsafePointer<stn_kernels>
    ) {
        self.kind = kind
        self.parameters = parameters
        self.kernels = kernels
        firstMoment = AlignedBuffer(floats: kind == .sgd && !usesMomentum ? 0 : parameters.count)
        secondMoment = AlignedBuffer(floats: kind == .sgd ? 0 : parameters.count)
        let (values, gradients) = (parameters.values.baseAddress, parameters.gradients.baseAddress)
        if kind == .sgd {
            var arguments = stn_sgd_arguments()
            arguments.count = Int64(parameters.count)
            (arguments.parameters, arguments.gradients) = (values, UnsafePointer(gradients))
            arguments.velocity = usesMomentum ? firstMoment.floats.baseAddress : nil
            launch = Launch(kernels.pointee.sgd, arguments, count: pieces(of: parameters.count))
        } else {
            var arguments = stn_adam_arguments()
            arguments.count = Int64(parameters.count)
            (arguments.parameters, arguments.gradients) = (values, UnsafePointer(gradients))
            arguments.first_moment = firstMoment.floats.baseAddress
            arguments.second_moment = secondMoment.floats.baseAddress
            launch = Launch(kernels.pointee.adam, arguments, count: pieces(of: parameters.count))
        }
    }

    /// Whether this optimizer's memory is of the kind that `update` needs.
    package func serves(_ update: OptimizerUpdate) -> Bool {
        update.kind == kind && (kind != .sgd || update.momentum == 0 || firstMoment.byteCount > 0)
    }

    /// Applies `update` to all parameters.
    package func apply(_ update: OptimizerUpdate, on pool: WorkerPool) {
        switch kind {
        case .sgd:
            launch.update(stn_sgd_arguments.self) { arguments in
                arguments.rate = Float(update.learningRate)
                arguments.momentum = Float(update.momentum)
                arguments.weight_decay = Float(update.weightDecay)
            }
        case .adam, .adamW:
            let decoupled = kind == .adamW
            launch.update(stn_adam_arguments.self) { arguments in
                arguments.corrected_rate = Float(update.correctedLearningRate)
                arguments.correction_root = Float(update.secondMomentCorrection)
                (arguments.beta1, arguments.beta2) = (Float(update.beta1), Float(update.beta2))
                arguments.epsilon = Float(update.epsilon)
                arguments.weight_decay = decoupled ? 0 : Float(update.weightDecay)
                arguments.shrink = decoupled ? Float(1 - update.learningRate * update.weightDecay) : 1
            }
        }
        launch.run(on: pool)
        parameters.markChanged()
    }
}
