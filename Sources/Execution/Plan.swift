import CKernels
import Networks
import Tensors

/// A network compiled for one batch size: launches in order, memory laid out once.
///
/// Running it allocates nothing.
package final class Plan {
    package let batch: Int
    package let isTraining: Bool
    package let stages: [StageLaunches]
    /// Bytes of all intermediates.
    package let byteCount: Int
    package let input: UnsafeMutablePointer<Float>
    package let labels: UnsafeMutablePointer<Int32>
    package let losses: UnsafeMutablePointer<Float>
    package let predictions: UnsafeMutablePointer<Int32>
    package let loss: Launch
    /// Where a number that is of no use is looked for; stages outside training are not traced.
    let trace: PlanTrace?
    private let screen: NumericScreen?
    private let memory: PlanMemory
    private let slots: [Graph.Value: MemoryPlanner.Slot]

    package init(_ builder: PlanBuilder, seed: UInt64) throws(ExecutionError) {
        var builder = builder
        let graph = builder.graph
        (batch, isTraining) = (builder.batch, builder.isTraining)
        let emitters = builder.stages.indices.map { builder.reserve(stage: $0, seed: seed) }
        let last = 2 * builder.stages.count
        let rows = builder.batch * 4
        let labelSlot = builder.memory.reserve(byteCount: rows, from: 0, to: last)
        let lossSlot = builder.memory.reserve(byteCount: rows, from: 0, to: last)
        let predictionSlot = builder.memory.reserve(byteCount: rows, from: 0, to: last)
        memory = try PlanMemory(builder.memory, batch: builder.batch)
        byteCount = memory.byteCount
        stages = zip(builder.stages, emitters).map { [memory, batch] stage, emit in
            var launches = StageLaunches(
                name: stage.nodes.map { graph.nodes[$0].operation.name }.joined(separator: " + "),
                cost: graph.cost(of: stage.nodes, batch: batch), gradientShare: stage.gradientShare)
            emit(memory, &launches)
            return launches
        }
        input = memory.floats(builder.slot(of: graph.input))
        labels = memory.bytes(labelSlot).assumingMemoryBound(to: Int32.self)
        losses = memory.floats(lossSlot)
        predictions = memory.bytes(predictionSlot).assumingMemoryBound(to: Int32.self)
        let looked = Array(graph.marks.values) + [graph.output]
        slots = looked.reduce(into: [:]) { $0[$1] = builder.slot(of: $1) }
        let arguments = stn_cross_entropy_arguments(
            rows: Int64(batch), classes: Int64(graph.shape(of: graph.output).count),
            logits: memory.floats(builder.slot(of: graph.output)), labels: labels,
            gradient_scale: 1 / Float(max(batch, 1)),
            smoothing: builder.isTraining ? builder.labelSmoothing : 0, losses: losses,
            d_logits: memory.floats(builder.gradientSlot(of: graph.output)), log_probabilities: nil,
            predictions: predictions)
        loss = Launch(builder.kernels.pointee.cross_entropy, arguments, count: batch)
        trace = isTraining ? PlanTrace(builder, memory, stages) : nil
        screen = trace.map { NumericScreen($0.screened(builder.parameters), kernels: builder.kernels) }
    }

    /// A value that was asked to be kept: the output or a mark.
    package func pointer(to value: Graph.Value) -> UnsafeMutablePointer<Float>? { memory.floats(slots[value]) }

    package func runForward(on pool: WorkerPool) {
        for stage in stages { for launch in stage.forward { launch.run(on: pool) } }
    }

    /// Losses and predictions from the output; while training also the gradient of the mean loss.
    package func runLoss(on pool: WorkerPool) { loss.run(on: pool) }

    package func runBackward(on pool: WorkerPool) {
        for stage in stages.reversed() { for launch in stage.backward { launch.run(on: pool) } }
    }

    /// Whether images, weights, θ, output, gradients and moments of the batch just computed are numbers to go on from.
    package func isUsable(on pool: WorkerPool) -> Bool { screen?.passes(on: pool) ?? true }

    /// Lets statistics follow the batch whose gradients were just computed.
    package func followStatistics(on pool: WorkerPool) {
        for stage in stages { for launch in stage.statistics { launch.run(on: pool) } }
    }

    /// Sets the step that random numbers depend on.
    package func setStep(_ step: UInt32) {
        for stage in stages { for observer in stage.stepObservers { observer(step) } }
    }
}

extension Graph {
    func cost(of nodes: [Int], batch: Int) -> Cost {
        nodes.reduce(into: Cost(flops: 0, bytes: 0)) { total, index in
            let cost = self.nodes[index].operation.cost(of: self.nodes[index].inputs.map(shape(of:)))
            total.flops += cost.flops * Double(batch)
            total.bytes += cost.bytes * Double(batch)
        }
    }
}
