import Foundation

/// What the folder of a run tells about it, without weights and data.
public struct RunRecord: Sendable {
    /// The folder as it was given.
    public let path: String
    /// The folder's own name, `latest` followed to where it points.
    public let name: String
    /// The settings of `config.yaml`, unchecked.
    public let settings: SettingValues
    /// What it ran on; nil where the folder does not say.
    public let environment: RunEnvironment?
    /// A finished epoch each, in their order; at least one.
    public let epochs: [EpochMetrics]
    /// Lines of the log about a transformer in trouble, without "warning: ".
    public let warnings: [String]
    /// What the transformer chose after each epoch; empty for runs without one, or of before it was kept.
    public let evolution: [EvolutionLine]
    /// The best weights, else the last; nil where there are none.
    public let checkpoint: CheckpointLocation?

    /// Reads a run's folder.
    ///
    /// - Throws: ``RunFolderError`` when there is no such folder, it is no run or has no finished epoch, or holds what no run
    ///   writes; ``ConfigurationError`` for a bad `config.yaml`.
    public init(_ path: String) throws {
        try Self.requireRun(path)
        self.path = path
        name = URL(fileURLWithPath: path).resolvingSymlinksInPath().lastPathComponent
        settings = try ConfigurationFile.read("\(path)/\(RunFolder.configurationName)")
        environment = try RunFiles.value("\(path)/environment.json", as: RunEnvironment.self)
        epochs = Self.ordered(try RunFiles.lines("\(path)/metrics.jsonl", as: EpochMetrics.self), by: \.epoch)
        guard !epochs.isEmpty else {
            throw RunFolderError.notFound(
                path: path, expected: "the run has no finished epoch in its metrics.jsonl; let it finish one")
        }
        warnings = try RunFiles.lines(of: "\(path)/stn.log", startingWith: "warning: ", limit: Self.mostWarnings)
        evolution = Self.ordered(
            try RunFiles.lines("\(path)/\(EvolutionLine.fileName)", as: EvolutionLine.self), by: \.epoch)
        checkpoint = try? CheckpointLocation(path)
    }

    /// The epoch that did best on the test images: the most right, then the lowest loss, then the first.
    public var best: EpochMetrics {
        epochs.dropFirst().reduce(epochs[0]) { best, epoch in
            epoch.testAccuracy != best.testAccuracy
                ? (epoch.testAccuracy > best.testAccuracy ? epoch : best)
                : (epoch.testLoss < best.testLoss ? epoch : best)
        }
    }

    /// The last finished epoch.
    public var last: EpochMetrics { epochs[epochs.count - 1] }

    /// More are more of the same.
    private static let mostWarnings = 10_000

    private static func requireRun(_ path: String) throws(RunFolderError) {
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else {
            throw .notFound(path: path, expected: CheckpointLocation.absence(of: path))
        }
        guard isDirectory.boolValue else {
            throw .notFound(path: path, expected: "a file, but a report is of a run; name the run's folder")
        }
        guard FileManager.default.fileExists(atPath: "\(path)/\(RunFolder.configurationName)") else {
            throw .notFound(
                path: path, expected: "not a run folder, it holds no config.yaml; name a run's folder")
        }
    }

    /// One line for each epoch, the later where an epoch stands twice, in the order of epochs.
    package static func ordered<Line>(_ lines: [Line], by epoch: KeyPath<Line, Int>) -> [Line] {
        let latest = Dictionary(lines.map { ($0[keyPath: epoch], $0) }) { _, later in later }
        return latest.sorted { $0.key < $1.key }.map(\.value)
    }
}
