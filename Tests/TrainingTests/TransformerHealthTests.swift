import SpatialTransformers
import TestSupport
import Testing
import Training

@Suite("The health of a transformer")
struct TransformerHealthTests {
    @Test("figures of windows are those of their areas")
    func figures() throws {
        let half = try Fakes.health([0.5, 0, 0, 0, 0.5, 0])
        expectClose([half.meanScale, half.meanDeterminant], [0.5, 0.25], relative: 1e-5)
        #expect(half.outside == 0 && half.folded == 0 && half.trouble == .constant)
        #expect(half.departureDeviation < 1e-6 && half.variety == 0, "all images are treated alike")
        let mirrored = try Fakes.health([-1, 0, 0, 0, 1, 0])
        #expect(mirrored.folded == 1 && mirrored.trouble == .folded)
        let shifted = try Fakes.health([1, 0, 1, 0, 1, 0])
        expectClose([shifted.outside, shifted.meanDeparture], [0.5, 1], relative: 1e-5)
    }

    @Test("each trouble is found, the worst first")
    func troubles() throws {
        #expect(try Fakes.health([1, 0, 0, 0, 1, 0]).trouble == .idle)
        #expect(try Fakes.health([0.01, 0, 0, 0, 0.01, 0]).trouble == .collapsed)
        #expect(try Fakes.health([3, 0, 0, 0, 3, 0]).trouble == .outOfFrame)
        #expect(try Fakes.health([.nan, 0, 0, 0, 1, 0]).trouble == .collapsed)
        #expect(try Fakes.health([Float](repeating: 0, count: 32), ThinPlateSpline()).trouble == .idle)
    }

    @Test("a network without a transformer has none")
    func none() throws {
        let classifier = try Classifier(
            Sequential {
                Flatten(); Linear(2)
            }, input: [4, 4, 1], seed: 1, threadCount: 1)
        #expect(try TransformerHealth.all(of: classifier, on: randomTensor([2, 4, 4, 1], seed: 5)).isEmpty)
    }

    @Test("that nothing happens is said when it has had time to, and not while the transformer is frozen")
    func isPatient() throws {
        let idle = try Fakes.health([1, 0, 0, 0, 1, 0])
        for (frozen, expected) in [(0, 5), (2, 7), (9, nil)] {
            let sink = MemorySink()
            let watcher = HealthWatcher([sink], frozenEpochs: frozen)
            for epoch in 1...9 { try watcher.epochDidFinish(.example(epoch: epoch, health: idle)) }
            let lines = sink.text.split(separator: "\n")
            #expect(lines.count == (expected == nil ? 0 : 1))
            if let expected { #expect(lines[0].hasPrefix("warning: epoch \(expected): the transformer does nothing")) }
        }
    }

    @Test("images that are moved as far, each another way, are not treated alike")
    func variety() throws {
        let network = Sequential { SpatialTransformer(.translation) { Flatten() } }
        let classifier = try Classifier(network, input: [2, 1, 1], seed: 1, threadCount: 1)
        for entry in classifier.executor.parameters.entries where entry.name == "fc_loc.0.weight" {
            classifier.executor.parameters.assign(Tensor([2, 2], [0.5, 0, 0, 0.5]), to: entry)
        }
        // One to the right by half a side, one down.
        let images = Tensor<Float>([2, 2, 1, 1], [1, 0, 0, 1])
        let health = try #require(try TransformerHealth.all(of: classifier, on: images).first)
        expectClose([health.meanDeparture], [0.5], relative: 1e-5)
        let figures = [health.departureDeviation, health.variety ?? 0]
        expectClose(figures, [0, 0.5 / 2.0.squareRoot()], relative: 1e-5, absolute: 1e-6)
        #expect(health.trouble == nil)
    }

    @Test("of several transformers each has its own figures and warnings")
    func several() throws {
        let network = Sequential {
            SpatialTransformer { Flatten() }
            SpatialTransformer { Flatten() }
        }
        let classifier = try Classifier(network, input: [4, 4, 1], seed: 1, threadCount: 1)
        for entry in classifier.executor.parameters.entries where entry.name == "fc_loc2.0.bias" {
            classifier.executor.parameters.assign(Tensor([6], [3, 0, 0, 0, 3, 0]), to: entry)
        }
        let healths = try TransformerHealth.all(of: classifier, on: randomTensor([2, 4, 4, 1], seed: 5))
        #expect(healths.map(\.trouble) == [.idle, .outOfFrame])
        let sink = MemorySink()
        let watcher = HealthWatcher([sink])
        for epoch in 5...6 { try watcher.epochDidFinish(.example(epoch: epoch, health: healths[0], healths[1])) }
        let lines = sink.text.split(separator: "\n")
        #expect(lines.count == 2)
        #expect(lines.first?.hasPrefix("warning: epoch 5: transformer 1 does nothing") == true)
        #expect(lines.last?.hasPrefix("warning: epoch 5: transformer 2 looks out of the frame") == true)
    }

    @Test("a watcher speaks once, and again when the trouble changes")
    func watches() throws {
        let sink = MemorySink()
        let watcher = HealthWatcher([sink])
        let healths =
            [[1, 0, 0, 0, 1, 0], [0.01, 0, 0, 0, 0.01, 0], [0.01, 0, 0, 0, 0.01, 0], [3, 0, 0, 0, 3, 0]] as [[Float]]
        for (epoch, theta) in healths.enumerated() {
            try watcher.epochDidFinish(.example(epoch: epoch + 1, health: try Fakes.health(theta)))
        }
        let lines = sink.text.split(separator: "\n")
        #expect(lines.count == 2)
        #expect(lines.first?.hasPrefix("warning: epoch 2: the transformer has collapsed") == true)
        #expect(lines.last?.hasPrefix("warning: epoch 4: the transformer looks out of the frame") == true)
    }
}

extension EpochReport {
    /// A report of which only epoch and health matter.
    fileprivate static func example(epoch: Int, health: TransformerHealth...) throws -> EpochReport {
        EpochReport(
            epoch: epoch, training: .empty, test: .empty, learningRate: 0.1, epochSeconds: 1, trainingSeconds: 1,
            elapsedSeconds: 1, isBest: false,
            plan: try TrainingPlan(
                TrainingConfiguration(epochs: 9), dataset: Fakes.dataset(training: 4, test: 4)),
            health: health)
    }
}
