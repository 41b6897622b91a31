import Foundation
import Tensors
import Testing
import Training

@Suite("Run folders")
struct RunFolderTests {
    private func create(_ destination: RunDestination) throws -> RunFolder {
        try RunFolder.create(
            at: destination, configuration: Fakes.configuration(), environment: Fakes.environment)
    }

    private func numbered(_ folder: String) -> RunDestination {
        .numbered(runsDirectory: folder + "/runs", stem: "glyphs-affine")
    }

    @Test("runs are numbered after the highest there is, and latest points at the newest")
    func numbering() throws {
        try withTemporaryFolder { folder throws in
            let first = try create(numbered(folder))
            let second = try create(numbered(folder))
            #expect(first.path == folder + "/runs/glyphs-affine-001")
            #expect(second.path == folder + "/runs/glyphs-affine-002")
            for name in [
                "glyphs-affine-041", "glyphs-affine-x", "mnist-affine-099", "glyphs-affine-extra-100",
            ] {
                try FileManager.default.createDirectory(
                    atPath: folder + "/runs/" + name, withIntermediateDirectories: false)
            }
            #expect(try create(numbered(folder)).path == folder + "/runs/glyphs-affine-042")
            let latest = try FileManager.default.destinationOfSymbolicLink(atPath: folder + "/runs/latest")
            #expect(latest == "glyphs-affine-042")
        }
    }

