/// Numbers that a plan's kernels read in every run, written once when the plan is made.
struct PlanConstant<Element: BitwiseCopyable> {
    private let values: [Element]
    private let slot: MemoryPlanner.Slot

    fileprivate init(_ values: [Element], _ slot: MemoryPlanner.Slot) { (self.values, self.slot) = (values, slot) }

    /// Writes the numbers to their place and returns it.
    func place(in memory: PlanMemory) -> UnsafePointer<Element> {
        let place = memory.bytes(slot).bindMemory(to: Element.self, capacity: values.count)
        place.update(from: values, count: values.count)
        return UnsafePointer(place)
    }
}

extension PlanBuilder {
    /// Reserves memory for `values` that is nobody else's.
    mutating func reserveConstant<Element: BitwiseCopyable>(_ values: [Element]) -> PlanConstant<Element> {
        let byteCount = values.count * MemoryLayout<Element>.stride
        return PlanConstant(values, memory.reserve(byteCount: byteCount, from: 0, to: 2 * stages.count))
    }
}
