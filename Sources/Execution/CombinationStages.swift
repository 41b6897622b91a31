import CKernels
import Networks
import Tensors

extension PlanBuilder {
    /// The sum of two values, perhaps with ReLU.
    mutating func reserveSum(_ index: Int, rectifies: Bool) -> StageEmitter {
        let stage = stages[index]
        let (inputs, output) = (stage.inputs.map(slot(of:)), slot(of: stage.output))
        let dOutput = gradientSlot(of: stage.output)
        let targets = gradientSums(of: stage.inputs, stage: index)
        let (count, kernels) = (count(of: stage.output), kernels)
        return { memory, launches in
            let forward = stn_residual_sum_arguments(
                count: Int64(count), relu: rectifies ? 1 : 0, left: memory.floats(inputs[0]),
                right: memory.floats(inputs[1]), output: memory.floats(output))
            launches.forward.append(Launch(kernels.pointee.residual_sum, forward, count: pieces(of: count)))
            guard let dOutput else { return }
            for case let target? in targets {
                let gradient = stn_residual_gradient_arguments(
                    count: Int64(count), adds: target.adds ? 1 : 0, output: rectifies ? memory.floats(output) : nil,
                    d_output: memory.floats(dOutput), d_input: memory.floats(target.slot))
                launches.backward.append(
                    Launch(kernels.pointee.residual_gradient, gradient, count: pieces(of: count)))
            }
        }
    }

    /// Values side by side along the last axis.
    mutating func reserveConcatenation(_ index: Int) -> StageEmitter {
        let stage = stages[index]
        let (inputs, output) = (stage.inputs.map(slot(of:)), slot(of: stage.output))
        let dOutput = gradientSlot(of: stage.output)
        let targets = gradientSums(of: stage.inputs, stage: index)
        let widths = stage.inputs.map { lastAxis(of: $0) }
        let total = lastAxis(of: stage.output)
        let (rows, kernels) = (count(of: stage.output) / max(total, 1), kernels)
        return { memory, launches in
            var first = 0
            for (place, width) in widths.enumerated() {
                var copy = stn_copy_rows_arguments()
                (copy.rows, copy.width) = (Int64(rows), Int64(width))
                (copy.input, copy.input_stride) = (UnsafePointer(memory.floats(inputs[place])), Int64(width))
                (copy.output, copy.output_stride) = (memory.floats(output) + first, Int64(total))
                let tasks = (rows + Int(STN_ROWS) - 1) / Int(STN_ROWS)
                launches.forward.append(Launch(kernels.pointee.copy_rows, copy, count: tasks))
                if let dOutput, let target = targets[place] {
                    copy.adds = target.adds ? 1 : 0
                    (copy.input, copy.input_stride) = (UnsafePointer(memory.floats(dOutput) + first), Int64(total))
                    (copy.output, copy.output_stride) = (memory.floats(target.slot), Int64(width))
                    launches.backward.append(Launch(kernels.pointee.copy_rows, copy, count: tasks))
                }
                first += width
            }
        }
    }

    private func lastAxis(of value: Graph.Value) -> Int {
        let shape = graph.shape(of: value)
        return shape[shape.rank - 1]
    }
}
