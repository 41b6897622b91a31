import Foundation
import Interchange
import Training

/// What a run's folder holds.
enum RunInformation {
    private typealias Entry = InformationValue.Entry

    /// A line of `metrics.jsonl`, as far as it is shown.
    private struct Epoch: Decodable {
        let epoch: Int
        let valAcc: Double
        let valLoss: Double
    }

    /// Lines of hundreds of thousands of epochs; more is another kind of file.
    private static let largestMetrics = 1 << 26

    static func entries(of path: String) throws -> [InformationValue.Entry] {
        let settings = try ConfigurationFile.read("\(path)/config.yaml")
        let epochs = try epochs(of: "\(path)/metrics.jsonl")
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

    /// The epochs so far; none where the file is not there yet.
    ///
    /// A last line that is cut off is left out: that is how a killed program leaves it.
    private static func epochs(of path: String) throws -> [Epoch] {
        let file: InputFile
        do {
            file = try InputFile(path: path)
        } catch FileError.missing {
            return []
        }
        guard file.byteCount <= largestMetrics else {
            throw InformationError.damaged(path: path, reason: "\(file.byteCount) bytes of metrics")
        }
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let lines = try file.read(file.byteCount).split(separator: UInt8(ascii: "\n"))
        return try lines.enumerated().compactMap { index, line in
            if let epoch = try? decoder.decode(Epoch.self, from: Data(line)) { return epoch }
            if index == lines.count - 1 { return nil }
            throw InformationError.damaged(path: path, reason: "line \(index + 1) is no epoch's")
        }
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
