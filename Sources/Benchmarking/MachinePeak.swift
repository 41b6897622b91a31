import CKernels
import Dispatch
import Execution
import Tensors

/// What this machine reaches with nothing in the way, all threads at once: FMAs in registers, and memory far larger than
/// any cache.
public struct MachinePeak: Encodable, Sendable {
    /// Threads that worked.
    public let threads: Int
    /// FMAs in registers, float32.
    public let fmaGflops: Double
    /// Products of pairs of bfloat16, summed in float32; emulated where the kernels' instruction set has none.
    public let bfloat16Gflops: Double
    /// A sum: reads only.
    public let readGbps: Double
    /// A copy, its reads and its writes; that a processor reads what it writes over is not counted.
    public let copyGbps: Double
    /// a + s · b, reads and writes.
    public let triadGbps: Double

    /// Measures for about half a second.
    ///
    /// - Parameters:
    ///   - set: The kernels that are used.
    ///   - threadCount: Threads that work.
    /// - Throws: ``ExecutionError/unavailableInstructionSet(_:)``.
    public init(_ set: InstructionSet, threadCount: Int) throws {
        guard let kernels = set.kernels else { throw ExecutionError.unavailableInstructionSet(set) }
        let pool = WorkerPool(threadCount: threadCount)
        threads = threadCount
        fmaGflops = Self.peak(kernels.pointee.fma_burn, pool)
        bfloat16Gflops = Self.peak(kernels.pointee.pairs_burn, pool)
        (readGbps, copyGbps, triadGbps) = Self.bandwidth(kernels, pool)
    }

    /// FMAs a second of all threads at once, in GFLOP/s: cores that share units or heat reach less together than alone.
    static func fmaGflops(_ set: InstructionSet, threadCount: Int) -> Double {
        guard let kernels = set.kernels else { return 0 }
        return peak(kernels.pointee.fma_burn, WorkerPool(threadCount: threadCount))
    }

    private struct Burn {
        let run: @convention(c) (Int64) -> Double
        let rounds: Int64
    }

    private static func peak(_ run: (@convention(c) (Int64) -> Double)?, _ pool: WorkerPool) -> Double {
        guard let run else { return 0 }
        let burn = Burn(run: run, rounds: 5_000)
        let flops = run(burn.rounds)
        // Several tasks a thread, so that one which the system delays does not hold up the rest.
        let count = 16 * pool.threadCount
        let seconds = withUnsafePointer(to: burn) { burn in
            fastest(rounds: 100, iterations: 1) { _ in
                pool.run(
                    { arguments, first, last, _ in
                        guard let burn = arguments?.assumingMemoryBound(to: Burn.self).pointee else { return }
                        for _ in first..<last { _ = burn.run(burn.rounds) }
                    }, burn, count: count)
            }
        }
        return Double(count) * flops / (seconds * 1e9)
    }

    /// Floats of a buffer: 128 MiB, of which three are beyond the caches of all but the largest servers.
    private static let count = 32 << 20

    private static func bandwidth(
        _ kernels: UnsafePointer<stn_kernels>, _ pool: WorkerPool
    ) -> (read: Double, copy: Double, triad: Double) {
        let buffers = (0..<3).map { _ in AlignedBuffer(floats: count) }
        let arguments = stn_stream_arguments(
            count: Int64(count), left: buffers[0].floats.baseAddress, right: buffers[1].floats.baseAddress, factor: 3,
            output: buffers[2].floats.baseAddress)
        let pieces = count / Int(STN_PIECE)
        func gbps(_ kernel: stn_task?, operands: Int) -> Double {
            let launch = Launch(kernel, arguments, count: pieces)
            let seconds = fastest(rounds: 4, iterations: 1) { _ in launch.run(on: pool) }
            return Double(operands * count * 4) / (seconds * 1e9)
        }
        // The launches hold bare pointers into the buffers.
        return withExtendedLifetime(buffers) {
            (
                gbps(kernels.pointee.stream_sum, operands: 1), gbps(kernels.pointee.stream_copy, operands: 2),
                gbps(kernels.pointee.stream_triad, operands: 3)
            )
        }
    }
}

/// The measured peaks of one thread and of all, for `stn bench peak`.
public struct PeakReport: MeasuredReport {
    let oneThread: MachinePeak
    let allThreads: MachinePeak
    let isa: String
    let threads: Int
    let precision = "float32"
    let version: String
    let compiler: String
    let system: String
    let processor: String

    /// Measures for about a second.
    ///
    /// - Parameters:
    ///   - threadCount: What "all threads" means.
    ///   - machine: What is measured with, for the report.
    /// - Throws: ``ExecutionError`` when `STN_ISA` is wrong.
    public init(threadCount: Int, machine: BenchmarkReport.Machine) throws {
        let set = try InstructionSet.best()
        oneThread = try MachinePeak(set, threadCount: 1)
        allThreads = threadCount == 1 ? oneThread : try MachinePeak(set, threadCount: threadCount)
        isa = set.rawValue
        threads = threadCount
        (version, compiler) = (machine.version, machine.compiler)
        (system, processor) = (machine.system, machine.processor)
    }

    /// A table for people.
    public var text: String {
        let lines = (threads == 1 ? [oneThread] : [oneThread, allThreads]).flatMap { peak in
            let threads = peak.threads == 1 ? "1 thread" : "\(peak.threads) threads"
            return [
                line("\(threads), float32 FMAs in registers", peak.fmaGflops, "GFLOP/s", digits: 0),
                line("\(threads), bfloat16 pairs in registers", peak.bfloat16Gflops, "GFLOP/s", digits: 0),
                line("\(threads), sum of large memory", peak.readGbps, "GB/s", digits: 1),
                line("\(threads), copy of large memory", peak.copyGbps, "GB/s", digits: 1),
                line("\(threads), triad of large memory", peak.triadGbps, "GB/s", digits: 1),
            ]
        }
        return (["peaks measured on \(processor) · \(isa)"] + lines).joined(separator: "\n")
    }
}
