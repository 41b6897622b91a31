import CKernels
import Foundation
import Tensors

/// Updates all parameters in one pass; holds what the rule remembers between steps.
package final class Optimizer {
    private let parameters: ParameterBlock
    private let kernels: UnsafePointer<stn_kernels>
    let firstMoment: AlignedBuffer
    let secondMoment: AlignedBuffer
    let kind: OptimizerKind
    /// One launch for each stretch of parameters with the same learning rate.
    private var launches: [(launch: Launch, isLocalization: Bool)] = []

    package init(
        _ kind: OptimizerKind, usesMomentum: Bool, parameters: ParameterBlock, kernels: UnsafePointer<stn_kernels>
    ) {
        self.kind = kind
        self.parameters = parameters
        self.kernels = kernels
        firstMoment = AlignedBuffer(floats: kind == .sgd && !usesMomentum ? 0 : parameters.learnedCount)
        secondMoment = AlignedBuffer(floats: kind == .sgd ? 0 : parameters.learnedCount)
        launches = parameters.learningGroups.map { (launch(for: $0.range), $0.isLocalization) }
    }

    /// Whether this optimizer's memory is of the kind that `update` needs.
    package func serves(_ update: OptimizerUpdate) -> Bool {
        update.kind == kind && (kind != .sgd || update.momentum == 0 || firstMoment.byteCount > 0)
    }

    /// Applies `update` to all parameters.
    package func apply(_ update: OptimizerUpdate, on pool: WorkerPool) {
        for (launch, isLocalization) in launches {
            var update = update
            if isLocalization { update.learningRate *= update.localizationRate }
            prepare(launch, for: update)
            launch.run(on: pool)
        }
        parameters.markChanged()
    }

    private func launch(for range: Range<Int>) -> Launch {
        func start(_ buffer: UnsafeMutableBufferPointer<Float>) -> UnsafeMutablePointer<Float>? {
            buffer.isEmpty ? nil : buffer.baseAddress.map { $0 + range.lowerBound }
        }
        let (values, gradients) = (start(parameters.values), start(parameters.gradients))
        if kind == .sgd {
            var arguments = stn_sgd_arguments()
            arguments.count = Int64(range.count)
            (arguments.parameters, arguments.gradients) = (values, UnsafePointer(gradients))
            arguments.velocity = start(firstMoment.floats)
            return Launch(kernels.pointee.sgd, arguments, count: pieces(of: range.count))
        }
        var arguments = stn_adam_arguments()
        arguments.count = Int64(range.count)
        (arguments.parameters, arguments.gradients) = (values, UnsafePointer(gradients))
        (arguments.first_moment, arguments.second_moment) = (start(firstMoment.floats), start(secondMoment.floats))
        return Launch(kernels.pointee.adam, arguments, count: pieces(of: range.count))
    }

    private func prepare(_ launch: Launch, for update: OptimizerUpdate) {
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
    }
}
