/// An epoch's figures, read back from `metrics.jsonl`.
public struct EpochMetrics: Sendable, Equatable, Decodable {
    /// The epoch, from 1.
    public var epoch: Int
    /// Mean loss over the epoch's batches, each before its update.
    public var trainingLoss: Double
    /// Share of training images classified rightly, from 0 to 1.
    public var trainingAccuracy: Double
    /// Mean loss on the test images after the epoch.
    public var testLoss: Double
    /// Share of test images classified rightly, from 0 to 1.
    public var testAccuracy: Double
    /// The learning rate of the last step.
    public var learningRate: Double
    /// Training speed.
    public var imagesPerSecond: Double
    /// Time for training and test together.
    public var seconds: Double
    /// What each transformer does to test images; none where there is no transformer.
    public var health: [TransformerHealth]

    private enum CodingKeys: String, CodingKey {
        case epoch
        case trainingLoss = "train_loss"
        case trainingAccuracy = "train_acc"
        case testLoss = "val_loss"
        case testAccuracy = "val_acc"
        case learningRate = "lr"
        case imagesPerSecond = "images_per_second"
        case seconds = "epoch_seconds"
    }

    /// Reads a line.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        epoch = try values.decode(Int.self, forKey: .epoch)
        guard (1...1_000_000).contains(epoch) else {
            throw DecodingError.dataCorruptedError(forKey: .epoch, in: values, debugDescription: "no epoch")
        }
        trainingLoss = try values.number(.trainingLoss)
        trainingAccuracy = try values.number(.trainingAccuracy)
        testLoss = try values.number(.testLoss)
        testAccuracy = try values.number(.testAccuracy)
        learningRate = try values.number(.learningRate)
        imagesPerSecond = try values.number(.imagesPerSecond)
        seconds = try values.number(.seconds)
        let healths = try decoder.container(keyedBy: HealthKey.self)
        health = []
        while let next = try Self.health(ofTransformer: health.count, in: healths) { health.append(next) }
    }

    /// The health of a transformer, counted from 0; nil where the line has none of it.
    private static func health(
        ofTransformer place: Int, in values: KeyedDecodingContainer<HealthKey>
    ) throws -> TransformerHealth? {
        func number(_ figure: HealthKey.Figure) throws -> Double { try values.number(HealthKey(figure, of: place)) }
        guard values.contains(HealthKey(.outside, of: place)) else { return nil }
        return TransformerHealth(
            outside: try number(.outside), meanScale: try number(.scale), meanDeterminant: try number(.determinant),
            folded: try number(.folded), meanDeparture: try number(.departure),
            departureDeviation: try number(.deviation),
            variety: values.contains(HealthKey(.variety, of: place)) ? try number(.variety) : nil, theta: [])
    }
}

extension KeyedDecodingContainer {
    /// A number that a run may have written.
    fileprivate func number(_ key: Key) throws -> Double {
        let number = try decode(Double.self, forKey: key)
        // What no run writes would only overflow in a chart.
        guard abs(number) < 1e15 else {
            throw DecodingError.dataCorruptedError(forKey: key, in: self, debugDescription: "out of range")
        }
        return number
    }
}

/// What `metrics.jsonl` calls a figure of a transformer.
struct HealthKey: CodingKey {
    /// The figures, in the order of the line.
    enum Figure: String {
        case outside, scale, determinant, folded, departure
        case deviation = "departure_deviation"
        case variety
    }

    let stringValue: String

    /// The key of a transformer's figure; transformers count from 0.
    ///
    /// The first has no number, as among the names of parameters.
    init(_ figure: Figure, of place: Int) {
        stringValue = "transformer\(place == 0 ? "" : "\(place + 1)")_\(figure.rawValue)"
    }

    init?(stringValue: String) { self.stringValue = stringValue }

    var intValue: Int? { nil }
    init?(intValue: Int) { nil }
}
