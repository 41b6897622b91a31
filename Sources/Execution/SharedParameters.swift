import CKernels
import Networks
import Tensors

extension PlanBuilder {
    /// A stage's launches with the gradients of shared parameters added up.
    ///
    /// Stages write the gradients of their parameters. Where a later stage, which ran before in the backward pass, wrote the
    /// same ones, those are put aside and added afterwards.
    mutating func addingSharedGradients(of index: Int, to emit: @escaping StageEmitter) -> StageEmitter {
        guard isTraining, gradientSlot(of: stages[index].output) != nil else { return emit }
        let later = Set(stages[(index + 1)...].flatMap(\.parameters))
        let shared = Set(stages[index].parameters).intersection(later).sorted()
        if shared.isEmpty { return emit }
        let aside = shared.map { setAside($0, at: backwardMoment(index)) }
        let kernels = kernels
        return { memory, launches in
            emit(memory, &launches)
            for gradient in aside { gradient.surround(&launches, kernels, memory) }
        }
    }

    private mutating func setAside(_ parameter: Int, at moment: Int) -> SharedGradient {
        let count = parameters.entries[parameter].specification.shape.count
        return SharedGradient(
            gradient: parameters.gradientPointer(parameter), count: count,
            slot: memory.reserve(byteCount: 4 * count, from: moment, to: moment))
    }
}

/// The gradient of a parameter that a later stage has written, while an earlier one writes its own in the same place.
private struct SharedGradient {
    let gradient: UnsafeMutablePointer<Float>?
    let count: Int
    let slot: MemoryPlanner.Slot

    func surround(_ launches: inout StageLaunches, _ kernels: UnsafePointer<stn_kernels>, _ memory: PlanMemory) {
        guard let gradient else { return }
        let (saved, count) = (memory.floats(slot), count)
        let save = Launch(named: "put_aside", count: 1, share: 0) { _ in saved.update(from: gradient, count: count) }
        launches.backward.insert(save, at: 0)
        launches.backward.append(.addition(kernels, of: saved, to: gradient, count: count))
    }
}
