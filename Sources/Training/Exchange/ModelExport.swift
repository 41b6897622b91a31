import Foundation
import ModelFormats
import SpatialTransformers
import Tensors

/// A trained network in a file for other programs.
public struct ModelExport: Sendable {
    /// The kinds of files, by their names on the command line.
    public enum Format: String, Sendable, CaseIterable {
        /// The whole network, for runtimes.
        case onnx
        /// The weights under PyTorch's names, for `load_state_dict`.
        case safetensors
    }

    /// The kind of file.
    public var format: Format
    /// ONNX: the operators that may be used; the older ones, as more programs read them.
    public var operatorSet = ONNXOperatorSet.version16
    /// ONNX: what the first output holds; logits, from which a program may make what it likes.
    public var scores = ONNXExport.Scores.logits

    /// An export with its defaults.
    public init(_ format: Format) { self.format = format }

    /// Where the file goes when nothing else is said: into the working folder, called after the run or the weights.
    public func defaultPath(for checkpoint: CheckpointLocation) -> String {
        let run = checkpoint.runPath.map { URL(fileURLWithPath: $0).resolvingSymlinksInPath() }
        let weights = URL(fileURLWithPath: checkpoint.weightsPath).deletingPathExtension()
        return "\((run ?? weights).lastPathComponent).\(format.rawValue)"
    }

    /// Writes the network of a checkpoint to `path`, whole or not at all; a file that is there already is replaced.
    ///
    /// The file's metadata are the checkpoint's, what ``ModelInterface`` says of images and classes, and those of `settings`, the
    /// run's and the user's, that decide what the network is. An ONNX model takes pixels from 0 to 1 and normalises them itself.
    ///
    /// - Throws: ``ONNXError`` for what ONNX cannot express, ``FileError``, ``SafetensorsError``, and
    ///   ``ModelExportError/ontoItself(path:)``.
    public func write(
        _ model: ClassifierModel, of checkpoint: CheckpointLocation, settings: SettingValues, to path: String
    ) throws {
        func resolved(_ path: String) -> String { URL(fileURLWithPath: path).resolvingSymlinksInPath().path }
        guard resolved(path) != resolved(checkpoint.weightsPath) else { throw ModelExportError.ontoItself(path: path) }
        var metadata = try SafetensorsFile.summary(of: checkpoint.weightsPath).metadata
        metadata.merge(model.interface.metadata) { _, new in new }
        for setting in Setting.inWeights {
            if let value = settings[setting] { metadata[setting.metadataKey] = value.text }
        }
        metadata["stn_version"] = ProductVersion.current
        switch format {
        case .safetensors: try model.weights(metadata: metadata).write(to: path)
        case .onnx:
            var export = ONNXExport()
            (export.operatorSet, export.scores) = (operatorSet, scores)
            let normalization = model.interface.normalization
            export.normalization = (normalization.mean, normalization.deviation)
            // What the weights' file is in, not the network.
            metadata["format"] = nil
            export.metadata = metadata
            try export.model(of: model.classifier).write(to: path)
        }
    }
}

/// Why a network cannot be written to a file.
public enum ModelExportError: UserFacingError, Equatable {
    /// The file that the weights are read from.
    case ontoItself(path: String)

    /// A wrong option.
    public var category: ErrorCategory { .usage }

    /// One line: the path, what is wrong with it, what to do.
    public var description: String {
        switch self {
        case .ontoItself(let path):
            "\(oneLine(path, limit: 400)): the weights are read from there; name another file with --output"
        }
    }
}
