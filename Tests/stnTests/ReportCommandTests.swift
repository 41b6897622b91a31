import Foundation
import Imaging
import Testing

@Suite("stn report")
struct ReportCommandTests {
    /// Calls `body` with a folder that holds the run `runs/mine` on images of two shades.
    private func withRun(_ body: (String) throws -> Void) throws {
        try withPets { folder in
            let training = try Program.run(
                "train pets --epochs 2 --image-size 18 --figure-every 0 --quiet --run-name mine --threads 1"
                    .split(separator: " ").map(String.init), in: folder)
            #expect(training.exitCode == 0, "\(training.error)")
            try body(folder)
        }
    }

    @Test("writes a page and an animation into the run, or where it is told, and says so")
    func files() throws {
        try withRun { folder in
            let outcome = try Program.run(["report", "runs/latest", "--quiet"], in: folder)
            #expect(outcome.exitCode == 0 && outcome.error.isEmpty, "\(outcome.error)")
            let lines = outcome.output.split(separator: "\n")
            #expect(lines.count == 2 && lines[0].hasPrefix("wrote runs/latest/report.html ("))
            #expect(lines[0].hasSuffix(" kB, opens offline)"))
            #expect(lines[1].hasPrefix("wrote runs/latest/figures/evolution.png ("))
            let page = try String(contentsOfFile: folder + "/runs/mine/report.html", encoding: .utf8)
            #expect(page.contains("<h1>mine</h1>") && page.hasSuffix("</html>\n"))
            // Readers that know no animation see the start.
            #expect(try Image(contentsOf: folder + "/runs/mine/figures/evolution.png").width > 100)

            let elsewhere = try Program.run(["report", "runs/mine", "runs/mine", "-o", "both.html"], in: folder)
            #expect(elsewhere.output.hasPrefix("wrote both.html ("))
            #expect(elsewhere.output.contains("\nwrote both-evolution.png ("))

            try FileManager.default.moveItem(atPath: folder + "/pets", toPath: folder + "/moved")
            let gone = try Program.run(["report", "runs/mine", "-o", "gone.html"], in: folder)
            #expect(gone.exitCode == 0 && gone.error.split(separator: "\n").count == 1)
            #expect(gone.error.hasPrefix("note: ") && gone.error.contains("put it back"), "\(gone.error)")
            let found = try Program.run(["report", "runs/mine", "--dataset", "moved", "--quiet"], in: folder)
            #expect(found.output == outcome.output.replacing("latest", with: "mine"))
            #expect(try String(contentsOfFile: folder + "/runs/mine/report.html", encoding: .utf8).contains("Mistakes"))
        }
    }

    @Test("a mistake is one line with its exit code")
    func mistakes() throws {
        try withRun { folder in
            let run = folder + "/runs/mine"
            try Data("{}\n".utf8).write(to: URL(fileURLWithPath: folder + "/text"))
            for (arguments, exitCode, message) in [
                ("", 64, "Missing expected argument '<run>"), ("none", 66, "no such run folder"),
                ("runs", 66, "holds no config.yaml"), ("text", 66, "name the run's folder"),
                ("runs/mine -o page.txt", 64, "ends in .html"), ("runs/mine -o no/page.html", 73, "cannot be created"),
                ("runs/mine --dataset nowhere", 64, "no folder"), ("runs/mine --threads 0", 64, "--threads takes"),
                ("runs/mine none", 66, "no such run folder"),
            ] as [(String, Int32, String)] {
                let outcome = try Program.run(
                    ["report", "--quiet"] + arguments.split(separator: " ").map(String.init), in: folder)
                #expect(outcome.exitCode == exitCode && outcome.error.contains(message), "\(outcome.error)")
                #expect(outcome.error.split(separator: "\n").count == 1 && outcome.output.isEmpty)
            }
            #expect(!FileManager.default.fileExists(atPath: run + "/report.html"))
            for (file, exitCode) in [
                ("checkpoints/best.safetensors", 65), ("metrics.jsonl", 65), ("evolution.jsonl", 65),
                ("config.yaml", 78),
            ] as [(String, Int32)] {
                let path = "\(run)/\(file)"
                let good = try Data(contentsOf: URL(fileURLWithPath: path))
                try Data("{\"broken\": [\n".utf8).write(to: URL(fileURLWithPath: path))
                let outcome = try Program.run(["report", "runs/mine", "--quiet"], in: folder)
                #expect(outcome.exitCode == exitCode && outcome.error.contains(file), "\(outcome.error)")
                #expect(outcome.error.split(separator: "\n").count == 1)
                try good.write(to: URL(fileURLWithPath: path))
            }
        }
    }
}
