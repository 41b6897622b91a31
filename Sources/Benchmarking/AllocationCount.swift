import CKernels
import Foundation
import SpatialTransformers

/// Counts the heap allocations of a training step, by the C library's own tracer.
///
/// glibc traces allocations only with its debugging library loaded before the program starts, so the count is taken in a
/// child process: this program again, with ``childArguments`` and the library preloaded.
public enum AllocationCount {
    /// What the child process is started with.
    public static let childArguments = ["bench", "traced-steps"]

    /// Steps the child traces.
    private static let steps = 10
    private static let library = "libc_malloc_debug.so.0"

    /// Allocations of one training step.
    ///
    /// - Parameters:
    ///   - program: The executable that understands ``childArguments``.
    ///   - threadCount: Threads that compute.
    /// - Returns: The mean over the traced steps; nil where the C library has no tracer.
    public static func perStep(program: String, threadCount: Int) -> Double? {
        let trace = FileManager.default.temporaryDirectory.appendingPathComponent("stn-\(UUID().uuidString).mtrace")
        defer { try? FileManager.default.removeItem(at: trace) }
        let child = Process()
        child.executableURL = URL(fileURLWithPath: program)
        child.arguments = childArguments + ["--threads", String(threadCount)]
        child.environment = ProcessInfo.processInfo.environment.merging(
            ["LD_PRELOAD": library, "MALLOC_TRACE": trace.path]
        ) { _, new in new }
        child.standardOutput = FileHandle.nullDevice
        child.standardError = FileHandle.nullDevice
        guard (try? child.run()) != nil else { return nil }
        child.waitUntilExit()
        guard child.terminationStatus == 0, let lines = try? String(contentsOf: trace, encoding: .utf8),
            lines.hasPrefix("= Start")
        else { return nil }
        let allocations = lines.split(separator: "\n").filter { $0.contains(" + 0x") || $0.contains(" > 0x") }
        // A tracer that sees nothing is found out: these were made on purpose while it ran.
        let known = allocations.count { $0.hasSuffix(" 0x" + String(probeBytes + Int(STN_PADDING), radix: 16)) }
        guard known == probes else { return nil }
        return Double(allocations.count - probes) / Double(steps)
    }

    private static let probes = 3
    /// A size that nothing else asks for.
    private static let probeBytes = 123_457

    /// The child's work: trains, and traces all steps but the first.
    ///
    /// - Returns: Whether this process has a tracer.
    /// - Throws: ``ExecutionError`` when `STN_ISA` is wrong.
    public static func runTracedSteps(threadCount: Int) throws -> Bool {
        guard let start = symbol("mtrace"), let stop = symbol("muntrace") else { return false }
        let classifier = try Classifier(
            ReadyMade.seed(classes: 10), input: [32, 32, 3], seed: 0, threadCount: threadCount)
        let data = BenchmarkBatch(count: 64, classes: 10, imageSize: classifier.executor.inputCount)
        let update = OptimizerUpdate(kind: .sgd, learningRate: 0.01)
        try data.withBuffers { images, labels in
            func train(_ steps: Range<Int>) throws {
                for step in steps {
                    _ = try classifier.executor.trainingStep(
                        images: images, labels: labels, step: UInt32(step), update: update)
                }
            }
            try train(0..<3)
            start()
            for _ in 0..<probes { _ = AlignedBuffer(byteCount: probeBytes) }
            try train(3..<3 + steps)
            stop()
        }
        return true
    }

    /// A function of the debugging library.
    ///
    /// It stands there under the version of the C library's first release only, and an unversioned search finds the C
    /// library's own, which does nothing.
    private static func symbol(_ name: String) -> (@convention(c) () -> Void)? {
        #if canImport(Glibc)
            #if arch(x86_64)
                let version = "GLIBC_2.2.5"
            #else
                let version = "GLIBC_2.17"
            #endif
            let program = dlopen(nil, RTLD_NOW)
            // Swift's headers leave dlvsym out.
            typealias VersionedSearch =
                @convention(c) (
                    UnsafeMutableRawPointer?, UnsafePointer<CChar>, UnsafePointer<CChar>
                ) -> UnsafeMutableRawPointer?
            guard let search = dlsym(program, "dlvsym") else { return nil }
            return unsafeBitCast(search, to: VersionedSearch.self)(program, name, version)
                .map { unsafeBitCast($0, to: (@convention(c) () -> Void).self) }
        #else
            return nil
        #endif
    }
}
