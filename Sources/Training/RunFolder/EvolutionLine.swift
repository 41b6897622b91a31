import Datasets
import Foundation

/// One line of `evolution.jsonl`: what the transformer chose for a few test images after an epoch.
///
/// Keeping θ is the cheapest truthful record of how a transformation came about: a line of numbers an epoch, from which the
/// pictures are drawn again with the data set at hand. Weights of every epoch would be a thousand times larger.
public struct EvolutionLine: Sendable, Equatable, Codable {
    /// The epoch, from 1.
    public var epoch: Int
    /// Places of the images in the test split.
    public var images: [Int]
    /// θ of each image; what was not finite is NaN, which the file holds as null.
    public var theta: [[Float]]

    /// A line.
    public init(epoch: Int, images: [Int], theta: [[Float]]) {
        self.epoch = epoch
        self.images = images
        self.theta = theta
    }

    static let fileName = "evolution.jsonl"

    private enum CodingKeys: String, CodingKey { case epoch, images, theta }

    /// Reads a line.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        epoch = try values.decode(Int.self, forKey: .epoch)
        images = try values.decode([Int].self, forKey: .images)
        theta = try values.decode([[Float?]].self, forKey: .theta).map { $0.map { $0 ?? .nan } }
        guard epoch > 0, (1...1024).contains(images.count), images.count == theta.count,
            images.allSatisfy({ $0 >= 0 }), theta.allSatisfy({ $0.count == theta[0].count && $0.count <= 10_000 })
        else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: [], debugDescription: "images and θ do not belong together"))
        }
    }

    /// The line as JSON, without a line break.
    package var json: String {
        let rows = theta.map { row in
            "[" + row.map { $0.isFinite ? "\($0)" : "null" }.joined(separator: ",") + "]"
        }
        let places = images.map(String.init).joined(separator: ",")
        return "{\"epoch\":\(epoch),\"images\":[\(places)],\"theta\":[\(rows.joined(separator: ","))]}"
    }
}

/// Appends a line an epoch to `evolution.jsonl`; a model without a transformer leaves none.
public final class EvolutionWriter: TrainingObserver {
    /// Sixteen images fill a sheet that one can take in, and their θ a line of some kilobytes.
    private static let imageCount = 16

    private let model: any TrainableModel
    private let sink: any TextSink
    private let loader: BatchLoader
    private let indices: [Int]

    /// A writer to `sink`; the images are the first of those that are drawn into the run's figures.
    public init(model: any TrainableModel, dataset: Dataset, on sink: any TextSink) {
        (self.model, self.sink) = (model, sink)
        indices = dataset.test.drawnIndices(Self.imageCount, seed: 0)
        loader = BatchLoader(dataset.test, normalization: dataset.normalization, capacity: max(1, indices.count))
    }

    /// Called after each epoch.
    public func epochDidFinish(_ report: EpochReport) throws {
        let theta = try loader.withBatch(indices[...]) { images, labels in
            try model.transformationParameters(images: images, count: labels.count)
        }
        guard let theta, theta.shape[0] == indices.count else { return }
        let rows = indices.indices.map { row in
            Array(theta.values[row * theta.shape[1]..<(row + 1) * theta.shape[1]])
        }
        try sink.write(EvolutionLine(epoch: report.epoch, images: indices, theta: rows).json + "\n")
    }
}
