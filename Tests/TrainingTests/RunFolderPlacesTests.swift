import Foundation
import Tensors
import Testing
import Training

/// Where a run's folder may and may not be, and what is said of places that do not do.
@Suite("Places of run folders")
struct RunFolderPlacesTests {
    private func create(_ destination: RunDestination) throws -> RunFolder {
        try RunFolder.create(at: destination, configuration: Fakes.configuration(), environment: Fakes.environment)
    }

    private func link(_ path: String, to target: String) throws {
        try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: target)
    }

    @Test("a link to a run is followed once, be it relative, absolute or beside the working folder")
    func links() throws {
        try withTemporaryFolder { folder in
            let path = folder + "/run"
            _ = try create(.named(path: path, overwrite: false))
            try link(folder + "/relative", to: "run")
            try link(folder + "/absolute", to: path)
            try link(folder + "/dangling", to: "gone")
            #expect(try RunFolder.holding(folder + "/relative").path == path)
            #expect(try RunFolder.holding(folder + "/absolute").path == path)
            let gone = RunFolderError.notFound(
                path: folder + "/gone", expected: "the run it points at is gone; name another run's folder")
            #expect(throws: gone) { try RunFolder.holding(folder + "/dangling") }
            #expect(throws: RunFolderError.self) { try CheckpointLocation(folder + "/dangling") }
            let held = try RunFolder.holding(path)
            #expect(held.logPath == path + "/stn.log" && held.evolutionPath == path + "/evolution.jsonl")
        }
    }

    @Test("a lock that cannot be had is said")
    func lock() throws {
        try withTemporaryFolder { folder in
            let path = folder + "/run"
            _ = try create(.named(path: path, overwrite: false))
            try FileManager.default.removeItem(atPath: path + "/.lock")
            try FileManager.default.createDirectory(
                atPath: path + "/.lock", withIntermediateDirectories: false)
            let refused = RunFolderError.cannotCreate(
                path: path + "/.lock", reason: systemReason(EISDIR))
            #expect(throws: refused) { try RunFolder.holding(path) }
        }
    }

    @Test("a place behind a circle of links is refused")
    func circle() throws {
        try withTemporaryFolder { folder in
            try link(folder + "/nowhere", to: "circle")
            try link(folder + "/circle", to: "nowhere")
            for destination in [
                RunDestination.named(path: folder + "/circle/run", overwrite: false),
                .numbered(runsDirectory: folder + "/circle", stem: "a"),
            ] {
                let error = #expect(throws: RunFolderError.self) { try create(destination) }
                #expect(error?.category == .cannotCreate && error?.description.hasPrefix("cannot create ") == true)
            }
        }
    }

    @Test("of two processes that choose one number the later takes the next")
    func takenNumber() throws {
        try withTemporaryFolder { folder in
            // A dangling link has the name, which a listing of folders does not tell apart from a run.
            try link(folder + "/a-001", to: "nowhere")
            #expect(try create(.numbered(runsDirectory: folder, stem: "a")).path == folder + "/a-002")
        }
    }

    @Test("a folder called latest stays, and the run is made all the same")
    func takenLatest() throws {
        try withTemporaryFolder { folder in
            try FileManager.default.createDirectory(
                atPath: folder + "/latest/mine", withIntermediateDirectories: true)
            _ = try create(.numbered(runsDirectory: folder, stem: "a"))
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == ["a-001", "latest"])
            #expect(FileManager.default.fileExists(atPath: folder + "/latest/mine"))
        }
    }

    @Test("a link that a process of the same number left half made stands in nobody's way")
    func staleLink() throws {
        try withTemporaryFolder { folder in
            try link(folder + "/.latest.\(getpid()).tmp", to: "elsewhere")
            _ = try create(.numbered(runsDirectory: folder, stem: "a"))
            #expect(try FileManager.default.destinationOfSymbolicLink(atPath: folder + "/latest") == "a-001")
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == ["a-001", "latest"])
        }
    }

    @Test("pictures of a checkpoint go into its run, or beside the working folder's other files")
    func pictures() throws {
        try withTemporaryFolder { folder in
            let run = try create(.named(path: folder + "/run", overwrite: false))
            try Data().write(to: URL(fileURLWithPath: run.bestCheckpointPath))
            #expect(try CheckpointLocation(run.path).defaultFigurePath == run.path + "/figures/transforms.png")
            #expect(
                try CheckpointLocation(run.bestCheckpointPath).defaultFigurePath.hasSuffix("transforms.png"))
            let alone = folder + "/mine.safetensors"
            try Data().write(to: URL(fileURLWithPath: alone))
            #expect(try CheckpointLocation(alone).defaultFigurePath == "mine-transforms.png")
        }
    }

    @Test("the system's words are found inside of Foundation's errors")
    func systemReasons() {
        let posix = NSError(domain: NSPOSIXErrorDomain, code: Int(EROFS))
        let wrapped = NSError(domain: "outer", code: 1, userInfo: [NSUnderlyingErrorKey: posix])
        #expect(systemReason(posix) == String(cString: strerror(EROFS)))
        #expect(systemReason(wrapped) == String(cString: strerror(EROFS)))
        let swift = NSError(domain: "outer", code: 1, userInfo: [NSUnderlyingErrorKey: POSIXError(.EROFS)])
        #expect(systemReason(swift) == String(cString: strerror(EROFS)))
        let missing = NSError(domain: NSCocoaErrorDomain, code: CocoaError.fileReadNoSuchFile.rawValue)
        #expect(systemReason(missing) == String(cString: strerror(ENOENT)))
        let other = NSError(domain: "other", code: 1, userInfo: [NSLocalizedDescriptionKey: "two\nlines"])
        #expect(systemReason(other) == "two lines")
    }

    @Test("every error says what it is about in one line, and has its exit code")
    func wording() {
        let errors: [(any UserFacingError, ErrorCategory, [String])] = [
            (RunFolderError.writeFailed(path: "p", reason: "why"), .inputOutput, ["cannot write p: why"]),
            (
                RunFolderError.damaged(path: "p", line: 3, reason: "why"), .badData, ["p:3: why", "put the file back"]
            ),
            (CheckpointError.damaged(path: "p", reason: "why"), .badData, ["p: why", "older one"]),
            (CheckpointError.noneIntact(folder: "f", count: 2), .badData, ["f: none of 2 checkpoints"]),
            (CheckpointError.weightsAlone(folder: "f"), .badData, ["f: holds weights"]),
            (CheckpointError.otherImages(path: "p", checkpoint: 7, now: 5), .badData, ["p", "7", "5"]),
            (CheckpointError.tooFewEpochs(path: "p", epochs: 5), .usage, ["p", "5"]),
            (ConfigurationError.noDatasetInRun(path: "p"), .badConfiguration, ["p names no data set"]),
            (
                ConfigurationError.otherClasses(path: "p", weights: ["a"], dataset: "d", classes: ["b", "c"]), .badData,
                ["p was trained on 1 classes (a)", "d has 2 (b, c)"]
            ),
            (
                ConfigurationError.missing(.stepSize, neededBy: "schedule step", origin: .file(path: "p", line: 3)),
                .badConfiguration, ["p:3", "is missing beside schedule step"]
            ),
        ]
        for (error, category, parts) in errors {
            let text = error.description
            #expect(error.category == category, "\(text)")
            #expect(parts.allSatisfy(text.contains) && !text.contains("\n"), "\(text)")
        }
    }
}
