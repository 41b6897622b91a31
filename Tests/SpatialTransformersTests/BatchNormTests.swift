import SpatialTransformers
import TestSupport
import Testing

@Suite("Running statistics")
struct BatchNormTests {
    private let network = Sequential {
        SpatialTransformer {
            Conv2d(6, kernel: 3); BatchNorm2d(); ReLU(); Flatten(); Linear(4)
        }
        Conv2d(5, kernel: 2); BatchNorm2d(); ReLU(); MaxPool2d(2); Flatten(); BatchNorm1d(); Linear(3)
    }

    private func classifier(seed: UInt64 = 1, threadCount: Int = 2) throws -> Classifier {
        try Classifier(network, input: [10, 9, 2], seed: seed, threadCount: threadCount)
    }

    private func train(_ classifier: Classifier, steps: Int, batch: Int = 7, update: OptimizerUpdate) throws {
        for step in 0..<steps {
            try classifier.trainingStep(
                randomTensor([batch, 10, 9, 2], seed: UInt64(step)),
                labels: randomLabels(batch, classes: 3, seed: UInt64(step)), step: step, update: update)
        }
    }

    private func bits(_ classifier: Classifier) -> [UInt32] { classifier.executor.parameters.values.map(\.bitPattern) }

    @Test("they follow the batches as in the reference")
    func follow() throws {
        let classifier = try classifier()
        var backend = ReferenceBackend<Double>(
            graph: classifier.executor.graph, parameters: classifier.executor.parameters)
        for step in 0..<3 {
            let images: Tensor<Float> = randomTensor([7, 10, 9, 2], seed: UInt64(step))
            backend.followStatistics(of: backend.values(for: images.converted(), isTraining: true))
        }
        try train(classifier, steps: 3, update: OptimizerUpdate(kind: .sgd, learningRate: 0))
        for (entry, expected) in zip(classifier.executor.parameters.entries, backend.parameters) {
            let actual = classifier.executor.parameters.tensor(entry).values.map(Double.init)
            expectClose(actual, expected.values, relative: 1e-5, absolute: 1e-6, entry.name)
        }
        let counts = classifier.executor.parameters.entries.filter { $0.specification.role == .count }
        #expect(counts.map { classifier.executor.parameters.tensor($0).values } == [[3], [3], [3]])
    }

    @Test("no optimizer and no decay touches them", arguments: OptimizerKind.allCases)
    func untouched(_ kind: OptimizerKind) throws {
        let (plain, decayed) = (try classifier(), try classifier())
        // One step: what they follow is computed before the update.
        try train(plain, steps: 1, update: OptimizerUpdate(kind: .sgd, learningRate: 0))
        try train(decayed, steps: 1, update: OptimizerUpdate(kind: kind, learningRate: 0.1, weightDecay: 0.5))
        let changed = plain.executor.parameters.entries.filter {
            plain.executor.parameters.tensor($0) != decayed.executor.parameters.tensor($0)
        }
        #expect(changed.allSatisfy { $0.specification.role == .learned })
        #expect(changed.contains { $0.name == "localization.1.weight" } && changed.contains { $0.name == "bn2.bias" })
    }

