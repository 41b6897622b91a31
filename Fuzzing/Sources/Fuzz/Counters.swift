import CLibFuzzer

/// The counters of what code runs, cut down to what a reader can reach.
///
/// libFuzzer looks through all counters after each execution. There are 370,000, most in code that no reader runs, and that took
/// more than a third of the time for small files. So the linker sends their registration here (`--wrap`), and libFuzzer is told only of the
/// blocks that files of the corpus reach, with those beside them.
enum Counters {
    /// Some functions; those of one module lie beside each other.
    private static let blockSize = 1024

    nonisolated(unsafe) private static var counters = UnsafeMutableBufferPointer<UInt8>(start: nil, count: 0)
    nonisolated(unsafe) private static var table: UnsafePointer<UInt>?

    /// Notes where the counters are.
    static func note(counters start: UnsafeMutablePointer<UInt8>, _ end: UnsafeMutablePointer<UInt8>) {
        counters = UnsafeMutableBufferPointer(start: start, count: end - start)
    }

    /// Notes where the table is that has two words for each counter.
    static func note(table start: UnsafePointer<UInt>) { table = start }

    /// Tells libFuzzer of what `body` reaches, or of everything where that is nothing.
    static func register(reachedBy body: () -> Void) {
        counters.update(repeating: 0)
        body()
        let blockCount = (counters.count + blockSize - 1) / blockSize
        let reached = (0..<blockCount).filter { block in
            counters[block * blockSize..<min(counters.count, (block + 1) * blockSize)].contains { $0 != 0 }
        }
        let wanted = Set(reached.isEmpty ? Array(0..<blockCount) : reached.flatMap { [$0 - 1, $0, $0 + 1] })
        var start: Int?
        for block in 0...blockCount {
            if wanted.contains(block), block < blockCount {
                start = start ?? block
            } else if let first = start {
                register(first * blockSize..<min(counters.count, block * blockSize))
                start = nil
            }
        }
    }

    private static func register(_ range: Range<Int>) {
        guard let base = counters.baseAddress, let table else { return }
        __real___sanitizer_cov_8bit_counters_init(base + range.lowerBound, base + range.upperBound)
        __real___sanitizer_cov_pcs_init(table + 2 * range.lowerBound, table + 2 * range.upperBound)
    }
}

@_cdecl("__wrap___sanitizer_cov_8bit_counters_init")
func noteCounters(_ start: UnsafeMutablePointer<UInt8>, _ end: UnsafeMutablePointer<UInt8>) {
    Counters.note(counters: start, end)
}

@_cdecl("__wrap___sanitizer_cov_pcs_init")
func noteTable(_ start: UnsafePointer<UInt>, _ end: UnsafePointer<UInt>) { Counters.note(table: start) }