    @Test("latest points at runs with names of their own too, and not at folders elsewhere")
    func titled() throws {
        try withTemporaryFolder { folder throws in
            _ = try create(numbered(folder))
            let runs = folder + "/runs"
            let run = try create(.titled(runsDirectory: runs, name: "mine", overwrite: false))
            #expect(run.path == runs + "/mine")
            let latest = { try FileManager.default.destinationOfSymbolicLink(atPath: runs + "/latest") }
            #expect(try latest() == "mine")
            _ = try create(.named(path: runs + "/elsewhere", overwrite: false))
            #expect(try latest() == "mine")
            #expect(throws: RunFolderError.notEmpty(path: runs + "/mine")) {
                try create(.titled(runsDirectory: runs, name: "mine", overwrite: false))
            }
        }
    }

    @Test("a folder that cannot be made, or not be filled, says why and leaves nothing behind")
    func tooLong() throws {
        try withTemporaryFolder { folder throws in
            let reason = systemReason(ENAMETOOLONG)
            let long = String(repeating: "x", count: 256)
            #expect(throws: RunFolderError.cannotCreate(path: "\(folder)/\(long)", reason: reason)) {
                try create(.named(path: "\(folder)/\(long)", overwrite: false))
            }
            #expect(throws: RunFolderError.cannotCreate(path: "\(folder)/runs/\(long)-001", reason: reason)) {
                try create(.numbered(runsDirectory: folder + "/runs", stem: long))
            }
            // The folder and its lock are as long as the system takes, what comes next is longer.
            var deep = folder
            let limit = Int(PATH_MAX) - 8
            while deep.utf8.count < limit - 1 {
                deep += "/" + String(repeating: "d", count: min(200, limit - deep.utf8.count - 1))
            }
            #expect(throws: RunFolderError.cannotCreate(path: deep + "/checkpoints", reason: reason)) {
                try create(.named(path: deep, overwrite: false))
            }
            #expect(!FileManager.default.fileExists(atPath: deep))
        }
    }

    @Test("a new folder holds the configuration, the environment and the places for the rest")
    func contents() throws {
        try withTemporaryFolder { folder throws in
            let run = try create(.named(path: folder + "/a/b", overwrite: false))
            let configuration = try RunConfiguration(resolving: ConfigurationFile.read(run.configurationPath))
            #expect(configuration == Fakes.configuration())
            let environment = try JSONDecoder().decode(
                RunEnvironment.self, from: Data(contentsOf: URL(fileURLWithPath: run.environmentPath)))
            #expect(environment == Fakes.environment)
            let names = try FileManager.default.contentsOfDirectory(atPath: run.path)
            #expect(names.sorted() == [".lock", "checkpoints", "config.yaml", "environment.json", "figures"])
        }
    }

    @Test("a folder with anything in it is refused and left alone")
    func collision() throws {
        try withTemporaryFolder { folder throws in
            try Data("mine".utf8).write(to: URL(fileURLWithPath: folder + "/notes.txt"))
            #expect(throws: RunFolderError.notEmpty(path: folder)) {
                try create(.named(path: folder, overwrite: false))
            }
            #expect(throws: RunFolderError.notARun(path: folder)) {
                try create(.named(path: folder, overwrite: true))
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["notes.txt"])
        }
    }

    @Test("an empty folder can be used")
    func emptyFolder() throws {
        try withTemporaryFolder { folder throws in
            #expect(try create(.named(path: folder, overwrite: false)).path == folder)
        }
    }

    @Test("overwriting removes what came of the earlier run and nothing else")
    func overwrite() throws {
        try withTemporaryFolder { folder throws in
            let path = folder + "/run"
            do {
                let run = try create(.named(path: path, overwrite: false))
                for file in [
                    run.metricsPath, run.lastCheckpointPath, run.figuresPath + "/a.png", path + "/notes.txt",
                    path + "/report.html",
                ] {
                    try Data("old".utf8).write(to: URL(fileURLWithPath: file))
                }
            }
            let run = try create(.named(path: path, overwrite: true))
            #expect(!FileManager.default.fileExists(atPath: run.metricsPath))
            #expect(!FileManager.default.fileExists(atPath: run.lastCheckpointPath))
            #expect(try FileManager.default.contentsOfDirectory(atPath: run.figuresPath).isEmpty)
            #expect(try text(path + "/notes.txt") == "old")
            #expect(!FileManager.default.fileExists(atPath: path + "/report.html"))
        }
    }

    @Test("a run that is being written cannot be overwritten")
    func locking() throws {
        try withTemporaryFolder { folder throws in
            let path = folder + "/run"
            let run = try create(.named(path: path, overwrite: false))
            let error = #expect(throws: RunFolderError.self) {
                try create(.named(path: path, overwrite: true))
            }
            #expect(error == .inUse(path: path))
            #expect(error?.category == .busy)
            #expect(FileManager.default.fileExists(atPath: run.configurationPath))
        }
    }

    @Test("a place that cannot hold a folder is refused before anything is made")
    func unwritable() throws {
        try withTemporaryFolder { folder throws in
            try Data().write(to: URL(fileURLWithPath: folder + "/file"))
            for destination in [
                RunDestination.named(path: folder + "/file", overwrite: false),
                .named(path: folder + "/file/run", overwrite: false),
                .numbered(runsDirectory: folder + "/file", stem: "a"),
            ] {
                let error = #expect(throws: RunFolderError.self) { try destination.preflight() }
                #expect(error?.category == .cannotCreate)
                #expect(throws: RunFolderError.self) { try create(destination) }
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["file"])
        }
    }

    @Test("a checkpoint is found by run, by file and with its run's settings")
    func location() throws {
        try withTemporaryFolder { folder throws in
            let run = try create(.named(path: folder + "/run", overwrite: false))
            #expect(throws: RunFolderError.self) { try CheckpointLocation(run.path) }
            try Data().write(to: URL(fileURLWithPath: run.lastCheckpointPath))
            #expect(try CheckpointLocation(run.path).weightsPath == run.lastCheckpointPath)
            try Data().write(to: URL(fileURLWithPath: run.bestCheckpointPath))
            #expect(try CheckpointLocation(run.path).weightsPath == run.bestCheckpointPath)
            let byFile = try CheckpointLocation(run.lastCheckpointPath)
            #expect(byFile.runPath == run.path)
            #expect(try byFile.settings()[.dataset]?.text == "glyphs")
            #expect(throws: RunFolderError.self) { try CheckpointLocation(folder) }
            #expect(throws: RunFolderError.self) { try CheckpointLocation(folder + "/nope") }
            try Data().write(to: URL(fileURLWithPath: run.configurationPath))
            #expect(try CheckpointLocation(run.path).noDataset == .noDatasetInRun(path: run.configurationPath))
        }
    }
}
