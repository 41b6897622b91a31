import Foundation
import Interchange
import Tensors

/// The folder that holds all there is to know about one run; locked while the object lives.
///
/// - Note: the lock is the kernel's, so it goes with the process however that ends. Network file systems that do not
///   lock are not protected.
public final class RunFolder {
    /// The folder.
    public let path: String

    /// The complete configuration, readable again with `--config`.
    public var configurationPath: String { path + "/" + Self.configurationName }
    /// What the run ran on.
    public var environmentPath: String { path + "/environment.json" }
    /// A line of JSON an epoch.
    public var metricsPath: String { path + "/" + Self.metricsName }
    /// The log, in the lines of ``SeedLog``.
    public var logPath: String { path + "/" + Self.logName }
    /// What a run goes on from, and its weights.
    public var checkpointsPath: String { path + "/checkpoints" }
    /// The weights after the last finished epoch.
    public var lastCheckpointPath: String { checkpointsPath + "/last.safetensors" }
    /// The weights of the epoch that did best on the test images.
    public var bestCheckpointPath: String { checkpointsPath + "/best.safetensors" }
    /// What the transformer chose for a few images after each epoch; see ``EvolutionLine``.
    public var evolutionPath: String { path + "/" + EvolutionLine.fileName }
    /// Pictures.
    public var figuresPath: String { path + "/figures" }

    /// The picture drawn after an epoch; four digits, so that names sort by epoch.
    public func figurePath(epoch: Int) -> String {
        "\(figuresPath)/epoch-\(String(repeating: "0", count: max(0, 4 - String(epoch).count)))\(epoch).png"
    }

    static let configurationName = "config.yaml"
    static let metricsName = "metrics.jsonl"
    static let logName = "stn.log"
    private static let lockName = ".lock"
    private let lock: Int32

    private init(path: String, lock: Int32) {
        self.path = path
        self.lock = lock
    }

    deinit { close(lock) }

    /// Makes the folder with its configuration and environment; a folder that cannot be completed is removed again.
    ///
    /// - Throws: ``RunFolderError``.
    public static func create(
        at destination: RunDestination, configuration: RunConfiguration, environment: RunEnvironment
    ) throws -> RunFolder {
        try destination.preflight()
        let (path, isNew) = try makeDirectory(for: destination)
        do {
            let folder = RunFolder(path: path, lock: try takeLock(in: path))
            if !isNew { try folder.removeEarlierRun() }
            for name in ["checkpoints", "figures"] {
                guard mkdir("\(path)/\(name)", 0o777) == 0 || errno == EEXIST else {
                    throw RunFolderError.cannotCreate(path: "\(path)/\(name)", reason: systemReason())
                }
            }
            try AtomicFile.write(Array(try environment.json.utf8), to: folder.environmentPath)
            try folder.write(configuration)
            // The folder's own name; best effort, as some places let one write and not list.
            try? SystemStorage().synchronizeFolder(URL(fileURLWithPath: path).deletingLastPathComponent().path)
            if let runs = destination.runsDirectory { pointLatest(of: runs, to: path) }
            return folder
        } catch {
            if isNew { try? FileManager.default.removeItem(atPath: path) }
            throw error
        }
    }

    /// Takes hold of a run's folder to go on with the run.
    ///
    /// - Parameter path: The folder; a link such as `runs/latest` is followed once, so that the run stays the same one.
    /// - Returns: The folder, held until it is let go of.
    /// - Throws: ``RunFolderError``, ``RunFolderError/inUse(path:)`` when another process holds it.
    public static func holding(_ path: String) throws -> RunFolder {
        let absence = CheckpointLocation.absence(of: path)
        var path = path
        if let target = try? FileManager.default.destinationOfSymbolicLink(atPath: path) {
            let parent = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
            path = target.hasPrefix("/") ? target : parent + target
        }
        guard FileManager.default.fileExists(atPath: path) else {
            throw RunFolderError.notFound(path: path, expected: absence)
        }
        guard FileManager.default.fileExists(atPath: "\(path)/\(configurationName)") else {
            throw RunFolderError.notFound(path: path, expected: "not a run folder, it holds no config.yaml")
        }
        return RunFolder(path: path, lock: try takeLock(in: path))
    }

