import ArgumentParser
import Datasets
import Reports
import Tensors
import Training

/// `stn data`: the data sets on this machine.
struct DataCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "data",
        abstract: "Fetch, check and list data sets.",
        discussion: """
            Data sets are kept in --data-dir, else $STN_DATA_DIR, else $XDG_CACHE_HOME/stn, else ~/.cache/stn. The glyphs \
            need no files.
            """,
        subcommands: [Fetch.self, Verify.self, List.self])

    /// The data sets that consist of files.
    static let names = ["cifar10", "mnist", "fashion-mnist"]

    static func check(_ given: [String]) throws {
        for name in given where !names.contains(name) {
            let hint = Suggestion.nearest(to: name, among: names).map { " Did you mean '\($0)'?" } ?? ""
            throw ValidationError(
                "'\(oneLine(name))' is not a data set to fetch; there are \(names.joined(separator: ", ")).\(hint)"
            )
        }
    }

    static func show(_ lines: [String]) throws {
        for line in lines { try DescriptorSink.standardOutput.write(line + "\n") }
    }

    struct Fetch: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "fetch",
            abstract: "Download data sets, or unpack an archive that you have.",
            discussion: """
                Files are checked against their official checksums, so a mirror need not be trusted. An interrupted download \
                goes on where it stopped.

                EXAMPLES
                  stn data fetch cifar10
                  stn data fetch mnist --mirror https://example.org/mnist
                  stn data fetch cifar10 --archive cifar-10-binary.tar.gz
                """)

        @Argument(
            help: ArgumentHelp("cifar10, mnist or fashion-mnist.", valueName: "data set"),
            completion: .list(DataCommand.names))
        var names: [String]

        @Option(
            help: ArgumentHelp(
                "Fetch from this https address instead; http only from this machine, http://127.0.0.1.",
                valueName: "url"))
        var mirror: String?

        @Option(
            help: ArgumentHelp("Unpack this file instead of downloading.", valueName: "file"),
            completion: .file())
        var archive: String?

        @OptionGroup var directory: DataDirectoryOption
        @OptionGroup var quiet: QuietOption

        func validate() throws {
            try DataCommand.check(names)
            if mirror != nil, archive != nil {
                throw ValidationError("--mirror and --archive contradict each other; drop one")
            }
            if archive != nil, names.count != 1 {
                throw ValidationError("--archive holds one data set; name one, not \(names.count)")
            }
            if let mirror, (try? TransportPolicy.address(of: "file", behind: mirror)) == nil {
                throw ValidationError(
                    "--mirror takes an https address, or http on this machine (http://127.0.0.1), not '\(oneLine(mirror))'"
                )
            }
        }

        func run() throws {
            var options = Fetcher.Options()
            (options.mirror, options.archive) = (mirror, archive)
            let folder = DataFolder.resolve(option: directory.dataDirectory)
            let fetcher = Fetcher(folder: folder, options: options, logger: Diagnostics.logger(verbose: false))
            for name in names {
                let meter = TransferMeter(
                    DescriptorSink.standardError, terminal: .current(), isQuiet: quiet.quiet)
                let outcome = try fetcher.fetchBlocking(DataCatalog.source(named: name)) { meter.show($0) }
                meter.finish()
                try DataCommand.show(["\(name): \(outcome.summary)"])
            }
            let place = directory.dataDirectory.map { " --data-dir \($0)" } ?? ""
            quiet.suggest("stn train \(names[0])\(place)", "stn data verify \(names[0])\(place)")
        }
    }

    struct Verify: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "verify",
            abstract: "Check the files of data sets: sizes, checksums, labels.",
            discussion: """
                EXAMPLE
                  stn data verify cifar10
                """)

        @Argument(
            help: ArgumentHelp("Default: all that are there.", valueName: "data set"),
            completion: .list(DataCommand.names))
        var names: [String] = []

        @OptionGroup var directory: DataDirectoryOption

        func validate() throws { try DataCommand.check(names.filter { $0 != Glyphs.name }) }

        func run() throws {
            let folder = DataFolder.resolve(option: directory.dataDirectory)
            let found = DataCatalog.entries(in: folder).filter { $0.state != .missing }.map(\.source.name)
            if names.isEmpty, found.isEmpty {
                throw DatasetError.noneThere(folder: folder.path, option: folder.option)
            }
            var problems: [DatasetError] = []
            for name in names.isEmpty ? found : names {
                if name == Glyphs.name {
                    try DataCommand.show(["\(name): built in, needs no files"])
                    continue
                }
                let report = try DataCatalog.verify(name, in: folder)
                if report.state != .missing { try DataCommand.show(report.lines) }
                if let problem = report.problem(in: folder) { problems.append(problem) }
            }
            // All have been looked at; one line is said about each, and the worst decides the exit code.
            for problem in problems { Failure.say(problem) }
            let worst = problems.map(\.category).min { $0.rawValue < $1.rawValue }
            if let worst { throw ExitCode(worst.exitCode) }
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list",
            abstract: "List the data sets there are, and which are on this machine.")

        @OptionGroup var directory: DataDirectoryOption

        func run() throws {
            try DataCommand.show(DataListing.lines(of: DataFolder.resolve(option: directory.dataDirectory)))
        }
    }
}
