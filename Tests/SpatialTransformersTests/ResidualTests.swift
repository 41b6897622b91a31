import SpatialTransformers
import TestSupport
import Testing

@Suite("The residual network")
struct ResidualTests {
    /// Numbers that are learned, by the paper's counting; its shortcuts are ours.
    @Test("has the paper's layers")
    func layers() throws {
        let graph = try GraphBuilder.graph(of: ReadyMade.residual(classes: 10, transform: nil), input: [32, 32, 3])
        let learned = graph.parameters.map(\.specification).filter { $0.role == .learned }
        let kernels = 3 * 16 + 2 * 16 * 16 + (16 * 32 + 32 * 32) + (32 * 64 + 64 * 64)
        let shortcuts = 16 * 32 + 32 * 64
        let normalisations = 2 * (3 * 16 + 3 * 32 + 3 * 64)
        let expected = 9 * kernels + shortcuts + normalisations + 64 * 10 + 10
        #expect(learned.reduce(0) { $0 + $1.shape.count } == expected)
    }

    @Test("costs little more with its transformer")
    func cost() throws {
        func flops(_ transform: (any Transformation)?) throws -> Double {
            let network = ReadyMade.residual(classes: 10, transform: transform)
            let graph = try GraphBuilder.graph(of: network, input: [32, 32, 3])
            return graph.nodes.reduce(0) { sum, node in
                sum + node.operation.cost(of: node.inputs.map { graph.shape(of: $0) }).flops
            }
        }
        let (with, without) = (try flops(AffineTransform()), try flops(nil))
        #expect(with / without < 1.1, "\(with / without)")
    }

    @Test("learns, from grey and from colour, also from images as small as they may be", arguments: [1, 3], [5, 9])
    func learns(channels: Int, side: Int) throws {
        let classifier = try Classifier(
            ReadyMade.residual(classes: 3), input: [side, side, channels], seed: 1, threadCount: 2)
        let images: Tensor<Float> = randomTensor([12, side, side, channels], seed: 2)
        let labels = randomLabels(12, classes: 3, seed: 3)
        let losses = try (0..<30).map { step in
            try classifier.trainingStep(
                images, labels: labels, step: step,
                update: OptimizerUpdate(kind: .adam, learningRate: 0.01, step: step + 1)
            ).lossSum
        }
        #expect(losses[29] < losses[0] / 4, "\(losses[0]) to \(losses[29])")
        #expect(try #require(try classifier.transformed(images)).images != images)
    }
}
