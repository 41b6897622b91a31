import Foundation
import Testing

@Suite("The command line")
struct CommandLineTests {
    @Test(
        "a mistake is one line that begins with error: and ends with its exit code",
        arguments: [
            ("train mnist --epoch 5", 64, "Unknown option '--epoch'. Did you mean '--epochs'?"),
            ("train mnsit", 64, "did you mean 'mnist'?"),
            ("trian mnist", 64, "Unknown command 'trian'. Did you mean 'train'?"),
            ("data fech mnist", 64, "Unknown command 'fech'. Did you mean 'fetch'?"),
            ("data fetch mnits", 64, "Did you mean 'mnist'?"),
            ("data fetch mnist --mirror http://example.org", 64, "--mirror takes an https address"),
            ("data fetch mnist cifar10 --archive a", 64, "--archive holds one data set"),
            ("train", 64, "no data set given"),
            ("train mnist extra", 64, "Unexpected argument 'extra'"),
            ("train ./no-such-folder", 66, "'./no-such-folder' is none of"),
            ("train mnist --epochs", 64, "Missing value for '--epochs <count>'"),
            ("train mnist --epochs nan", 64, "--epochs takes a whole number from 1 to 1000000, not 'nan'"),
            ("train mnist --epochs 0", 64, "--epochs takes"),
            ("train mnist --epochs 1.5", 64, "--epochs takes"),
            ("train mnist --epochs 99999999999999999999999", 64, "--epochs takes"),
            (
                "train mnist --batch-size -64", 64,
                "--batch-size takes a whole number from 1 to 65536, not '-64'"
            ),
            ("train mnist --learning-rate nan", 64, "--learning-rate takes a number above 0"),
            ("train mnist --learning-rate inf", 64, "--learning-rate takes"),
            ("train mnist --learning-rate 1e999", 64, "--learning-rate takes"),
            ("train mnist --learning-rate 0", 64, "--learning-rate takes"),
            (
                "train mnist --learning-rate -0.1", 64,
                "--learning-rate takes a number above 0 and at most 1000, not '-0.1'"
            ),
            ("train mnist --weight-decay -1", 64, "--weight-decay takes"),
            ("train mnist --momentum 1", 64, "--momentum takes"),
            ("train mnist --seed -1", 64, "--seed takes"),
            ("train mnist --seed 18446744073709551616", 64, "--seed takes"),
            ("train mnist --threads 0", 64, "--threads takes"),
            ("train mnist --optimizer adma", 64, "did you mean 'adam'?"),
            (
                "train mnist --optimizer adam --momentum 0.9", 64,
                "--momentum means nothing with optimizer adam"
            ),
            ("train mnist --step-size 3", 64, "--step-size means nothing with schedule constant"),
            ("train mnist --schedule cosine --gamma 0.5", 64, "--gamma means nothing with schedule cosine"),
            ("train mnist --schedule step", 64, "--schedule step needs --step-size"),
            (
                "train mnist --transform none --align-corners", 64,
                "--align-corners means nothing with transform none"
            ),
            ("train cifar10 --difficulty hard", 64, "--difficulty means nothing with cifar10"),
            ("train cifar10 --image-size 64", 64, "--image-size means nothing with cifar10"),
            ("train glyphs --data-dir x", 64, "--data-dir means nothing with glyphs"),
            ("train mnist --quiet --json", 64, "--quiet and --json contradict each other"),
            ("train mnist --output a --run-name b", 64, "--output and --run-name"),
            ("train mnist --overwrite", 64, "--overwrite needs --output or --run-name"),
            ("train mnist --run-name ../x", 64, "--run-name takes a plain name"),
            ("train glyphs --run-name latest", 64, "--run-name cannot be latest"),
            (
                "train mnist --distort elastc", 64,
                "--distort takes none, rotation, rotation-scale-translation, projection, elastic, not 'elastc'; did you mean"
            ),
            ("train mnist --skip-bad", 64, "--skip-bad means nothing with mnist"),
            ("train / --image-size 17", 64, "--image-size takes a whole number from 18 to 1024, not '17'"),
            ("train mnist --output /dev/null/x", 73, "cannot create /dev/null/x"),
            ("train --config /no/such.yaml", 66, "cannot read configuration file /no/such.yaml"),
            (
                "train cifar10 --data-dir /no/such", 66,
                "there is no folder /no/such to read cifar10 from; name the one that holds it with --data-dir"
            ),
            (
                "data verify mnist --data-dir /no/such", 66,
                "mnist is not in /no/such; get it with: stn data fetch mnist --data-dir /no/such"
            ),
            (
                "data verify --data-dir /no/such", 66,
                "no data set is in /no/such; get one with: stn data fetch cifar10 --data-dir /no/such"
            ),
            ("data verify glyps", 64, "'glyps' is not a data set"),
            ("evaluate", 64, "Missing expected argument '<run or file>'"),
            ("evaluate /no/such-run", 66, "/no/such-run: no such run folder or file"),
            ("evaluate /no/runs/latest", 66, "no run has been made there yet; make one with 'stn train'"),
            ("evaluate runs/latest --confusion a.txt", 64, "--confusion takes a file whose name ends in .csv or .png"),
            ("visualize runs/latest --output a.jpg", 64, "--output takes a file whose name ends in .png"),
            ("visualize runs/latest --seed -1", 64, "'-1' is invalid for '--seed <number>'"),
            (
                "bench foo", 64,
                "Unknown command 'foo'. There are train, infer, sample, convolution, growth, peak, startup."
            ),
            ("help foo", 64, "Unknown command 'foo'"),
            ("data help fech", 64, "Unknown command 'fech'. Did you mean 'fetch'?"),
            ("visualize runs/latest --count 0", 64, "--count takes 1 to 1024"),
            ("bench train --batch-size 0", 64, "--batch-size takes a whole number"),
            ("bench convolution --threads 0", 64, "--threads takes a whole number from 1 to 1024, not 0"),
            ("bench growth --largest-image 16", 64, "--largest-image takes a whole number from 32 to 256, not 16"),
            ("bench growth --largest-batch 0", 64, "--largest-batch takes a whole number from 1 to 65536, not 0"),
            ("bench peak --threads 1025", 64, "--threads takes a whole number from 1 to 1024, not 1025"),
            ("bench startup --batch-size 3", 64, "Unknown option '--batch-size'"),
            ("bench train --batch-size abc", 64, "The value 'abc' is invalid"),
        ])
    func mistakes(arguments: String, exitCode: Int32, message: String) throws {
        let outcome = try Program.run(arguments.split(separator: " ").map(String.init))
        #expect(outcome.exitCode == exitCode)
        #expect(outcome.output.isEmpty)
        #expect(outcome.error.hasPrefix("error: "), "\(outcome.error)")
        #expect(outcome.error.contains(message), "\(outcome.error)")
        #expect(outcome.error.hasSuffix("\n") && outcome.error.dropLast().contains { $0.isNewline } == false)
    }