    @Test("training is bit-identical for 1, 2, 3 and 4 threads", arguments: OptimizerKind.allCases)
    func threads(_ kind: OptimizerKind) throws {
        let weights = try (1...4).map { threadCount in
            let classifier = try classifier(threadCount: threadCount)
            try train(classifier, steps: 3, update: OptimizerUpdate(kind: kind, learningRate: 0.01, weightDecay: 0.1))
            return bits(classifier)
        }
        for other in weights.dropFirst() { #expect(other == weights[0]) }
    }

    @Test("evaluation uses them and leaves them alone; what was derived from them is renewed")
    func evaluation() throws {
        let classifier = try classifier()
        let images: Tensor<Float> = randomTensor([4, 10, 9, 2], seed: 9)
        let before = try classifier.logProbabilities(of: images)
        try train(classifier, steps: 2, update: OptimizerUpdate(kind: .sgd, learningRate: 0))
        let trained = bits(classifier)
        let after = try classifier.logProbabilities(of: images)
        #expect(after != before)
        #expect(bits(classifier) == trained)
        let backend = ReferenceBackend<Double>(
            graph: classifier.executor.graph, parameters: classifier.executor.parameters)
        let logits = backend.values(for: images.converted())[classifier.executor.graph.output.index]
        expectClose(
            after.values.map(Double.init), CrossEntropy.logSoftmax(logits).values, relative: 1e-5, absolute: 1e-5)
    }

    @Test("a single value a channel is no batch to follow, and gives finite numbers")
    func singleValue() throws {
        let network = Sequential {
            Flatten(); Linear(4); BatchNorm1d(); Linear(2)
        }
        let classifier = try Classifier(network, input: [2, 2, 1], seed: 1, threadCount: 1)
        let statistics = classifier.executor.parameters.entries.filter { $0.specification.role != .learned }
        let before = statistics.map { classifier.executor.parameters.tensor($0) }
        let result = try classifier.trainingStep(
            randomTensor([1, 2, 2, 1], seed: 1), labels: [1], step: 0,
            update: OptimizerUpdate(kind: .sgd, learningRate: 0.1))
        #expect(result.lossSum.isFinite && classifier.executor.parameters.isFinite)
        #expect(statistics.map { classifier.executor.parameters.tensor($0) } == before)
    }

    @Test("no images and one image give what they must, through every further layer", arguments: [0, 1])
    func fewImages(_ count: Int) throws {
        let network = Sequential {
            Conv2d(4, kernel: 2); BatchNorm2d(); GELU(); MaxPool2d(3, stride: 2, padding: 1)
            Residual { BatchNorm2d() }
            Branches {
                Conv2d(2, kernel: 1); AvgPool2d(1)
            }
            GlobalAvgPool2d(); Flatten(); BatchNorm1d(); Linear(3)
        }
        let classifier = try Classifier(network, input: [7, 6, 2], seed: 1, threadCount: 2)
        let images: Tensor<Float> = randomTensor([count, 7, 6, 2], seed: 1)
        let result = try classifier.trainingStep(
            images, labels: [Int32](repeating: 2, count: count), step: 0,
            update: OptimizerUpdate(kind: .sgd, learningRate: 0.1))
        #expect(result.lossSum.isFinite && (result.lossSum > 0) == (count > 0))
        #expect(classifier.executor.parameters.isFinite)
        #expect(try classifier.logProbabilities(of: images).shape == [count, 3])
    }

    @Test("a loss that is not finite changes no statistic")
    func brokenLoss() throws {
        let network = Sequential {
            Conv2d(3, kernel: 2); BatchNorm2d(); Flatten(); Linear(2)
        }
        let classifier = try Classifier(network, input: [4, 3, 1], seed: 1, threadCount: 1)
        let before = bits(classifier)
        #expect(throws: ExecutionError.self) {
            try classifier.trainingStep(
                Tensor([2, 4, 3, 1], repeating: .nan), labels: [0, 1], step: 0,
                update: OptimizerUpdate(kind: .sgd, learningRate: 0.1))
        }
        #expect(bits(classifier) == before)
    }

    @Test("files hold them under PyTorch's names, the count as an integer, and give them back")
    func files() throws {
        let (source, target) = (try classifier(seed: 1), try classifier(seed: 2))
        try train(source, steps: 2, update: OptimizerUpdate(kind: .sgd, learningRate: 0.01))
        let file = source.weights()
        let names = ["weight", "bias", "running_mean", "running_var", "num_batches_tracked"]
        for layer in ["localization.1", "bn1", "bn2"] {
            #expect(file.tensors.map(\.name).filter { $0.hasPrefix(layer + ".") } == names.map { "\(layer).\($0)" })
            #expect(file["\(layer).num_batches_tracked"]?.shape == [])
            #expect(try file.integers(named: "\(layer).num_batches_tracked") == [2])
        }
        try target.loadWeights(from: file, named: "w")
        #expect(bits(target) == bits(source))
        let learned = file.tensors.filter { !$0.name.contains("running") && !$0.name.contains("num_") }
        #expect(source.parameterCount == learned.reduce(0) { $0 + $1.shape.count })
    }

