import SpatialTransformers
import TestSupport
import Testing

@Suite("What users may rely on")
struct InvariantTests {
    @Test("an untrained transformer returns the image bit for bit", arguments: InstructionSet.available, [false, true])
    func identity(_ instructionSet: InstructionSet, _ alignCorners: Bool) throws {
        for (height, width) in [(28, 28), (31, 33), (7, 12), (32, 32)] {
            let network = Sequential {
                SpatialTransformer(alignCorners: alignCorners) {
                    Flatten(); Linear(3)
                }
                Flatten(); Linear(2)
            }
            let classifier = try Classifier(
                network, input: [height, width, 3], seed: 1, threadCount: 2, instructionSet: instructionSet)
            let images: Tensor<Float> = randomTensor([2, height, width, 3], seed: 4)
            let transformed = try #require(try classifier.transformed(images)).images
            #expect(transformed == images, "\(height)×\(width)")
        }
    }

    @Test("a θ that is not finite, or huge, samples nothing and traps nowhere", arguments: InstructionSet.available)
    func brokenTheta(_ instructionSet: InstructionSet) throws {
        let network = Sequential {
            SpatialTransformer { Flatten() }; Flatten(); Linear(2)
        }
        let classifier = try Classifier(
            network, input: [6, 6, 1], seed: 1, threadCount: 1, instructionSet: instructionSet)
        let bias = try #require(classifier.executor.parameters.entries.first { $0.name == "fc_loc.0.bias" })
        let images: Tensor<Float> = randomTensor([1, 6, 6, 1], seed: 4)
        for value in [Float.nan, .infinity, -.infinity, 1e30, -1e30] {
            classifier.executor.parameters.assign(Tensor([6], [1, 0, value, 0, 1, 0]), to: bias)
            let transformed = try #require(try classifier.transformed(images)).images
            #expect(transformed.values.allSatisfy { $0 == 0 }, "θ₂ = \(value)")
        }
    }

