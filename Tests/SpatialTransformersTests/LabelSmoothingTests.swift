import Networks
import SpatialTransformers
import TestSupport
import Testing

@Suite("Label smoothing")
struct LabelSmoothingTests {
    @Test("training follows the smoothed labels, evaluation the labels")
    func trainingAlone() throws {
        let network = Sequential {
            Flatten(); Linear(3)
        }
        let images: Tensor<Float> = randomTensor([4, 2, 2, 1], seed: 1)
        let labels = randomLabels(4, classes: 3, seed: 2)
        for smoothing in [Float(0), 0.2] {
            let classifier = try Classifier(
                network, input: [2, 2, 1], seed: 1, threadCount: 1, labelSmoothing: smoothing)
            let backend = ReferenceBackend<Double>(
                graph: classifier.executor.graph, parameters: classifier.executor.parameters)
            let logits = backend.values(for: images.converted())[classifier.executor.graph.output.index]
            let (plain, smoothed) = (
                CrossEntropy.lossAndGradient(logits: logits, labels: labels).loss,
                CrossEntropy.lossAndGradient(logits: logits, labels: labels, smoothing: Double(smoothing)).loss
            )
            let evaluated = try images.values.withUnsafeBufferPointer { images in
                try labels.withUnsafeBufferPointer { try classifier.executor.evaluate(images: images, labels: $0) }
            }
            let trained = try classifier.trainingStep(
                images, labels: labels, step: 0, update: OptimizerUpdate(kind: .sgd, learningRate: 0.1))
            expectClose([evaluated.lossSum / 4, trained.lossSum / 4], [plain, smoothed], relative: 1e-6)
            #expect((plain != smoothed) == (smoothing > 0))
        }
    }

    @Test("what is no share is refused", arguments: [-0.1, 1.5, .nan, .infinity] as [Float])
    func refused(_ smoothing: Float) {
        #expect(throws: ExecutionError.self) {
            try Classifier(Sequential { Flatten() }, input: [1, 1, 2], seed: 1, labelSmoothing: smoothing)
        }
    }
}