    @Test("a flattened image's features are in PyTorch's order in files")
    func features() throws {
        let network = Sequential {
            Flatten(); BatchNorm1d(); Linear(2)
        }
        let classifier = try Classifier(network, input: [2, 1, 3], seed: 1, threadCount: 1)
        let entry = try #require(classifier.executor.parameters.entries.first { $0.name == "bn1.weight" })
        classifier.executor.parameters.assign(Tensor([6], [0, 1, 2, 3, 4, 5]), to: entry)
        // Ours (y, x, c), PyTorch's (c, y, x).
        #expect(try classifier.weights().floats(named: "bn1.weight") == [0, 3, 1, 4, 2, 5])
        let other = try Classifier(network, input: [2, 1, 3], seed: 2, threadCount: 1)
        try other.loadWeights(from: classifier.weights(), named: "w")
        #expect(other.executor.parameters.tensor(entry).values == [0, 1, 2, 3, 4, 5])
    }

    @Test("a count that is no number is saved as none")
    func noNumber() throws {
        let classifier = try classifier()
        let entries = classifier.executor.parameters.entries.filter { $0.specification.role == .count }
        for entry in entries { classifier.executor.parameters.assign(Tensor([], [.nan]), to: entry) }
        for entry in entries { #expect(try classifier.weights().integers(named: entry.name) == [0]) }
    }

    @Test("counts beyond what is counted to, or below zero, are taken in without a trap", arguments: [Int64.min, .max])
    func counts(_ count: Int64) throws {
        let classifier = try classifier()
        let tensors = classifier.weights().tensors.map { tensor in
            tensor.name == "bn1.num_batches_tracked"
                ? SafetensorsFile.NamedTensor(name: tensor.name, shape: [], integers: [count]) : tensor
        }
        try classifier.loadWeights(from: SafetensorsFile(tensors: tensors), named: "w")
        #expect(try classifier.weights().integers(named: "bn1.num_batches_tracked") == [count < 0 ? 0 : 1 << 24])
    }

    @Test("PyTorch's state is taken over, trained to PyTorch's, and given back", arguments: InstructionSet.available)
    func pyTorch(_ set: InstructionSet) throws {
        let golden = try Golden("batch_norm_network")
        func setting(_ key: String) throws -> Double { try #require(golden.number("training", key)) }
        let network = Sequential {
            Conv2d(6, kernel: 3); BatchNorm2d(); ReLU()
            Conv2d(8, kernel: 2); BatchNorm2d(); ReLU(); MaxPool2d(2)
            Flatten(); Linear(5); BatchNorm1d(); ReLU(); Linear(3)
        }
        let classifier = try Classifier(
            network, input: [9, 7, 2], seed: 1, threadCount: 2, instructionSet: set,
            labelSmoothing: Float(try setting("smoothing")))
        try classifier.loadWeights(from: golden.file(of: "before"), named: "before")
        var losses: [Float] = []
        for step in 0..<Int(try setting("steps")) {
            let images = try golden.image("training", "images\(step)")
            let labels = try golden.integers("training", "labels\(step)").map(Int32.init)
            let update = OptimizerUpdate(
                kind: .sgd, learningRate: try setting("learningRate"), momentum: try setting("momentum"),
                weightDecay: try setting("weightDecay"))
            let result = try classifier.trainingStep(images, labels: labels, step: step, update: update)
            losses.append(Float(result.lossSum) / Float(labels.count))
        }
        expectClose(losses, try golden.tensor("training", "losses").values, relative: 1e-5, "losses")
        let (weights, expected) = (classifier.weights(), golden.file(of: "after"))
        #expect(Set(weights.tensors.map(\.name)) == Set(expected.tensors.map(\.name)))
        for tensor in expected.tensors {
            #expect(weights[tensor.name]?.shape == tensor.shape && weights[tensor.name]?.type == tensor.type)
            if let integers = tensor.integers() {
                #expect(try weights.integers(named: tensor.name) == integers)
            } else {
                expectClose(
                    try weights.floats(named: tensor.name), tensor.floats() ?? [], relative: 1e-4, absolute: 1e-5,
                    tensor.name)
            }
        }
        let scores = try classifier.logProbabilities(of: golden.image("training", "images0"))
        expectClose(
            scores.values, CrossEntropy.logSoftmax(try golden.tensor("training", "logits")).values, relative: 1e-4,
            absolute: 1e-4, "logits")
    }
}