    @Test("convolutions of every kind give the same bits for any number of threads, and for an image in any batch")
    func convolutions() throws {
        let network = Sequential {
            Conv2d(33, kernel: 3, padding: 1, bias: false); ReLU(); Conv2d(48, kernel: 3, padding: 1); ReLU()
            Conv2d(48, kernel: 3, padding: 1, groups: 48); Conv2d(40, kernel: 1); MaxPool2d(2)
            Conv2d(36, kernel: 3, stride: 2, padding: 1, groups: 2); ReLU(); Flatten(); Linear(3)
        }
        let images: Tensor<Float> = randomTensor([7, 13, 11, 3], seed: 6)
        let results = try (1...3).map { threadCount in
            let classifier = try Classifier(network, input: [13, 11, 3], seed: 9, threadCount: threadCount)
            for step in 0..<2 {
                try classifier.trainingStep(
                    images, labels: randomLabels(7, classes: 3, seed: 8), step: step,
                    update: OptimizerUpdate(kind: .sgd, learningRate: 0.01, step: step + 1))
            }
            return (Array(classifier.executor.parameters.values), try classifier.logProbabilities(of: images))
        }
        for other in results.dropFirst() {
            #expect(other.0 == results[0].0 && other.1 == results[0].1)
        }
        let classifier = try Classifier(network, input: [13, 11, 3], seed: 9, threadCount: 2)
        let together = try classifier.logProbabilities(of: images)
        let count = images.shape.count / 7
        for image in 0..<7 {
            let alone = Tensor<Float>([1, 13, 11, 3], Array(images.values[image * count..<(image + 1) * count]))
            #expect(
                try classifier.logProbabilities(of: alone).values == Array(together.values[image * 3..<(image + 1) * 3])
            )
        }
    }

    @Test(
        "the same seed gives bit-identical weights for 1, 2, 3 and 4 threads", arguments: OptimizerKind.allCases,
        Precision.allCases)
    func threads(_ kind: OptimizerKind, _ precision: Precision) throws {
        let weights = try (1...4).map { threadCount in
            let classifier = try Classifier(
                ReadyMade.seed(classes: 10), input: [32, 32, 3], seed: 9, threadCount: threadCount, precision: precision
            )
            for step in 0..<3 {
                let images: Tensor<Float> = randomTensor([24, 32, 32, 3], seed: UInt64(step))
                try classifier.trainingStep(
                    images, labels: randomLabels(24, classes: 10, seed: UInt64(step)), step: step,
                    update: OptimizerUpdate(
                        kind: kind, learningRate: 0.01, momentum: kind == .sgd ? 0.9 : 0, step: step + 1))
            }
            return Array(classifier.executor.parameters.values).map(\.bitPattern)
        }
        #expect(weights[0].contains { $0 != 0 })
        for other in weights.dropFirst() { #expect(other == weights[0]) }
    }

    @Test("float32 is the same with and without the processor's instructions for bfloat16")
    func bfloat16Instructions() throws {
        guard InstructionSet.avx512bf16.isAvailable else { return }
        let weights = try [InstructionSet.avx512, .avx512bf16].map { set in
            let classifier = try Classifier(
                ReadyMade.seed(classes: 10), input: [32, 32, 3], seed: 9, threadCount: 2, instructionSet: set)
            try classifier.trainingStep(
                randomTensor([24, 32, 32, 3], seed: 1), labels: randomLabels(24, classes: 10, seed: 1), step: 0,
                update: OptimizerUpdate(kind: .sgd, learningRate: 0.01))
            return Array(classifier.executor.parameters.values).map(\.bitPattern)
        }
        #expect(weights[0] == weights[1])
    }

    @Test("mixed precision gives gradients that are close to float32's, and not the same")
    func mixedPrecision() throws {
        let gradients = try Precision.allCases.map { precision in
            let classifier = try Classifier(
                ReadyMade.seed(classes: 10), input: [32, 32, 3], seed: 9, threadCount: 2, precision: precision)
            let images: Tensor<Float> = randomTensor([24, 32, 32, 3], seed: 1)
            try classifier.trainingStep(
                images, labels: randomLabels(24, classes: 10, seed: 1), step: 0,
                update: OptimizerUpdate(kind: .sgd, learningRate: 0))
            return classifier.executor.parameters.gradients.map(Double.init)
        }
        let difference = zip(gradients[0], gradients[1]).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
        let size = gradients[0].reduce(0) { $0 + $1 * $1 }
        let relative = (difference / size).squareRoot()
        #expect(relative > 1e-4 && relative < 0.03, "\(relative)")
    }

    @Test("a batch without images gives no results and changes no weight")
    func emptyBatch() throws {
        let classifier = try Classifier(ReadyMade.seed(classes: 10), input: [32, 32, 3], seed: 9, threadCount: 2)
        let before = Array(classifier.executor.parameters.values)
        let images = Tensor<Float>.zeros([0, 32, 32, 3])
        let result = try classifier.trainingStep(
            images, labels: [], step: 0, update: OptimizerUpdate(kind: .sgd, learningRate: 1))
        #expect(result.lossSum == 0 && result.correct == 0)
        #expect(Array(classifier.executor.parameters.values) == before)
        #expect(try classifier.logProbabilities(of: images).shape == [0, 10])
    }

    @Test("parameters carry PyTorch's names and shapes")
    func names() throws {
        let classifier = try Classifier(ReadyMade.seed(classes: 10), input: [32, 32, 3], seed: 0, threadCount: 1)
        let file = classifier.weights()
        let expected = Dictionary(uniqueKeysWithValues: SeedGolden.parameters().map { ($0.name, $0.shape) })
        #expect(Dictionary(uniqueKeysWithValues: file.tensors.map { ($0.name, $0.shape) }) == expected)
    }
}
