import Foundation
import SpatialTransformers
import TestSupport
import Testing

/// Ten training steps against PyTorch's: the whole of forward, loss, backward, update and weight layouts at once.
@Suite("Ten training steps of the seed network")
struct SeedTrainingTests {
    /// The seed's network without dropout, with the golden run's initial weights.
    private func network(_ convolutions: ConvolutionAlgorithm) throws -> Classifier {
        let layers = Sequential {
            SpatialTransformer(.affine) {
                Conv2d(64, kernel: 7); MaxPool2d(2); ReLU()
                Conv2d(128, kernel: 5); MaxPool2d(2); ReLU()
                Flatten(); Linear(256); ReLU()
            }
            Conv2d(16, kernel: 5); MaxPool2d(2); ReLU()
            Conv2d(32, kernel: 5); MaxPool2d(2); ReLU()
            Flatten(); Linear(1024); ReLU()
            Linear(10)
        }
        let classifier = try Classifier(
            layers, input: [32, 32, 3], seed: 0, threadCount: 2, convolutions: convolutions)
        let weights = SafetensorsFile(
            tensors: SeedGolden.parameters().map { .init(name: $0.name, shape: $0.shape, floats: $0.values) })
        try classifier.loadWeights(from: weights, named: "SeedGolden")
        return classifier
    }

    /// Tolerance for a value: ten times what float32 and another order of summation change in PyTorch itself, and not
    /// below the rounding of the value's own storage; times the error that `convolutions` states for itself.
    private func tolerance(
        _ golden: Golden, _ name: String, scale: Float, _ convolutions: ConvolutionAlgorithm
    ) throws -> Float {
        let error: Float = convolutions == .direct ? 1 : 6
        let rounding = error * 10 * Float(try #require(golden.number(name, "deviation"))) + 4 * scale.ulp
        // Never more than what the project promises.
        return min(rounding, name == "losses" ? 1e-5 * scale : 1e-4)
    }

    private func expectValue(
        _ actual: [Float], _ golden: Golden, _ name: String, _ key: String,
        _ convolutions: ConvolutionAlgorithm,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let expected = try golden.tensor(name, key).values
        let scale = expected.reduce(0) { max($0, abs($1)) }
        expectClose(
            actual, expected, relative: 0, absolute: try tolerance(golden, name, scale: scale, convolutions), name,
            sourceLocation: sourceLocation)
    }

    /// Log-probabilities of PyTorch's logits, in double precision.
    private func logProbabilities(_ golden: Golden, _ name: String) throws -> [Double] {
        let logits = try golden.doubles(name, "value").values
        return stride(from: 0, to: logits.count, by: 10).flatMap { start in
            let row = logits[start..<start + 10]
            let logSum = row.reduce(0) { $0 + exp($1) }
            return row.map { $0 - log(logSum) }
        }
    }

    @Test(
        "θ, class scores, losses and final weights are PyTorch's", arguments: [ConvolutionAlgorithm.direct, .fastest])
    func parity(_ convolutions: ConvolutionAlgorithm) throws {
        let golden = try Golden("seed_training")
        let classifier = try network(convolutions)
        let update = OptimizerUpdate(kind: .sgd, learningRate: SeedGolden.learningRate)
        var losses: [Float] = []
        for step in 0..<UInt32(SeedGolden.stepCount) {
            let batch = SeedGolden.batch(step)
            let images = channelsLast(batch.images)
            if step == 0 {
                let theta = try #require(try classifier.transformed(images)).theta
                try expectValue(theta.values, golden, "thetaOfFirstStep", "value", convolutions)
            }
            if step == 0 || step == 9 {
                let scores = try classifier.logProbabilities(of: images).values.map(Double.init)
                let name = step == 0 ? "logitsOfFirstStep" : "logitsOfLastStep"
                expectClose(scores, try logProbabilities(golden, name), relative: 0, absolute: 3e-6, name)
            }
            let labels = batch.labels.map(Int32.init)
            let lossSum = try images.values.withUnsafeBufferPointer { images in
                try labels.withUnsafeBufferPointer { labels in
                    try classifier.executor.trainingStep(
                        images: images, labels: labels, step: step, update: update)
                }
            }.lossSum
            losses.append(Float(lossSum) / Float(SeedGolden.batchSize))
        }
        try expectValue(losses, golden, "losses", "value", convolutions)
        let final = try Golden("seed_final_parameters")
        let weights = classifier.weights()
        for parameter in SeedGolden.parameters() {
            try expectValue(try weights.floats(named: parameter.name), final, parameter.name, "final", convolutions)
        }
    }
}
