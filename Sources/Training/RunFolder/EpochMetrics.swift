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
    /// What the first transformer does to test images; nil where there is none.
    public var health: TransformerHealth?

    private enum CodingKeys: String, CodingKey {
        case epoch
        case trainingLoss = "train_loss"
        case trainingAccuracy = "train_acc"
        case testLoss = "val_loss"
        case testAccuracy = "val_acc"
        case learningRate = "lr"
        case imagesPerSecond = "images_per_second"
        case seconds = "epoch_seconds"
        case outside = "transformer_outside"
        case scale = "transformer_scale"
        case determinant = "transformer_determinant"
        case folded = "transformer_folded"
        case departure = "transformer_departure"
        case deviation = "transformer_departure_deviation"
        case variety = "transformer_variety"
    }

    /// Reads a line.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        func number(_ key: CodingKeys) throws -> Double {
            let number = try values.decode(Double.self, forKey: key)
            // What no run writes would only overflow in a chart.
            guard abs(number) < 1e15 else {
                throw DecodingError.dataCorruptedError(forKey: key, in: values, debugDescription: "out of range")
            }
            return number
        }
        epoch = try values.decode(Int.self, forKey: .epoch)
        guard (1...1_000_000).contains(epoch) else {
            throw DecodingError.dataCorruptedError(forKey: .epoch, in: values, debugDescription: "no epoch")
        }
        trainingLoss = try number(.trainingLoss)
        trainingAccuracy = try number(.trainingAccuracy)
        testLoss = try number(.testLoss)
        testAccuracy = try number(.testAccuracy)
        learningRate = try number(.learningRate)
        imagesPerSecond = try number(.imagesPerSecond)
        seconds = try number(.seconds)
        guard values.contains(.outside) else { return }
        health = TransformerHealth(
            outside: try number(.outside), meanScale: try number(.scale), meanDeterminant: try number(.determinant),
            folded: try number(.folded), meanDeparture: try number(.departure),
            departureDeviation: try number(.deviation),
            variety: values.contains(.variety) ? try number(.variety) : nil, theta: [])
    }
}
