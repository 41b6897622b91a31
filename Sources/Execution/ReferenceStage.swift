import Networks
import Tensors

extension PlanBuilder {
    /// Runs what has no kernel by its plain reference in Float, so that every operation trains from the start.
    ///
    /// It is slow, on one thread, and allocates, unlike kernels.
    mutating func reserveReference(_ index: Int, node: Int, seed: UInt64) -> StageEmitter {
        let stage = stages[index]
        let operation = graph.nodes[node].operation
        let dOutput = gradientSlot(of: stage.output)
        var (targets, placeOfRoot) = ([ReferenceStage.Target](), [Graph.Value: Int]())
        for (position, input) in stage.inputs.enumerated() where dOutput != nil {
            // An input that is read twice has one gradient.
            if let place = placeOfRoot[root(of: input)] {
                targets[place].positions.append(position)
            } else if let buffers = gradientTarget(of: input, stage: index) {
                placeOfRoot[root(of: input)] = targets.count
                targets.append(.init(positions: [position], buffers: buffers))
            }
        }
        let reference = ReferenceStage(
            operation: operation, inputs: stage.inputs.map { (slot(of: $0), batched(graph.shape(of: $0))) },
            output: (slot(of: stage.output), batched(graph.shape(of: stage.output))), dOutput: dOutput,
            targets: targets, parameters: stage.parameters, block: parameters)
        let (isTraining, kernels) = (isTraining, kernels)
        return { memory, launches in
            let step = StepOfReference()
            launches.stepObservers.append { step.value = $0 }
            let context = {
                OperationContext(isTraining: isTraining, seed: seed, step: step.value, node: node)
            }
            launches.forward.append(
                Launch(named: "reference", count: 1) { _ in reference.forward(memory, context()) })
            if dOutput == nil { return }
            launches.backward.append(
                Launch(named: "reference_gradients", count: 1) { _ in reference.backward(memory, context()) })
            for target in targets {
                launches.appendAddition(
                    kernels, target.buffers, memory, count: reference.inputs[target.positions[0]].shape.count)
            }
        }
    }

    private func batched(_ shape: Shape) -> Shape { shape.prefixed(by: batch) }
}

/// The step that the next run belongs to.
private final class StepOfReference { var value: UInt32 = 0 }

/// An operation that its reference computes, and where its operands are.
private struct ReferenceStage {
    /// Where the gradient of an input goes; `positions` are those the input has among all.
    struct Target {
        var positions: [Int]
        let buffers: (slot: MemoryPlanner.Slot, addedTo: MemoryPlanner.Slot?)
    }

    let operation: any Operation
    let inputs: [(slot: MemoryPlanner.Slot, shape: Shape)]
    let output: (slot: MemoryPlanner.Slot, shape: Shape)
    let dOutput: MemoryPlanner.Slot?
    let targets: [Target]
    let parameters: [Int]
    let block: ParameterBlock

    func forward(_ memory: PlanMemory, _ context: OperationContext) {
        let output = operation.forward(
            inputs.map { memory.tensor($0) }, parameters: parameterTensors, context: context)
        memory.write(output.values, to: self.output.slot)
    }

    func backward(_ memory: PlanMemory, _ context: OperationContext) {
        guard let dOutput else { return }
        let gradients = operation.backward(
            memory.tensor((dOutput, output.shape)), output: memory.tensor(output),
            inputs: inputs.map { memory.tensor($0) }, parameters: parameterTensors, context: context)
        for target in targets {
            var sum = gradients.inputs[target.positions[0]].values
            for position in target.positions.dropFirst() {
                for (element, gradient) in gradients.inputs[position].values.enumerated() { sum[element] += gradient }
            }
            memory.write(sum, to: target.buffers.slot)
        }
        for (parameter, gradient) in zip(parameters, gradients.parameters) {
            block.gradientPointer(parameter)?.update(from: gradient.values, count: gradient.values.count)
        }
    }

    private var parameterTensors: [Tensor<Float>] { parameters.map { block.tensor(block.entries[$0]) } }
}

extension PlanMemory {
    fileprivate func tensor(_ value: (slot: MemoryPlanner.Slot, shape: Shape)) -> Tensor<Float> {
        Tensor(value.shape, Array(UnsafeBufferPointer(start: floats(value.slot), count: value.shape.count)))
    }

    fileprivate func write(_ values: [Float], to slot: MemoryPlanner.Slot) {
        floats(slot).update(from: values, count: values.count)
    }
}
