import CKernels
import Dispatch
import Foundation
import Synchronization

/// Threads that share out independent tasks.
///
/// Each thread starts with a share of its own, in pieces, and helps the others when it has none left, so a thread that the
/// system delays does not hold up the rest.
/// Which thread does a task never changes its result: kernels are parallel over outputs, never over sums.
///
/// The threads are our own, not the cooperative pool's: a kernel may run for milliseconds without yielding. Between jobs
/// they spin for some microseconds, because a training step is a few dozen short jobs, and then sleep.
///
/// One job runs at a time: a pool belongs to one caller, which is why the type is not `Sendable`.
public final class WorkerPool {
    /// Tasks of a kernel: arguments, first task, last task (excluded), and the thread's number for its scratch memory.
    public typealias Kernel = @convention(c) (UnsafeRawPointer?, Int64, Int64, Int64) -> Void

    /// The number of threads that work, the caller's included.
    public let threadCount: Int
    private let shared: Shared

    /// A pool of `threadCount` threads, of which the caller is one; of fewer, where the system gives no more.
    ///
    /// - Precondition: `threadCount` is 1 ... 1024.
    public init(threadCount: Int) {
        precondition((1...1024).contains(threadCount), "\(threadCount) threads; a pool has 1 to 1024")
        let shared = Shared(workerCount: threadCount - 1)
        let started = (0..<threadCount - 1).prefix { index in
            SystemThread.start(named: "stn-worker-\(index + 1)") { shared.serve(worker: index) }
        }
        shared.workerCount = started.count
        self.shared = shared
        self.threadCount = started.count + 1
    }

    deinit { shared.stop() }

    /// Runs `kernel` over tasks 0 ..< `count` and returns when all are done.
    ///
    /// Allocates nothing.
    public func run(_ kernel: Kernel, _ arguments: UnsafeRawPointer?, count: Int) {
        if count <= 0 { return }
        if threadCount == 1 || count == 1 { return kernel(arguments, 0, Int64(count), 0) }
        shared.run(Shared.Job(kernel: kernel, arguments: arguments, count: count))
    }
}

/// What the caller and the workers of a pool share; outlives the pool until the last worker has left.
///
/// Unchecked because of `job` and `workerCount`, plain variables. Safe: the caller alone writes them, and only while no worker
/// reads them, before the first job or between two; the sequentially consistent change of `generation` publishes them. All else
/// is atomic or never changes.
private final class Shared: @unchecked Sendable {  // Safe: the caller alone writes, and `generation` publishes it.
    struct Job {
        var kernel: WorkerPool.Kernel
        var arguments: UnsafeRawPointer?
        var count: Int
    }

    /// One worker's bed: it sets `asleep` before it waits, and whoever clears the flag owes one signal.
    final class Bed: Sendable {
        let asleep = Atomic<Bool>(false)
        let wake = DispatchSemaphore(value: 0)
    }

    /// The tasks that are a thread's own until another has none left: what it made in one job it most likely reads in the
    /// next, from its own caches.
    final class Share: Sendable {
        let next = Atomic<Int>(0)
    }

    /// Written by the caller only while every worker waits for the next generation, and read after the sequentially consistent
    /// change of `generation` that publishes it.
    private var job: Job?
    /// How many workers there are, the first ones.
    ///
    /// Written before the first job, and read as that is.
    var workerCount: Int
    private let beds: [Bed]
    private let generation = Atomic<Int>(0)
    private let stopped = Atomic<Bool>(false)
    private let shares: [Share]
    private let finished = Atomic<Int>(0)

    /// About 50 µs: longer than the gaps between the jobs of a step, shorter than anyone notices.
    private static let spins = 2_000

    init(workerCount: Int) {
        self.workerCount = workerCount
        beds = (0..<workerCount).map { _ in Bed() }
        shares = (0...workerCount).map { _ in Share() }
    }

    func run(_ job: Job) {
        self.job = job
        for index in 0...workerCount {
            shares[index].next.store(index * job.count / (workerCount + 1), ordering: .relaxed)
        }
        finished.store(0, ordering: .relaxed)
        wakeAll()
        takeTasks(of: job, thread: 0)
        var turns = 0
        while finished.load(ordering: .acquiring) < workerCount {
            stn_pause()
            turns += 1
            // A worker that lost its processor must get one back: offer ours.
            if turns > Shared.spins { sched_yield() }
        }
    }

    func stop() {
        stopped.store(true, ordering: .sequentiallyConsistent)
        wakeAll()
    }

    private func wakeAll() {
        generation.add(1, ordering: .sequentiallyConsistent)
        for bed in beds where bed.asleep.exchange(false, ordering: .sequentiallyConsistent) { bed.wake.signal() }
    }

    /// A worker's life: wait for a generation, take tasks, say so.
    func serve(worker: Int) {
        var seen = 0
        while true {
            seen = waitForGeneration(after: seen, in: beds[worker])
            if stopped.load(ordering: .sequentiallyConsistent) { return }
            if let job { takeTasks(of: job, thread: Int64(worker + 1)) }
            finished.add(1, ordering: .releasing)
        }
    }

    private func waitForGeneration(after seen: Int, in bed: Bed) -> Int {
        while true {
            for _ in 0..<Shared.spins {
                let now = generation.load(ordering: .sequentiallyConsistent)
                if now != seen { return now }
                stn_pause()
            }
            bed.asleep.store(true, ordering: .sequentiallyConsistent)
            let now = generation.load(ordering: .sequentiallyConsistent)
            // If the flag is already cleared, a signal is on its way and must be taken.
            if now == seen || !bed.asleep.exchange(false, ordering: .sequentiallyConsistent) { bed.wake.wait() }
        }
    }

    /// Takes a thread's own tasks, then what the others have left.
    ///
    /// Pieces are parts of what remains: the first keep a thread's data together, the last, a task each, let all threads end
    /// at the same time.
    private func takeTasks(of job: Job, thread: Int64) {
        let threadCount = workerCount + 1
        for turn in 0..<threadCount {
            let owner = (Int(thread) + turn) % threadCount
            let end = (owner + 1) * job.count / threadCount
            let share = shares[owner]
            var first = share.next.load(ordering: .relaxed)
            while first < end {
                let last = first + max(1, (end - first) / 4)
                let (exchanged, original) = share.next.weakCompareExchange(
                    expected: first, desired: last, ordering: .relaxed)
                guard exchanged else {
                    first = original
                    continue
                }
                job.kernel(job.arguments, Int64(first), Int64(last), thread)
                first = share.next.load(ordering: .relaxed)
            }
        }
    }
}
