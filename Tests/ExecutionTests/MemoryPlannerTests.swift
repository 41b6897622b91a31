import Execution
import Tensors
import Testing

@Suite("The memory planner")
struct MemoryPlannerTests {
    /// A plan of 1 to 40 buffers with random sizes and lifetimes within 20 moments.
    private func randomPlanner(_ seed: UInt64) -> MemoryPlanner {
        var generator = RandomStream(seed: seed, purpose: .testing, index: 80).generator
        var planner = MemoryPlanner()
        for _ in 0..<1 + generator.integer(below: 40) {
            let first = generator.integer(below: 20)
            // Sizes of zero, of less than a cache line, and of many.
            let size = [0, generator.integer(below: 64), generator.integer(below: 5000)][generator.integer(below: 3)]
            _ = planner.reserve(byteCount: size, from: first, to: first + generator.integer(below: 20 - first))
        }
        return planner
    }

    /// What a buffer takes: whole cache lines, then two for what kernels read past its end.
    private func taken(_ request: MemoryPlanner.Request) -> Int { (request.byteCount + 63) / 64 * 64 + 128 }

    @Test("buffers alive at the same time never share a byte, nor what is read past their ends")
    func overlap() {
        for seed in 0..<300 as Range<UInt64> {
            let planner = randomPlanner(seed)
            let (offsets, total) = planner.layout()
            for (index, request) in planner.requests.enumerated() {
                #expect(offsets[index] >= 0 && offsets[index] % 64 == 0)
                #expect(offsets[index] + taken(request) <= total)
                for (other, neighbour) in planner.requests.enumerated().prefix(index) {
                    let together = (request.first...request.last).overlaps(neighbour.first...neighbour.last)
                    let (a, b) = (offsets[index], offsets[other])
                    let apart = a + taken(request) <= b || b + taken(neighbour) <= a
                    #expect(apart || !together, "plan \(seed): buffers \(other) and \(index)")
                }
            }
        }
    }

    @Test("the block is no larger than all buffers one after another, no smaller than any moment needs")
    func total() {
        var reused = 0
        for seed in 0..<300 as Range<UInt64> {
            let planner = randomPlanner(seed)
            let total = planner.layout().byteCount
            let sum = planner.requests.reduce(0) { $0 + taken($1) }
            let peak = (0..<20).map { moment in
                planner.requests.filter { $0.first <= moment && moment <= $0.last }.reduce(0) { $0 + taken($1) }
            }.max()
            #expect(total <= sum)
            #expect(total >= peak ?? 0)
            reused += total < sum ? 1 : 0
        }
        #expect(reused > 200, "memory was reused in \(reused) of 300 plans")
    }

    @Test("a chain of buffers takes turns in the room of two")
    func chain() {
        var planner = MemoryPlanner()
        for moment in 0..<30 { _ = planner.reserve(byteCount: 640, from: moment, to: moment + 1) }
        #expect(planner.layout().byteCount == 2 * (640 + 128))
        #expect(MemoryPlanner().layout().byteCount == 0)
    }
}
