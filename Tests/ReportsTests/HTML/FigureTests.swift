import Datasets
import Foundation
import Reports
import SpatialTransformers
import TestSupport
import Testing
import Training

@Suite("The figures of a report")
struct FigureTests {
    /// Probabilities of two classes for five images, of which images 1, 2 and 4 are mistakes.
    private let predictions: Predictions = {
        let first: [Double] = [0.9, 0.2, 0.7, 0.5, 0.99]
        return Predictions(
            labels: [0, 0, 1, 0, 1],
            logProbabilities: Tensor([5, 2], first.flatMap { [Float(log($0)), Float(log(1 - $0))] }))
    }()

    @Test("the likeliest class is said, the first of equals, and losses are those of the right one")
    func predicted() {
        #expect(predictions.said == [0, 1, 0, 0, 0])
        #expect(predictions.correct == 2 && predictions.accuracy == 0.4)
        #expect(abs(predictions.loss(1) - 1.6094) < 1e-4 && abs(predictions.probability(of: 1, in: 1) - 0.8) < 1e-6)
        let matrix = predictions.confusion(classNames: ["a", "b"])
        #expect(matrix.counts == [2, 1, 2, 0])
    }

    @Test("mistakes are ordered by loss, and by confidence in what was said")
    func mistakes() {
        let all = Mistakes(predictions, limit: 10)
        #expect(all.worst == [4, 1, 2] && all.mostConfident == [4, 1, 2] && all.count == 3)
        #expect(Mistakes(predictions, limit: 1).worst == [4])
        // Three classes: the least likely right class need not be where the network is surest.
        let three = Predictions(
            labels: [0, 0],
            logProbabilities: Tensor([2, 3], [0.1, 0.8, 0.1, 0.02, 0.5, 0.48].map { Float(log($0)) }))
        let mistakes = Mistakes(three, limit: 2)
        #expect(mistakes.worst == [1, 0] && mistakes.mostConfident == [0, 1])
    }

    private func motion(_ transformation: some Transformation, _ theta: [Float], height: Int = 20, width: Int = 40)
        -> WindowMotion?
    {
        let frame = SamplingFrame(height: height, width: width, corners: .edges)
        // Values of no network: only the family and its frame matter.
        guard
            let transformer = try? GraphBuilder.graph(
                of: SpatialTransformer(transformation) {
                    Flatten(); Linear(2)
                }, input: [height, width, 1]
            ).transformers.first, transformer.frame == frame
        else { return nil }
        return WindowMotion(theta: theta, of: transformer)
    }

    @Test("turn, scale and shift of a window are found again, in pixels, whatever the family")
    func motions() throws {
        let turned = try #require(motion(Similarity(), [.pi / 6, 0.5, 0.25, -0.5]))
        #expect(abs(turned.degrees - 30) < 1e-4 && abs(turned.scale - 0.5) < 1e-6)
        #expect(abs(turned.shift.x - 0.25) < 1e-6 && abs(turned.shift.y + 0.5) < 1e-6)
        let spline = ThinPlateSpline()
        let still = try #require(motion(spline, spline.identity))
        #expect(abs(still.degrees) < 1e-4 && abs(still.scale - 1) < 1e-5)
        #expect(motion(AffineTransform(), [.nan, 0, 0, 0, 1, 0]) == nil)
    }

    @Test(
        "transformers held where they begin are the network before it learned to look, bit for bit",
        arguments: ModelChoice.allCases,
        [TransformerArrangement.single, .parallel(2), .series(2, sharesPredictor: false)])
    func bypass(model: ModelChoice, arrangement: TransformerArrangement) throws {
        let dataset = Glyphs.load(seed: 1, difficulty: .easy, trainingCount: 10, testCount: 10)
        var configuration = RunConfiguration(dataset: DatasetRequest(source: .glyphs))
        (configuration.model, configuration.transformer.arrangement) = (model, arrangement)
        configuration.transformer.transformedSize = ImageSize(height: 24, width: 26)
        configuration.threads = 1
        let path = NSTemporaryDirectory() + "stn-tests-\(UUID().uuidString).safetensors"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let full = try ClassifierModel(for: configuration, dataset: dataset)
        func predictions(_ model: ClassifierModel) throws -> Tensor<Float> {
            try Predictions(of: model.classifier, on: dataset.test, normalization: dataset.normalization)
                .logProbabilities
        }
        let fresh = try predictions(full)
        let parameters = full.classifier.executor.parameters
        for (entry, parameter) in zip(parameters.entries, full.classifier.executor.graph.parameters)
        where parameter.isLocalization && entry.specification.role == .learned {
            parameters.assign(randomTensor(entry.specification.shape, seed: 3, -0.5, 0.5), to: entry)
        }
        #expect(try predictions(full) != fresh)
        try full.weights(metadata: [:]).write(to: path)
        let held = try ClassifierModel(
            bypassingTransformerOf: CheckpointLocation(path), for: configuration, dataset: dataset)
        #expect(try predictions(held) == fresh)
    }

    @Test("a sweep's middle is the accuracy on images as they are")
    func sweep() throws {
        let dataset = Glyphs.load(seed: 1, difficulty: .easy, trainingCount: 10, testCount: 40)
        var configuration = RunConfiguration(dataset: DatasetRequest(source: .glyphs))
        configuration.threads = 1
        let classifier = try ClassifierModel(for: configuration, dataset: dataset).classifier
        let plain = try Predictions(of: classifier, on: dataset.test, normalization: dataset.normalization)
        for kind in InputSweep.Kind.allCases {
            let sweep = try InputSweep(
                kind, of: (classifier, classifier), on: dataset.test, normalization: dataset.normalization)
            #expect(kind.positions.count == 13 && sweep.accuracies.count == 13 && sweep.imageCount == 40)
            #expect(sweep.neutral.full == plain.accuracy && sweep.neutral.identity == plain.accuracy)
        }
    }
}