    @Test("text with line breaks and control characters still makes one line")
    func controlCharacters() throws {
        let outcome = try Program.run(["train", "a\nb\u{1B}[2J\u{7}"])
        #expect(outcome.exitCode == 64)
        #expect(outcome.error.dropLast().allSatisfy { !$0.isNewline && $0 != "\u{1B}" })
    }

    @Test(
        "each command's help tells what it does, with examples where there is a choice",
        arguments: [
            "", "train", "evaluate", "predict", "visualize", "warp", "data", "data fetch", "data verify", "data list",
            "bench",
            "bench train", "bench infer", "bench sample", "bench convolution", "bench growth", "bench peak",
            "bench startup",
            "doctor",
        ])
    func help(command: String) throws {
        let outcome = try Program.run(command.split(separator: " ").map(String.init) + ["--help"])
        #expect(outcome.exitCode == 0)
        #expect(outcome.error.isEmpty)
        #expect(outcome.output.hasPrefix("OVERVIEW: "))
        #expect(outcome.output.contains("USAGE: stn"))
    }

    @Test("the help of train names every option with its default")
    func trainHelp() throws {
        let help = try Program.run(["train", "--help"]).output
        let expected = [
            "--epochs", "--batch-size", "--learning-rate", "--momentum", "--weight-decay", "--optimizer",
            "--schedule",
            "--step-size", "--gamma", "--seed", "--threads", "--transform", "--align-corners", "--data-dir",
            "--output",
            "--run-name", "--overwrite", "--figure-every", "--log-interval", "--difficulty", "--image-size",
            "--quiet", "--skip-bad", "--distort",
            "--json", "--config", "--print-config", "--dry-run", "--resume", "--save-every", "--on-nonfinite",
            "EXAMPLES", "Default: 50.",
            "Default: 64.",
        ]
        for word in expected { #expect(help.contains(word), "\(word)") }
    }

    @Test(
        "help stands before or behind a command",
        arguments: [("help data", "data"), ("data help", "data"), ("data help fetch", "data fetch")])
    func helpWords(words: String, command: String) throws {
        let help = try Program.run(words.split(separator: " ").map(String.init))
        #expect(help.exitCode == 0)
        #expect(help.output == (try Program.run(command.split(separator: " ").map(String.init) + ["--help"]).output))
    }

    @Test("the version is a line on standard output, with what the program was built by and runs on")
    func version() throws {
        let outcome = try Program.run(["--version"])
        #expect(outcome.exitCode == 0)
        let line = #/[0-9]+\.[0-9]+\.[0-9]+ \(Swift 6\.[0-9][^,]*, (Linux|macOS) [a-z0-9_]+, kernels: [a-z0-9]+\)\n/#
        #expect(outcome.output.wholeMatch(of: line) != nil, "\(outcome.output)")
        let wrong = try Program.shell("STN_ISA=none \"$STN\" --version")
        #expect(wrong.exitCode == 0 && wrong.output.contains("STN_ISA names a set"), "\(wrong.output)")
    }

    @Test("a printed configuration is complete and read back by --config, under options that win")
    func printedConfiguration() throws {
        let folder = NSTemporaryDirectory() + "stn-tests-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let first = try Program.run([
            "train", "cifar10", "--schedule", "step", "--step-size", "20", "--momentum", "0.9",
            "--print-config",
        ])
        #expect(first.exitCode == 0)
        let relative = try Program.run(["train", "mnist", "--data-dir", "data", "--print-config"], in: folder)
        #expect(relative.output.contains("\ndata-dir: /"))
        #expect(relative.output.contains("/\(URL(fileURLWithPath: folder).lastPathComponent)/data\n"))
        try Data(first.output.utf8).write(to: URL(fileURLWithPath: folder + "/my.yaml"))
        let second = try Program.run(["train", "--config", "my.yaml", "--print-config"], in: folder)
        #expect(second.output == first.output)
        let third = try Program.run(
            ["train", "-c", "my.yaml", "--epochs", "3", "--print-config"], in: folder)
        #expect(third.output == first.output.replacingOccurrences(of: "epochs: 50", with: "epochs: 3"))

