import Foundation
import Testing

@Suite("A run that is stopped")
struct StoppedRunTests {
    private let train =
        "\"$STN\" train pets --image-size 18 --batch-size 4 --figure-every 0 --output run --epochs 100000"

    /// Starts a run in the background and waits until it has finished an epoch.
    private func begun(_ folder: String) -> String {
        "cd '\(folder)'; \(train) --quiet & pid=$!; until [ -s run/metrics.jsonl ]; do sleep 0.02; done; "
    }

    @Test(
        "a signal finishes the step, saves, and names the command that goes on",
        arguments: [("INT", 130), ("TERM", 143)])
    func signals(name: String, exitCode: Int) throws {
        try withPets { folder in
            let stopped = try Program.shell(begun(folder) + "kill -\(name) $pid; wait $pid; echo $?")
            #expect(stopped.output == "\(exitCode)\n")
            let message = /stopped by signal (2|15) in epoch \d+ after step \d+; the weights are in \S+; (.*)\n/
            let match = try #require(stopped.error.wholeMatch(of: message), "\(stopped.error)")
            #expect(match.2 == "go on with: stn train --resume run")
            let next = try Program.shell(
                "cd '\(folder)'; epochs=$(wc -l < run/metrics.jsonl); echo $((epochs + 2)); "
                    + "\"$STN\" train --resume run --quiet --epochs $((epochs + 2)); echo $?; wc -l < run/metrics.jsonl"
            )
            let lines = next.output.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
            #expect(lines.count == 3 && lines[0] == lines[2] && lines[1] == "0", "\(next.output)\(next.error)")
            let again = try Program.run(["train", "--resume", "run"], in: folder)
            #expect(
                again.error.hasSuffix("\nrun: all epochs are trained; train more with --epochs\n"), "\(again.error)")
            #expect(again.exitCode == 0 && again.output == "")
            // A link is followed beside where it lies.
            #expect(symlink("run", "\(folder)/mine") == 0)
            let linked = try Program.run(["train", "--resume", "mine"], in: folder)
            #expect(linked.exitCode == 0 && linked.error == again.error, "\(linked.error)")
        }
    }

    @Test("a run that another process holds is busy, killed or not it lets go")
    func held() throws {
        try withPets { folder in
            let outcome = try Program.shell(
                begun(folder) + "\"$STN\" train --resume run; echo $?; kill -9 $pid; wait $pid 2>/dev/null; "
                    + "\"$STN\" train --resume run --quiet --epochs 1 >/dev/null 2>&1; echo $?")
            // The first epoch was finished, and maybe a second; either way the folder was free.
            #expect(["75\n0\n", "75\n64\n"].contains(outcome.output), "\(outcome.output)")
            #expect(outcome.error.contains("error: another process is writing to run; wait for it"))
        }
    }

    @Test("whoever reads the log may leave: what was learned until then is kept")
    func closedPipe() throws {
        try withPets { folder in
            let outcome = try Program.shell(
                "cd '\(folder)'; \(train) --log-interval 1 2>errors | head -1; echo ${PIPESTATUS[0]}; "
                    + "grep -v '^classes ' errors; ls run/checkpoints")
            let lines = outcome.output.split(separator: "\n")
            #expect(lines.first?.hasPrefix("Train Epoch: 1 [0/") == true)
            #expect(lines.dropFirst().first == "141")
            #expect(lines.contains { $0.hasPrefix("step-") } && !lines.contains { $0.contains("error") }, "\(lines)")
        }
    }

    @Test(
        "a folder that cannot be written to is an error of its own",
        .enabled(if: getuid() != 0, "root writes anywhere"))
    func readOnly() throws {
        try withPets { folder in
            let outcome = try Program.shell("cd '\(folder)'; mkdir run; chmod 555 run; \(train); echo $?")
            #expect(outcome.output == "73\n")
        }
    }

    @Test(
        "what contradicts --resume is refused in one line",
        arguments: [
            ("--resume x --output y", 64, "--resume goes on in the run's folder with its settings; drop --output"),
            ("--resume x --config y", 64, "drop --config"),
            ("--resume /no/such", 66, "/no/such: no such run folder or file"),
            ("--resume x --seed 1", 64, "--seed cannot be chosen with --resume"),
            ("cifar10 --resume x", 64, "the data set cannot be chosen with --resume"),
            ("cifar10 --save-every 0", 64, "--save-every takes a whole number from 1"),
        ])
    func refusals(arguments: String, exitCode: Int32, message: String) throws {
        let outcome = try Program.run(["train"] + arguments.split(separator: " ").map(String.init))
        #expect(outcome.exitCode == exitCode)
        #expect(outcome.error.hasPrefix("error: ") && outcome.error.contains(message), "\(outcome.error)")
        #expect(outcome.error.split(separator: "\n").count == 1)
    }
}
