import Foundation
import Interchange
import SpatialTransformers

/// What a checkpoint says of the run beside weights and the optimizer's memory: JSON in its metadata, as `run`.
package struct CheckpointRecord: Codable, Equatable {
    /// Where training stands.
    var progress: TrainingProgress
    /// The bytes of each file that grows with the run, by its name in the run's folder.
    var journals: [String: Int]
    /// The settings that must not change while a run goes on.
    var settings: [String: String]
    /// Training images, which a folder may have lost or gained since.
    var images: Int

    private static let key = "run"

    /// A record of a run that has come to `progress`.
    init(_ progress: TrainingProgress, journals: [String: Int], configuration: RunConfiguration, images: Int) {
        self.progress = progress.compact
        self.journals = journals
        self.images = images
        settings = Self.fixedSettings(of: configuration)
    }

    /// The record as metadata.
    package var metadata: [String: String] {
        get throws {
            let encoder = JSONEncoder()
            // Sorted, so that equal records give equal bytes.
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            encoder.nonConformingFloatEncodingStrategy = .convertToString(
                positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
            return [Self.key: String(decoding: try encoder.encode(self), as: UTF8.self)]
        }
    }

    /// Reads the record of a checkpoint; `path` is for messages.
    ///
    /// - Throws: ``CheckpointError/damaged(path:reason:)``.
    package init(in file: SafetensorsFile, path: String) throws(CheckpointError) {
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        guard let text = file.metadata[Self.key], JSONText.flaw(in: Array(text.utf8)) == nil,
            let record = try? decoder.decode(Self.self, from: Data(text.utf8))
        else {
            throw .damaged(path: path, reason: "it does not say how far its run had come")
        }
        self = record
    }

    /// Where a run of these settings and images goes on; refuses one that is another than the checkpoint's.
    ///
    /// - Throws: ``CheckpointError``.
    package func progress(
        for configuration: RunConfiguration, plan: TrainingPlan, path: String
    ) throws(CheckpointError) -> TrainingProgress {
        let now = Self.fixedSettings(of: configuration)
        for name in Set(now.keys).union(settings.keys).sorted() where now[name] != settings[name] {
            throw .otherSetting(
                path: path, name: name, checkpoint: settings[name] ?? "unset", run: now[name] ?? "nothing of it")
        }
        guard images == plan.imageCount else {
            throw .otherImages(path: path, checkpoint: images, now: plan.imageCount)
        }
        if progress.epoch > plan.epochs + 1 || progress.epoch == plan.epochs + 1 && progress.batches > 0 {
            throw .tooFewEpochs(path: path, epochs: plan.epochs)
        }
        guard let progress = progress.adopted(by: plan) else {
            throw .damaged(path: path, reason: "it says that its run had come to where none comes")
        }
        return progress
    }

    private static func fixedSettings(of configuration: RunConfiguration) -> [String: String] {
        let fixed = configuration.entries.filter { entry in
            !entry.setting.mayChangeOnResume && !(entry.setting == .dataset && configuration.dataset.isFolder)
        }
        return fixed.reduce(into: [:]) { $0[$1.setting.rawValue] = $1.text }
    }
}

extension Setting {
    /// Whether a run may go on with another value: what changes neither network, data nor the order of anything, and what it does
    /// at a fault, which it has not met yet.
    ///
    /// A folder of images may have moved; whether it holds as many as before is seen when it is read.
    var mayChangeOnResume: Bool {
        switch self {
        case .epochs, .threads, .logInterval, .figureEvery, .saveEvery, .dataDirectory, .onNonfinite: true
        default: false
        }
    }
}
