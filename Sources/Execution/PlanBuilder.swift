import CKernels
import Networks
import Tensors

/// What every stage needs while a plan is made: who lives when, and where.
///
/// Moments count the stages forward (0 ..< G), then the loss (G), then the stages backward (2G − g).
package struct PlanBuilder {
    package let graph: Graph
    package let stages: [Stage]
    package let batch: Int
    package let isTraining: Bool
    package let kernels: UnsafePointer<stn_kernels>
    package let threadCount: Int
    package let parameters: ParameterBlock
    package let packed: PackedWeights
    package let convolutions: ConvolutionAlgorithm
    package let precision: Precision
    package let labelSmoothing: Float
    package var memory = MemoryPlanner()
    private var valueSlots: [Graph.Value: MemoryPlanner.Slot] = [:]
    private var gradientSlots: [Graph.Value: MemoryPlanner.Slot] = [:]
    private let roots: [Graph.Value: Graph.Value]
    private let withGradient: Set<Graph.Value>

    package init(
        graph: Graph, batch: Int, isTraining: Bool, kernels: UnsafePointer<stn_kernels>, threadCount: Int,
        parameters: ParameterBlock, packed: PackedWeights, convolutions: ConvolutionAlgorithm,
        precision: Precision, labelSmoothing: Float
    ) {
        self.graph = graph
        self.batch = batch
        self.isTraining = isTraining
        self.kernels = kernels
        self.threadCount = threadCount
        self.parameters = parameters
        self.packed = packed
        self.convolutions = convolutions
        self.precision = precision
        self.labelSmoothing = labelSmoothing
        stages = Fusion.stages(of: graph, isTraining: isTraining)
        roots = PlanBuilder.roots(of: stages)
        withGradient = isTraining ? graph.valuesWithGradient : []
        reserveValues()
        reserveGradients()
    }

    /// The moment of the loss.
    package var lossMoment: Int { stages.count }

    /// The moment of a stage's backward pass.
    package func backwardMoment(_ stage: Int) -> Int { 2 * stages.count - stage }

    /// The value whose memory `value` shares: itself, unless it only renames another.
    package func root(of value: Graph.Value) -> Graph.Value { roots[value] ?? value }

    /// Where a value is kept.
    package func slot(of value: Graph.Value) -> MemoryPlanner.Slot {
        guard let slot = valueSlots[root(of: value)] else { preconditionFailure("value \(value.index) has no memory") }
        return slot
    }

    /// Where the gradient of a value is kept; nil when none is wanted.
    package func gradientSlot(of value: Graph.Value) -> MemoryPlanner.Slot? { gradientSlots[root(of: value)] }

    /// Where stage `stage` writes the gradient of its input, and what it must be added to afterwards.
    ///
    /// The last reader comes first in the backward pass and writes directly; the others are added to it.
    package mutating func gradientTarget(
        of value: Graph.Value, stage: Int
    ) -> (slot: MemoryPlanner.Slot, addedTo: MemoryPlanner.Slot?)? {
        guard let slot = gradientSlot(of: value) else { return nil }
        if lastReader(of: root(of: value)) == stage { return (slot, nil) }
        let moment = backwardMoment(stage)
        return (memory.reserve(byteCount: memory.requests[slot.index].byteCount, from: moment, to: moment), slot)
    }

    /// Where stage `stage`, which can add as well as write, passes the gradients of its inputs on, in their order.
    ///
    /// The last reader of a value writes; all others add, and so does the last for a value that it reads once more.
    package func gradientSums(
        of values: [Graph.Value], stage: Int
    ) -> [(slot: MemoryPlanner.Slot, adds: Bool)?] {
        values.indices.map { index in
            let value = root(of: values[index])
            guard let slot = gradientSlot(of: value) else { return nil }
            let isRepeated = values[..<index].contains { root(of: $0) == value }
            return (slot, isRepeated || lastReader(of: value) != stage)
        }
    }

    /// Floats of a value for the whole batch.
    package func count(of value: Graph.Value) -> Int { batch * graph.shape(of: value).count }

    private static func roots(of stages: [Stage]) -> [Graph.Value: Graph.Value] {
        stages.reduce(into: [:]) { roots, stage in
            if case .alias = stage.kind { roots[stage.output] = roots[stage.inputs[0]] ?? stage.inputs[0] }
        }
    }

    private func readers(of value: Graph.Value) -> [Int] {
        stages.indices.filter { index in
            if case .alias = stages[index].kind { return false }
            return stages[index].inputs.contains { root(of: $0) == value }
        }
    }

    /// The last stage that reads `value` and passes a gradient on to it; the loss, if none does.
    private func lastReader(of value: Graph.Value) -> Int {
        readers(of: value).last { withGradient.contains(stages[$0].output) } ?? stages.count
    }

    private mutating func reserveValues() {
        let kept = Set((graph.marks.values + [graph.output]).map(root(of:)))
        let end = isTraining ? 2 * stages.count : stages.count
        valueSlots[graph.input] = memory.reserve(byteCount: 4 * count(of: graph.input), from: 0, to: end)
        for (index, stage) in stages.enumerated() where root(of: stage.output) == stage.output {
            let readers = readers(of: stage.output)
            let last = kept.contains(stage.output) ? end : isTraining ? backwardMoment(index) : readers.last ?? index
            valueSlots[stage.output] = memory.reserve(byteCount: 4 * count(of: stage.output), from: index, to: last)
        }
    }

    private mutating func reserveGradients() {
        for (index, stage) in stages.enumerated()
        where withGradient.contains(stage.output) && root(of: stage.output) == stage.output {
            let first = backwardMoment(lastReader(of: stage.output))
            gradientSlots[stage.output] = memory.reserve(
                byteCount: 4 * count(of: stage.output), from: first, to: backwardMoment(index))
        }
    }
}

/// The memory of a plan once every buffer has its place.
package struct PlanMemory {
    private let block: AlignedBuffer
    private let offsets: [Int]

    /// - Throws: ``ExecutionError/outOfMemory(_:)``, as this is the one large block of a plan.
    package init(_ planner: MemoryPlanner, batch: Int) throws(ExecutionError) {
        let layout = planner.layout()
        try ExecutionError.checkMemory(
            layout.byteCount, for: "a batch of \(batch)", cure: "take smaller batches (--batch-size) or images")
        block = AlignedBuffer(byteCount: layout.byteCount)
        offsets = layout.offsets
    }

    /// Bytes of the whole block.
    package var byteCount: Int { block.byteCount }

    package func bytes(_ slot: MemoryPlanner.Slot) -> UnsafeMutableRawPointer { block.base + offsets[slot.index] }

    package func floats(_ slot: MemoryPlanner.Slot) -> UnsafeMutablePointer<Float> {
        bytes(slot).assumingMemoryBound(to: Float.self)
    }

    package func floats(_ slot: MemoryPlanner.Slot?) -> UnsafeMutablePointer<Float>? { slot.map { floats($0) } }
}

extension ParameterBlock {
    func pointer(_ parameter: Int) -> UnsafePointer<Float>? {
        values.baseAddress.map { UnsafePointer($0 + entries[parameter].offset) }
    }

    /// For statistics, which a plan follows.
    func mutablePointer(_ parameter: Int) -> UnsafeMutablePointer<Float>? {
        values.baseAddress.map { $0 + entries[parameter].offset }
    }

    func gradientPointer(_ parameter: Int) -> UnsafeMutablePointer<Float>? {
        gradients.baseAddress.map { $0 + entries[parameter].offset }
    }
}
