import Foundation
import Training

/// What a run's folder holds.
enum RunInformation {
    private typealias Entry = InformationValue.Entry

    /// A line of `metrics.jsonl`, as far as it is shown.
    private struct Epoch: Decodable {
        let epoch: Int
        let valAcc: Double
        let valLoss: Double

        private enum CodingKeys: String, CodingKey {
            case epoch
            case valAcc = "val_acc"
            case valLoss = "val_loss"
        }
    }

    static func entries(of path: String) throws -> [InformationValue.Entry] {
        let settings = try ConfigurationFile.read("\(path)/config.yaml")
        let epochs = try RunFiles.lines("\(path)/metrics.jsonl", as: Epoch.self)
        let best = epochs.max { ($0.valAcc, -$0.valLoss) < ($1.valAcc, -$1.valLoss) }
        return [
            Entry("epochs", .integer(epochs.last?.epoch ?? 0)),
            Entry("best", best.map(summary) ?? .record([])), Entry("last", epochs.last.map(summary) ?? .record([])),
            Entry(
                "configuration",
                .texts(Setting.allCases.compactMap { name in settings[name].map { (name.rawValue, $0.text) } })),
            Entry("files", .table(columns: ["file", "bytes"], rows: try files(of: path))),
        ]
    }

    private static func summary(_ epoch: Epoch) -> InformationValue {
        .record([
            Entry("epoch", .integer(epoch.epoch)), Entry("accuracy", .number(epoch.valAcc)),
            Entry("loss", .number(epoch.valLoss)),
        ])
    }

    /// Checkpoints, logs and events, by name; pictures and locks are left out.
    private static func files(of path: String) throws -> [[InformationValue]] {
        let files = FileManager.default
        let names =
            (files.subpaths(atPath: path) ?? []).filter { name in
                !name.hasPrefix(".") && !name.hasSuffix(".png") && !name.hasSuffix(".tmp")
            }.sorted()
        return names.prefix(1000).compactMap { name in
            let attributes = try? files.attributesOfItem(atPath: "\(path)/\(name)")
            guard attributes?[.type] as? FileAttributeType == .typeRegular, let size = attributes?[.size] as? Int else {
                return nil
            }
            return [.text(name), .integer(size)]
        }
    }
}
