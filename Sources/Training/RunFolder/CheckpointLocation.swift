import Foundation
import SpatialTransformers

/// A checkpoint that a command was pointed at, with the run it belongs to if there is one.
public struct CheckpointLocation: Sendable, Equatable {
    /// The file of weights.
    public var weightsPath: String
    /// The run's folder; nil for a file that lies elsewhere.
    public var runPath: String?

    /// Finds the checkpoint that `path` means: a run folder stands for its best weights, a file for itself.
    ///
    /// - Throws: ``RunFolderError/notFound(path:expected:)``.
    public init(_ path: String) throws {
        let files = FileManager.default
        var isDirectory: ObjCBool = false
        guard files.fileExists(atPath: path, isDirectory: &isDirectory) else {
            throw RunFolderError.notFound(path: path, expected: Self.absence(of: path))
        }
        guard isDirectory.boolValue else {
            weightsPath = path
            let run = URL(fileURLWithPath: path).deletingLastPathComponent().deletingLastPathComponent().path
            runPath = files.fileExists(atPath: "\(run)/\(RunFolder.configurationName)") ? run : nil
            return
        }
        guard files.fileExists(atPath: "\(path)/\(RunFolder.configurationName)") else {
            throw RunFolderError.notFound(
                path: path,
                expected: "not a run folder, it holds no config.yaml; name a run's folder or a .safetensors file")
        }
        let candidates = ["best", "last"].map { "\(path)/checkpoints/\($0).safetensors" }
        guard let weights = candidates.first(where: files.fileExists(atPath:)) else {
            throw RunFolderError.notFound(
                path: path, expected: "the run has no checkpoint yet; let it finish an epoch")
        }
        weightsPath = weights
        runPath = path
    }

    /// Refuses weights that are not what training wrote; those without a checksum, as other programs write them, are taken.
    ///
    /// - Throws: ``CheckpointError/damaged(path:reason:)``; ``FileError`` or ``SafetensorsError`` for a bad file of weights.
    public func requireIntactWeights() throws { try Seal.check(weightsPath) }

    /// What to say of a path where nothing is.
    static func absence(of path: String) -> String {
        if (try? FileManager.default.destinationOfSymbolicLink(atPath: path)) != nil {
            return "the run it points at is gone; name another run's folder"
        }
        if URL(fileURLWithPath: path).lastPathComponent == RunDestination.latestName {
            return "no run has been made there yet; make one with 'stn train', or name a run's folder"
        }
        return "no such run folder or file; name a run's folder, as 'stn train' made it, or a .safetensors file"
    }

    /// Where pictures of the checkpoint go when nothing else is said: the run's figures, else beside the file's name in the
    /// working folder.
    public var defaultFigurePath: String {
        if let runPath { return "\(runPath)/figures/transforms.png" }
        let name = URL(fileURLWithPath: weightsPath).deletingPathExtension().lastPathComponent
        return "\(name)-transforms.png"
    }

    /// The settings that the network was trained with: the run's, else those in the file's own metadata.
    ///
    /// A file by PyTorch's `save_file` says nothing about itself; whether it has a transformer shows in its tensors.
    ///
    /// - Throws: ``ConfigurationError`` for a bad `config.yaml`, ``FileError`` or ``SafetensorsError`` for a bad file of
    ///   weights. Values are checked when they are resolved: metadata come from strangers.
    public func settings() throws -> SettingValues {
        if let runPath { return try ConfigurationFile.read("\(runPath)/\(RunFolder.configurationName)") }
        let (metadata, tensorNames) = try SafetensorsFile.summary(of: weightsPath)
        var values = SettingValues()
        let origin = SettingOrigin.weights(path: weightsPath)
        let isAffine = tensorNames.contains { $0.hasPrefix("fc_loc.") }
        values.set(.transform, (isAffine ? TransformChoice.affine : .none).rawValue, origin: origin)
        for setting in Setting.inWeights {
            values.set(setting, metadata[setting.metadataKey], origin: origin)
        }
        return values
    }

    /// What to say when neither ``settings()`` nor the user names a data set.
    package var noDataset: ConfigurationError {
        runPath.map { .noDatasetInRun(path: "\($0)/\(RunFolder.configurationName)") }
            ?? .noDatasetInWeights(path: weightsPath)
    }

    /// The names of the classes that the network tells apart, where the file of weights says so.
    ///
    /// - Throws: ``FileError`` or ``SafetensorsError``.
    public func classNames() throws -> [String]? {
        let text = try SafetensorsFile.summary(of: weightsPath).metadata["class_names"]
        return text?.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }
}
