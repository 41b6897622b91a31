import Networks
import SpatialTransformers
import Tensors
import TestSupport
import Testing
import Warping

@Suite("What holds a transformer")
struct ReinsTests {
    private let theta: Tensor<Double> = randomTensor([3, 6], seed: 4, -1, 1)
    private let dTheta: Tensor<Double> = randomTensor([3, 6], seed: 5, -1, 1)
    private let frame = SamplingFrame(height: 6, width: 5, corners: .edges)

    @Test("a gradient scale passes values on and scales gradients")
    func scalesGradients() {
        let operation = GradientScaleOperation(factor: 0.25)
        let context = OperationContext(isTraining: true)
        #expect(operation.forward([theta], parameters: [], context: context) == theta)
        let gradients = operation.backward(dTheta, output: theta, inputs: [theta], parameters: [], context: context)
        #expect(gradients.inputs[0].values == dTheta.values.map { $0 / 4 })
    }

    @Test(
        "a penalty adds its slope to the gradient of θ and leaves θ alone",
        arguments: [GridPenalty.departure, .scale(area: 0.5), .folding(margin: 2)])
    func penalises(_ penalty: GridPenalty) {
        let operation = GridPenaltyOperation(AffineTransform(), frame: frame, penalty: penalty, weight: 0.7)
        let context = OperationContext(isTraining: true)
        #expect(operation.forward([theta], parameters: [], context: context) == theta)
        let gradients = operation.backward(dTheta, output: theta, inputs: [theta], parameters: [], context: context)
        for index in theta.values.indices {
            let step = 1e-6
            let values = [step, -step].map { shift in
                var moved = theta
                moved.values[index] += shift
                let grid = AffineTransform().grid(theta: moved, frame: frame)
                return penalty.valueAndGradient(grid: grid, frame: frame).value
            }
            let slope = 0.7 * (values[0] - values[1]) / (2 * step)
            expectClose(
                [gradients.inputs[0].values[index] - dTheta.values[index]], [slope], relative: 1e-5, absolute: 1e-7)
        }
    }

    @Test("a bounded transformer never leaves its bounds and starts at the identity")
    func staysWithinBounds() throws {
        let network = Sequential { SpatialTransformer(AffineTransform().bounded(by: 0.2)) { Flatten() } }
        let classifier = try Classifier(network, input: [6, 5, 1], seed: 1, threadCount: 1)
        let images: Tensor<Float> = randomTensor([2, 6, 5, 1], seed: 6)
        let fresh = try #require(try classifier.transformed(images))
        #expect(fresh.images.values == images.values)
        for entry in classifier.executor.parameters.entries {
            let wild: Tensor<Float> = randomTensor(entry.specification.shape, seed: 7, -100, 100)
            classifier.executor.parameters.assign(wild, to: entry)
        }
        let bounded = try #require(try classifier.transformed(images))
        for (index, value) in bounded.theta.values.enumerated() {
            #expect(abs(value - AffineTransform.identity[index % 6]) <= 0.2001)
        }
        #expect(bounded.theta.values != fresh.theta.values)
    }

    @Test("the graph tells its transformers, with names for what they look at and learn")
    func namesTransformers() throws {
        let network = Sequential {
            SpatialTransformer {
                Conv2d(2, kernel: 3); Flatten(); Linear(3)
            }
            SpatialTransformer(.thinPlateSpline()) { Flatten() }
            TransformerSeries(2, of: SpatialTransformer(.rotation()) { Flatten() })
        }
        let graph = try GraphBuilder.graph(of: network, input: [8, 8, 2])
        #expect(graph.transformers.map(\.transformation.name) == ["affine", "thin-plate-spline", "affine"])
        #expect(graph.marks["theta2"] == graph.transformers[1].theta)
        #expect(graph.shape(of: graph.transformers[1].theta) == [32])
        let expected = [
            "localization.0.weight", "localization.0.bias", "fc_loc.0.weight", "fc_loc.0.bias", "fc_loc.1.weight",
            "fc_loc.1.bias", "fc_loc2.0.weight", "fc_loc2.0.bias", "fc_loc3.0.weight", "fc_loc3.0.bias",
            "fc_loc3_2.0.weight", "fc_loc3_2.0.bias",
        ]
        #expect(graph.parameters.map(\.name) == expected)
    }

    @Test("of a series the last step alone makes another size")
    func sizeOfSeries() throws {
        var options = TransformerOptions()
        options.outputSize = (3, 4)
        let series = TransformerSeries(2, of: SpatialTransformer(.projective, options: options) { Flatten() })
        let graph = try GraphBuilder.graph(of: Sequential { series }, input: [8, 6, 1])
        #expect(graph.shape(of: graph.output) == [3, 4, 1])
        #expect(graph.shapes.count { $0 == [8, 6, 1] } == 2, "the input, and what the second step sees")
        #expect(graph.transformers.map(\.transformation.name) == ["projective"])
    }

    @Test("a series needs matrices, and at least one step")
    func refusesSeries() {
        let impossible: [TransformerSeries] = [
            TransformerSeries(of: SpatialTransformer(.thinPlateSpline()) { Flatten() }),
            TransformerSeries(0, of: SpatialTransformer { Flatten() }),
        ]
        for series in impossible {
            #expect(throws: NetworkError.self) {
                try GraphBuilder.graph(of: Sequential { series }, input: [8, 8, 1])
            }
        }
    }
}
