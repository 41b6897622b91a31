import CKernels
import Dispatch
import Networks
import Tensors

/// What one kernel of a network costs, in the place it has in a step.
public struct KernelProfile: Sendable {
    /// The parts of a training step, in the order they run.
    public enum Phase: String, Sendable, CaseIterable {
        /// The forward pass, and the packing of weights for it.
        case forward
        /// Loss and its gradient.
        case loss
        /// All gradients.
        case backward
        /// The optimizer.
        case update
    }

    /// When it runs.
    public let phase: Phase
    /// The operations it computes: `conv2d + max_pool2d + relu`.
    public let operation: String
    /// The kernel.
    public let kernel: String
    /// The median time of its runs.
    public let seconds: Double
    /// Floating-point operations that cannot be left out; 0 where they do not matter.
    public let flops: Double
    /// Bytes it must read and write at least.
    public let bytes: Double
}

extension Executor {
    /// Times every kernel of a training step.
    ///
    /// Whole steps are run, so that caches hold what they hold in training. Of each kernel the median run counts, not the
    /// fastest: the work of sparse gradients differs from step to step.
    ///
    /// - Parameters:
    ///   - images: Normalised images, [N, H, W, C].
    ///   - labels: The class of each.
    ///   - update: The optimizer's rule.
    ///   - steps: How many steps are run.
    /// - Returns: The kernels in the order they run.
    /// - Throws: ``ExecutionError`` when sizes or labels do not fit.
    public func profileTraining(
        images: UnsafeBufferPointer<Float>, labels: UnsafeBufferPointer<Int32>, update: OptimizerUpdate, steps: Int
    ) throws(ExecutionError) -> [KernelProfile] {
        let plan = try computeGradients(images: images, labels: labels, step: 0)
        let optimizer = optimizer(for: update)
        var timed = packing() + forward(of: plan)
        timed.append(Timed(.loss, "loss", "cross_entropy", Cost(flops: 0, bytes: 0)) { plan.loss.run(on: self.pool) })
        timed += backward(of: plan)
        timed += plan.stages.flatMap { stage in
            stage.statistics.map { self.timed(.update, $0, stage.name, stage.cost) }
        }
        let bytes = Double(parameters.count * 4 * 3)
        timed.append(
            Timed(.update, "update", "\(update.kind)", Cost(flops: 0, bytes: bytes)) {
                optimizer.apply(update, on: self.pool)
            })
        return measure(timed, rounds: steps)
    }

    /// Times every kernel of a forward pass without dropout.
    ///
    /// - Parameters:
    ///   - images: Normalised images, [N, H, W, C].
    ///   - passes: How many passes are run.
    /// - Returns: The kernels in the order they run.
    /// - Throws: ``ExecutionError`` when sizes do not fit.
    public func profileInference(
        images: UnsafeBufferPointer<Float>, passes: Int
    ) throws -> [KernelProfile] {
        try withResults(of: images) { _ in }
        return measure(forward(of: try plan(batch: images.count / inputCount, isTraining: false)), rounds: passes)
    }

    /// Times the last stages of a training plan by themselves: a layer, as training runs it.
    ///
    /// - Parameters:
    ///   - count: Stages that make up the layer.
    ///   - packs: Whether weights are packed anew in each forward pass, as in every step; false for layers that have none.
    ///   - images: Normalised images, [N, H, W, C].
    ///   - labels: The class of each.
    ///   - time: Calls what it is given as often as it likes and returns the seconds of one call.
    /// - Returns: Seconds forward and of all gradients, and the floating-point operations of one forward pass.
    /// - Throws: ``ExecutionError`` when sizes or labels do not fit.
    package func timeLastStages(
        _ count: Int = 1, packs: Bool = true, images: UnsafeBufferPointer<Float>, labels: UnsafeBufferPointer<Int32>,
        _ time: (() -> Void) -> Double
    ) throws(ExecutionError) -> (forward: Double, backward: Double, flops: Double) {
        let plan = try computeGradients(images: images, labels: labels, step: 0)
        let stages = plan.stages.suffix(count)
        let forward = time {
            if packs {
                parameters.markChanged()
                packed.renew(on: pool, isTraining: true)
            }
            for stage in stages { for launch in stage.forward { launch.run(on: pool) } }
        }
        // Memory of the gradients was lent to the stages before: the loss writes that of the last stage anew.
        plan.runForward(on: pool)
        plan.runLoss(on: pool)
        let backward = time {
            for stage in stages.reversed() { for launch in stage.backward { launch.run(on: pool) } }
        }
        return (forward, backward, stages.reduce(0) { $0 + $1.cost.flops })
    }

    /// One row of a profile before it is timed.
    private struct Timed {
        let phase: KernelProfile.Phase
        let operation: String
        let kernel: String
        let cost: Cost
        let run: () -> Void

        init(
            _ phase: KernelProfile.Phase, _ operation: String, _ kernel: String, _ cost: Cost,
            run: @escaping () -> Void
        ) {
            (self.phase, self.operation, self.kernel, self.cost, self.run) = (phase, operation, kernel, cost, run)
        }
    }

    private func packing() -> [Timed] {
        let bytes = Double(parameters.count * 4 * 2)
        return [
            Timed(.forward, "weights", "pack", Cost(flops: 0, bytes: bytes)) {
                self.packed.renew(on: self.pool, isTraining: true)
            }
        ]
    }

    private func forward(of plan: Plan) -> [Timed] {
        plan.stages.flatMap { stage in stage.forward.map { timed(.forward, $0, stage.name, stage.cost) } }
    }

    private func backward(of plan: Plan) -> [Timed] {
        plan.stages.reversed().flatMap { stage in
            let cost = Cost(flops: stage.cost.flops * stage.gradientShare, bytes: stage.cost.bytes)
            return stage.backward.map { timed(.backward, $0, stage.name, cost) }
        }
    }

    private func timed(_ phase: KernelProfile.Phase, _ launch: Launch, _ operation: String, _ cost: Cost) -> Timed {
        let cost = Cost(flops: cost.flops * launch.share, bytes: cost.bytes * launch.share)
        return Timed(phase, operation, launch.name(in: kernels), cost) { launch.run(on: self.pool) }
    }

    private func measure(_ timed: [Timed], rounds: Int) -> [KernelProfile] {
        var runs = [[UInt64]](repeating: [], count: timed.count)
        for _ in 0..<rounds {
            for (index, row) in timed.enumerated() {
                let start = DispatchTime.now().uptimeNanoseconds
                row.run()
                runs[index].append(DispatchTime.now().uptimeNanoseconds - start)
            }
        }
        return zip(timed, runs).map { row, runs in
            KernelProfile(
                phase: row.phase, operation: row.operation, kernel: row.kernel,
                seconds: Double(runs.sorted()[runs.count / 2]) * 1e-9, flops: row.cost.flops, bytes: row.cost.bytes)
        }
    }
}
