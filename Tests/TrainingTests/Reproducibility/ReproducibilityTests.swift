import Foundation
import Testing
import Training

@Suite("The same seed gives the same weights, bit for bit")
struct ReproducibilityTests {
    /// What `make reproduce` asks for: a file that each run's digests are appended to, a line of JSON each.
    private static let record = ProcessInfo.processInfo.environment["STN_REPRODUCE"]
    private static let golden = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Goldens/reproducible.json")

    /// Digests by instruction set, settings and number of steps, and what the program was built with by instruction set.
    private struct Recorded: Decodable {
        let digests: [String: [String: [String: String]]]
        let builtWith: [String: String]
    }

    /// What may round otherwise in another version; nobody's program is wrong because its compiler is another.
    private static let builtWith: String = {
        let swift = RunEnvironment.current(instructionSet: "", threads: 1).swift
        #if canImport(Glibc)
            var library = [CChar](repeating: 0, count: 64)
            // "glibc 2.36"
            confstr(Int32(_CS_GNU_LIBC_VERSION), &library, library.count)
            return "Swift \(swift), "
                + library.withUnsafeBufferPointer { $0.baseAddress.map(String.init(cString:)) ?? "" }
        #else
            return "Swift \(swift), \(ProcessInfo.processInfo.operatingSystemVersionString)"
        #endif
    }()

    @Test("an epoch gives the recorded weights, with one thread and with three", arguments: DigestedRun.all)
    func recorded(_ run: DigestedRun) throws {
        let alone = try run.digests(threadCount: 1, epochs: 1)
        #expect(try run.digests(threadCount: 3, epochs: 1) == alone, "\(run): threads change the weights")
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let recorded = try decoder.decode(Recorded.self, from: Data(contentsOf: Self.golden))
        let steps = "\(DigestedRun.firstSteps)"
        guard let expected = recorded.digests[run.instructionSet.rawValue]?[run.settings]?[steps] else {
            print("\(run): no digest is recorded; `make reproduce` on this processor adds it")
            return
        }
        guard recorded.builtWith[run.instructionSet.rawValue] == Self.builtWith else {
            print("\(run): recorded with \(recorded.builtWith), this is \(Self.builtWith); only threads are compared")
            return
        }
        #expect(
            alone[steps] == expected,
            """
            \(run): the weights after \(steps) steps are others than those recorded. If the numbers were meant to change, \
            `make reproduce` records them anew; if not, this is a bug (TESTING.md, "Reproducible")
            """)
    }

    @Test("the whole run, for make reproduce", .enabled(if: record != nil, "make reproduce runs it"))
    func wholeRun() throws {
        let path = try #require(Self.record)
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        var lines = Data()
        for run in DigestedRun.all {
            for threadCount in [1, 2, 3, 4, 8] {
                var line = [
                    "set": run.instructionSet.rawValue, "settings": run.settings, "threads": "\(threadCount)",
                    "built_with": Self.builtWith,
                ]
                let digests = try run.digests(threadCount: threadCount)
                #expect(digests.count == 2, "\(run)")
                line.merge(digests) { $1 }
                lines += try encoder.encode(line) + Data("\n".utf8)
            }
        }
        try lines.write(to: URL(fileURLWithPath: path))
    }
}
