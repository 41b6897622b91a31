import Foundation
import Testing

@Suite("A run whose numbers run away")
struct DivergedRunTests {
    /// Trains on pets at a learning rate after whose first step nothing is of use.
    private func train(_ options: String, in folder: String) throws -> Program.Outcome {
        let settings = "train pets --image-size 18 --batch-size 2 --epochs 2 --save-every 1 --figure-every 0 --quiet"
        let words = "\(settings) --learning-rate 1000 --output run \(options)".split(separator: " ")
        return try Program.run(words.map(String.init), in: folder)
    }

    private func names(in folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder + "/run/checkpoints").sorted()
    }

    @Test("stops with one line, puts what it had come to aside, and does the same when it goes on")
    func stop() throws {
        try withPets { folder in
            let outcome = try train("", in: folder)
            #expect(outcome.exitCode == 70)
            #expect(outcome.error.hasPrefix("error: training diverged: ") && outcome.error.hasSuffix("\n"))
            #expect(outcome.error.count { $0 == "\n" } == 1)
            let aside = try names(in: folder).filter { $0.hasPrefix("diverged-step-") }
            #expect(aside.count == 1 && outcome.error.contains("run/checkpoints/\(aside.first ?? "?")"))
            let again = try Program.run(["train", "--resume", "run", "--quiet"], in: folder)
            #expect((again.exitCode, again.error) == (70, outcome.error))
            #expect(try names(in: folder).filter { $0.hasSuffix(".corrupt") }.isEmpty)
        }
    }

    @Test(
        "skipping and going back end, too, when there is nothing left to learn from", arguments: ["skip", "rollback"])
    func others(_ response: String) throws {
        try withPets { folder in
            let outcome = try train("--on-nonfinite \(response)", in: folder)
            #expect(outcome.exitCode == 70 && outcome.error.hasPrefix("error: training diverged: "), "\(outcome.error)")
            let log = try String(contentsOfFile: folder + "/run/stn.log", encoding: .utf8)
            let word = response == "skip" ? " left out: " : "time 3 of 3\n"
            #expect(log.contains(word), "\(log)")
        }
    }

    @Test("another word than the three is refused")
    func refusal() throws {
        try withPets { folder in
            let outcome = try train("--on-nonfinite wait", in: folder)
            #expect(outcome.exitCode == 64 && outcome.error.contains("--on-nonfinite takes"), "\(outcome.error)")
        }
    }
}