        try Data("dataset: mnist\nepoch: 3\n".utf8).write(to: URL(fileURLWithPath: folder + "/bad.yaml"))
        let bad = try Program.run(["train", "--config", "bad.yaml"], in: folder)
        #expect(bad.exitCode == 78)
        #expect(bad.error == "error: bad.yaml:2: unknown key 'epoch'; did you mean 'epochs'?\n")
    }

    @Test("a folder with files in it is not trained into, and nothing is left behind")
    func occupiedOutput() throws {
        let folder = NSTemporaryDirectory() + "stn-tests-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try Data().write(to: URL(fileURLWithPath: folder + "/notes.txt"))
        let outcome = try Program.run(["train", "glyphs", "--output", folder], in: folder)
        #expect(outcome.exitCode == 73)
        #expect(
            outcome.error
                == "error: \(folder) already holds files; name another folder, or replace that run with --overwrite\n"
        )
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["notes.txt"])
    }

    @Test("verify tells what is damaged, and that glyphs need no files")
    func verify() throws {
        let folder = NSTemporaryDirectory() + "stn-tests-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let glyphs = try Program.run(["data", "verify", "glyphs", "--data-dir", folder])
        #expect(glyphs.exitCode == 0)
        #expect(glyphs.output == "glyphs: built in, needs no files\n")
        try Data("short".utf8).write(to: URL(fileURLWithPath: folder + "/test_batch.bin"))
        let damaged = try Program.run(["data", "verify", "cifar10", "--data-dir", folder])
        #expect(damaged.exitCode == 65)
        #expect(damaged.output.contains("test_batch.bin: damaged"))
        #expect(damaged.error.contains("(5 missing, 1 damaged)"))
        #expect(damaged.error.hasSuffix("stn data fetch cifar10 --data-dir \(folder)\n"), "\(damaged.error)")
        #expect(damaged.error.split(separator: "\n").count == 1)
    }

    @Test("a closed pipe ends the program without a word")
    func closedPipe() throws {
        let outcome = try Program.shell("\"$STN\" train --help | true; echo ${PIPESTATUS[0]}")
        #expect(outcome.error.isEmpty)
        // Written before the reader left, or ended as a closed pipe ends a program.
        #expect(["0\n", "141\n"].contains(outcome.output))
        let certain = try Program.shell("( sleep 0.2; \"$STN\" train --help; echo $? >&2 ) | true")
        #expect(certain.error == "141\n")
    }

    @Test(
        "a closed standard output is an error, and no file is written to in its place",
        arguments: ["--version", "train glyphs --dry-run --batch-size 1"])
    func closedOutput(command: String) throws {
        let outcome = try Program.shell("\"$STN\" \(command) >&-")
        #expect(outcome.exitCode == 74)
        #expect(
            outcome.error.hasPrefix("error: cannot write to standard output: Bad file descriptor"), "\(outcome.error)")
    }

    @Test("standard output that is full is an error, not silence")
    func fullDevice() throws {
        guard FileManager.default.fileExists(atPath: "/dev/full") else { return }
        let outcome = try Program.shell("\"$STN\" --version > /dev/full")
        #expect(outcome.exitCode == 74)
        let expected =
            "error: cannot write to standard output: No space left on device; put that right, or send the output elsewhere\n"
        #expect(outcome.error == expected)
    }
}
