import SpatialTransformers
import TestSupport
import Testing

@Suite("Transformers of volumes")
struct VolumeTransformerTests {
    /// Six slices, moving blobs: which half of the volume is bright decides the class.
    private func batch(seed: UInt64) -> (volumes: Tensor<Float>, labels: [Int32]) {
        let noise: Tensor<Float> = randomTensor([8, 6, 5, 4, 1], seed: seed, 0, 0.2)
        let labels = (0..<8).map { Int32($0 % 2) }
        let values = noise.values.enumerated().map { place, value in
            let (volume, slice) = (place / 120, place % 120 / 20)
            return (slice < 3) == (labels[volume] == 0) ? value + 0.8 : value
        }
        return (Tensor(noise.shape, values), labels)
    }

    private func classifier(_ outputSize: (depth: Int, height: Int, width: Int)? = nil) throws -> Classifier {
        let network = Sequential {
            VolumeTransformer(.affine3D, outputSize: outputSize) {
                Flatten(); Linear(8); ReLU()
            }
            Flatten(); Linear(2)
        }
        return try Classifier(network, input: [6, 5, 4, 1], seed: 3, threadCount: 1)
    }

    @Test("pass volumes on bit for bit before training, and show θ")
    func fresh() throws {
        let (volumes, _) = batch(seed: 1)
        let result = try #require(try classifier().transformed(volumes))
        #expect(result.images == volumes)
        #expect(result.theta.shape == [8, 12])
        #expect(Array(result.theta.values[..<12]) == Affine3D().identity)
        let smaller = try #require(try classifier((2, 3, 4)).transformed(volumes))
        #expect(smaller.images.shape == [8, 2, 3, 4, 1])
    }

    @Test("learn together with the classifier")
    func training() throws {
        let (volumes, labels) = batch(seed: 1)
        let classifier = try classifier()
        let update = OptimizerUpdate(kind: .sgd, learningRate: 0.1)
        var losses: [Double] = []
        for step in 0..<40 {
            losses.append(try classifier.trainingStep(volumes, labels: labels, step: step, update: update).lossSum)
        }
        #expect(losses[39] < losses[0] / 4, "\(losses)")
        let theta = try #require(try classifier.transformed(volumes)).theta
        #expect(theta.values != (0..<8).flatMap { _ in Affine3D().identity })
    }

    @Test("have PyTorch's order of weights behind a volume that is flattened")
    func weightOrder() throws {
        let network = Sequential {
            Flatten(); Linear(2)
        }
        let classifier = try Classifier(network, input: [2, 3, 2, 2], seed: 3, threadCount: 1)
        let file = classifier.weights(metadata: [:])
        let weight = try #require(file["fc1.weight"]?.floats())
        let entry = try #require(classifier.executor.parameters.entries.first { $0.name == "fc1.weight" })
        let own = classifier.executor.parameters.tensor(entry).values
        for (slice, row, column, channel) in [(0, 0, 0, 1), (1, 2, 1, 0), (1, 0, 1, 1)] {
            let here = ((slice * 3 + row) * 2 + column) * 2 + channel
            let there = ((channel * 2 + slice) * 3 + row) * 2 + column
            #expect(weight[there] == own[here])
        }
    }

    @Test("that do not fit are refused")
    func mistakes() throws {
        #expect(throws: NetworkError.self) { try classifier((0, 1, 1)) }
        #expect(throws: NetworkError.self) {
            try Classifier(Sequential { VolumeTransformer { Flatten() } }, input: [4, 4, 1], seed: 0)
        }
    }
}
