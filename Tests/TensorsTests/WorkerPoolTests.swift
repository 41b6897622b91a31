import Synchronization
import Tensors
import Testing

/// What the counting kernel writes to: how often each task ran, and how often something was out of range.
private final class Ledger {
    let runs: UnsafeMutablePointer<Atomic<Int>>
    let threadCount: Int
    let count: Int

    init(count: Int, threadCount: Int) {
        (self.count, self.threadCount) = (count, threadCount)
        // One counter more, for what is out of range.
        runs = .allocate(capacity: count + 1)
        for index in 0...count { (runs + index).initialize(to: Atomic(0)) }
    }

    deinit { runs.deinitialize(count: count + 1).deallocate() }

    var counts: [Int] { (0..<count).map { runs[$0].load(ordering: .sequentiallyConsistent) } }
    var faults: Int { runs[count].load(ordering: .sequentiallyConsistent) }

    /// Counts its tasks; works a little on each, so that threads meet.
    static let kernel: WorkerPool.Kernel = { arguments, first, last, thread in
        guard let arguments else { return }
        let ledger = Unmanaged<Ledger>.fromOpaque(arguments).takeUnretainedValue()
        guard first >= 0, first < last, last <= Int64(ledger.count), thread >= 0, thread < Int64(ledger.threadCount)
        else {
            ledger.runs[ledger.count].add(1, ordering: .relaxed)
            return
        }
        for task in first..<last {
            for _ in 0..<task % 7 { ledger.runs[ledger.count].add(0, ordering: .relaxed) }
            ledger.runs[Int(task)].add(1, ordering: .relaxed)
        }
    }
}

@Suite("The worker pool")
struct WorkerPoolTests {
    @Test("every task runs exactly once, by a thread of the pool", .timeLimit(.minutes(1)), arguments: 1...5)
    func once(_ threadCount: Int) {
        let pool = WorkerPool(threadCount: threadCount)
        for count in [0, 1, 2, 3, 4, 5, 7, 8, 19, 20, 21, 64, 1000, 1001] {
            for _ in 0..<20 {
                let ledger = Ledger(count: count, threadCount: threadCount)
                pool.run(Ledger.kernel, Unmanaged.passUnretained(ledger).toOpaque(), count: count)
                // All tasks are done when `run` returns; nothing may change afterwards.
                #expect(ledger.counts == [Int](repeating: 1, count: count), "\(count) tasks")
                #expect(ledger.faults == 0, "\(count) tasks")
            }
        }
    }

    @Test("pools come and go, used or not, without hanging", .timeLimit(.minutes(1)), arguments: 1...5)
    func comeAndGo(_ threadCount: Int) {
        for turn in 0..<100 {
            let pool = WorkerPool(threadCount: threadCount)
            for _ in 0..<turn % 3 {
                let ledger = Ledger(count: 9, threadCount: threadCount)
                pool.run(Ledger.kernel, Unmanaged.passUnretained(ledger).toOpaque(), count: 9)
                #expect(ledger.counts == [Int](repeating: 1, count: 9))
            }
        }
    }

    @Test("sleeping workers wake for the next job", .timeLimit(.minutes(1)))
    func wake() async throws {
        for _ in 0..<20 {
            let pool = WorkerPool(threadCount: 3)
            for _ in 0..<2 {
                let ledger = Ledger(count: 50, threadCount: 3)
                pool.run(Ledger.kernel, Unmanaged.passUnretained(ledger).toOpaque(), count: 50)
                #expect(ledger.counts == [Int](repeating: 1, count: 50))
                // Workers spin for some 50 µs before they sleep.
                try await Task.sleep(for: .milliseconds(2))
            }
        }
    }
}