    /// Writes the configuration in place of the one that is there.
    ///
    /// - Throws: ``FileError``.
    func write(_ configuration: RunConfiguration) throws {
        try AtomicFile.write(Array(try ConfigurationFile.text(of: configuration).utf8), to: configurationPath)
    }

    private static func makeDirectory(for destination: RunDestination) throws -> (path: String, isNew: Bool) {
        switch destination {
        case .numbered(let runs, let stem):
            try makeParents(runs)
            return (try makeNumbered(in: runs, stem: stem), true)
        case .titled(let runs, let name, let overwrite):
            return try makeDirectory(for: .named(path: "\(runs)/\(name)", overwrite: overwrite))
        case .named(let path, _):
            try makeParents(URL(fileURLWithPath: path).deletingLastPathComponent().path)
            if mkdir(path, 0o777) == 0 { return (path, true) }
            guard errno == EEXIST else {
                throw RunFolderError.cannotCreate(path: path, reason: systemReason())
            }
            return (path, false)
        }
    }

    private static func makeParents(_ path: String) throws {
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            throw RunFolderError.cannotCreate(path: path, reason: systemReason(error))
        }
    }

    /// The number after the highest there is, so that numbers tell the order of runs even where some were deleted;
    /// `mkdir` decides between processes that choose the same.
    private static func makeNumbered(in runs: String, stem: String) throws -> String {
        let names = SystemStorage().namesIfReadable(in: runs)
        let highest = names.compactMap { name in
            name.hasPrefix(stem + "-") ? Int(name.dropFirst(stem.count + 1)) : nil
        }.filter { (0..<1_000_000).contains($0) }.max()
        var number = (highest ?? 0) + 1
        while true {
            let digits = String(number)
            let padded = String(repeating: "0", count: max(0, 3 - digits.count)) + digits
            let path = "\(runs)/\(stem)-\(padded)"
            if mkdir(path, 0o777) == 0 { return path }
            guard errno == EEXIST else {
                throw RunFolderError.cannotCreate(path: path, reason: systemReason())
            }
            number += 1
        }
    }

    private static func takeLock(in path: String) throws -> Int32 {
        let lockPath = "\(path)/\(lockName)"
        let descriptor = open(lockPath, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else {
            throw RunFolderError.cannotCreate(path: lockPath, reason: systemReason())
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let reason = systemReason()
            let isHeld = errno == EWOULDBLOCK
            close(descriptor)
            throw isHeld ? RunFolderError.inUse(path: path) : .cannotCreate(path: lockPath, reason: reason)
        }
        return descriptor
    }

    /// Removes what a run writes and nothing else.
    private func removeEarlierRun() throws {
        let names = SystemStorage().namesIfReadable(in: path)
        let own: Set = [
            Self.configurationName, "environment.json", Self.metricsName, Self.logName, "checkpoints", "figures",
            EvolutionLine.fileName, "report.html",
        ]
        for name in names where own.contains(name) || name.hasPrefix(TensorBoardWriter.filePrefix) {
            do {
                try FileManager.default.removeItem(atPath: "\(path)/\(name)")
            } catch {
                throw RunFolderError.cannotCreate(path: "\(path)/\(name)", reason: systemReason(error))
            }
        }
    }

    /// Best effort: a run is not worse for a file system without links, or a folder someone called `latest`.
    private static func pointLatest(of runs: String, to path: String) {
        let temporary = "\(runs)/.latest.\(getpid()).tmp"
        unlink(temporary)
        let target = URL(fileURLWithPath: path).lastPathComponent
        if symlink(target, temporary) != 0 || rename(temporary, "\(runs)/\(RunDestination.latestName)") != 0 {
            unlink(temporary)
        }
    }
}
