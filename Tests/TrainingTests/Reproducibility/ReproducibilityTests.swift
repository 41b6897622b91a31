import Foundation
import Testing

@Suite("The same seed gives the same weights, bit for bit")
struct ReproducibilityTests {
    /// What `make reproduce` asks for: a file that each run's digests are appended to, a line of JSON each.
    private static let record = ProcessInfo.processInfo.environment["STN_REPRODUCE"]
    private static let golden = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Goldens/reproducible.json")

    /// Digests by instruction set, settings and number of steps.
    private struct Recorded: Decodable {
        let digests: [String: [String: [String: String]]]
    }

    @Test("an epoch gives the recorded weights, with one thread and with three", arguments: DigestedRun.all)
    func recorded(_ run: DigestedRun) throws {
        let alone = try run.digests(threadCount: 1, epochs: 1)
        #expect(try run.digests(threadCount: 3, epochs: 1) == alone, "\(run): threads change the weights")
        let recorded = try JSONDecoder().decode(Recorded.self, from: Data(contentsOf: Self.golden))
        let steps = "\(DigestedRun.firstSteps)"
        guard let expected = recorded.digests[run.instructionSet.rawValue]?[run.settings]?[steps] else {
            print("\(run): no digest is recorded; `make reproduce` on this processor adds it")
            return
        }
        #expect(
            alone[steps] == expected,
            """
            \(run): the weights after \(steps) steps are others than those recorded. If the numbers were meant to change, \
            `make reproduce` records them anew; if not, this is a bug, or another compiler or C library (TESTING.md, \
            "Reproducible")
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
