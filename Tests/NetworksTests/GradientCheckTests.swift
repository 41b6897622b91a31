import Execution
import Networks
import SpatialTransformers
import Tensors
import TestSupport
import Testing
import Warping

/// A network whose gradients must be the slopes of its values.
struct GradientCase: Sendable, CustomStringConvertible {
    let description: String
    let input: Shape
    let network: Sequential

    /// Every operation, then whole networks.
    static let all: [GradientCase] = [
        GradientCase(description: "convolution", input: [7, 6, 3], network: Sequential { Conv2d(4, kernel: 3) }),
        GradientCase(
            description: "linear", input: [2, 3, 2],
            network: Sequential {
                Flatten(); Linear(5)
            }),
        GradientCase(description: "max-pooling", input: [7, 6, 3], network: Sequential { MaxPool2d(2) }),
        GradientCase(description: "ReLU", input: [4, 4, 2], network: Sequential { ReLU() }),
        GradientCase(description: "flatten", input: [4, 4, 2], network: Sequential { Flatten() }),
        GradientCase(description: "dropout", input: [4, 4, 2], network: Sequential { Dropout(0.4) }),
        GradientCase(description: "channel dropout", input: [4, 4, 8], network: Sequential { Dropout2d(0.4) }),
        GradientCase(
            description: "affine grid and sampler", input: [7, 9, 2],
            network: Sequential { SpatialTransformer { Flatten() } }),
        GradientCase(
            description: "affine grid and sampler, align corners", input: [7, 9, 2],
            network: Sequential { SpatialTransformer(alignCorners: true) { Flatten() } }),
        GradientCase(
            description: "affine grid and bicubic sampler", input: [7, 9, 2],
            network: Sequential { SpatialTransformer(sampling: .bicubic) { Flatten() } }),
        GradientCase(
            description: "affine grid and bicubic sampler, align corners", input: [7, 9, 2],
            network: Sequential { SpatialTransformer(sampling: .bicubic, alignCorners: true) { Flatten() } }),
        GradientCase(
            description: "a small network with a transformer", input: [12, 12, 3],
            network: Sequential {
                SpatialTransformer {
                    Conv2d(4, kernel: 3); MaxPool2d(2); ReLU(); Flatten(); Linear(8); ReLU()
                }
                Conv2d(6, kernel: 3); Dropout2d(0.3); MaxPool2d(2); ReLU(); Flatten(); Linear(12); ReLU(); Dropout(0.3)
                Linear(4)
            }),
        GradientCase(description: "the tutorial's network", input: [32, 32, 3], network: ReadyMade.seed(classes: 10)),
    ]
}

@Suite("Gradients by central differences in Double")
struct GradientCheckTests {
    private let seed: UInt64 = 3
    private let step: UInt32 = 2

    /// A gradient, and the slope that was measured along one direction.
    private struct Comparison {
        /// A parameter's name, or "input".
        let name: String
        let slope: Double
        let direction: [Double]
        var gradient: [Double]

        var agrees: Bool {
            let expected = zip(gradient, direction).reduce(0) { $0 + $1.0 * $1.1 }
            return abs(slope - expected) <= 1e-5 * max(abs(slope), 0.01)
        }
    }

    @Test("the gradient along random directions is the slope", arguments: GradientCase.all)
    func slope(_ gradientCase: GradientCase) throws {
        let comparisons = try comparisons(gradientCase)
        #expect(comparisons.filter { !$0.agrees }.map(\.name) == [])
        // That the check itself can fail: one element a little off, a wrong sign, no gradient at all.
        for comparison in comparisons {
            for spoil in Self.spoils {
                var wrong = comparison
                spoil(&wrong.gradient)
                #expect(!wrong.agrees, "\(comparison.name): a wrong gradient went unnoticed")
            }
        }
    }

    private static let spoils: [@Sendable (inout [Double]) -> Void] = [
        { $0[$0.count / 2] += 0.01 }, { $0 = $0.map { -$0 } }, { $0 = $0.map { _ in 0 } },
    ]

    /// The slope of a random combination of the outputs, for the input and each parameter along a random direction.
    private func comparisons(_ gradientCase: GradientCase) throws -> [Comparison] {
        let graph = try GraphBuilder.graph(of: gradientCase.network, input: gradientCase.input)
        var backend = ReferenceBackend<Double>(graph: graph, parameters: parameters(of: graph))
        let image: Tensor<Double> = randomTensor(gradientCase.input.prefixed(by: 1), seed: 11)
        let values = backend.values(for: image, isTraining: true, seed: seed, step: step)
        let cotangent: Tensor<Double> = randomTensor(values[graph.output.index].shape, seed: 12)
        let gradients = backend.gradients(of: values, dOutput: cotangent, isTraining: true, seed: seed, step: step)
        let start = backend.parameters
        // Small against the distance to the next kink, large against rounding.
        let h = 1e-7
        return (-1..<start.count).map { target in
            let direction: Tensor<Double> = randomTensor(target < 0 ? image.shape : start[target].shape, seed: 13)
            func objective(_ distance: Double) -> Double {
                var moved = image
                if target < 0 {
                    moved.values = shifted(image, direction, distance)
                } else {
                    backend.parameters[target].values = shifted(start[target], direction, distance)
                }
                defer { backend.parameters = start }
                return dot(
                    backend.values(for: moved, isTraining: true, seed: seed, step: step)[graph.output.index], cotangent)
            }
            return Comparison(
                name: target < 0 ? "input" : graph.parameters[target].name,
                slope: (objective(h) - objective(-h)) / (2 * h), direction: direction.values,
                gradient: (target < 0 ? gradients.input : gradients.parameters[target]).values)
        }
    }

    @Test("the loss's gradient is the slope")
    func lossSlope() {
        let logits: Tensor<Double> = randomTensor([5, 7], seed: 1, -3, 3)
        let labels = randomLabels(5, classes: 7, seed: 2)
        let direction: Tensor<Double> = randomTensor([5, 7], seed: 3)
        func loss(_ distance: Double) -> Double {
            let moved = Tensor(logits.shape, shifted(logits, direction, distance))
            return CrossEntropy.lossAndGradient(logits: moved, labels: labels).loss
        }
        let slope = (loss(1e-6) - loss(-1e-6)) / 2e-6
        let gradient = dot(CrossEntropy.lossAndGradient(logits: logits, labels: labels).dLogits, direction)
        #expect(abs(slope - gradient) < 1e-8)
    }

    @Test("on a pixel centre the grid's gradient is one-sided towards +x; outside, and for NaN, it is zero")
    func samplerKinks() {
        // Pixels 1, 4, 9; alignCorners makes −1, 0, 1 their centres, one pixel a unit.
        let image = Tensor<Double>([1, 1, 3, 1], [1, 4, 9])
        let sampler = Sampler(corners: .centers)
        let grid = Tensor<Double>([1, 1, 6, 2], [-1, 0, 0, 0, 1, 0, -2, 0, 3, 0, .nan, 0])
        #expect(sampler.sample(image, at: grid).values == [1, 4, 9, 0, 0, 0])
        let ones = Tensor<Double>([1, 1, 6, 1], repeating: 1)
        let dGrid = sampler.gradients(dOutput: ones, image: image, grid: grid).dGrid.values
        // 4 − 1, 9 − 4, then 0 − 9 behind the last pixel; one pixel before the first the value starts to rise.
        #expect(stride(from: 0, to: 12, by: 2).map { dGrid[$0] } == [3, 5, -9, 1, 0, 0])
    }

    @Test("nearest rounds ties to the even pixel and has no gradient for the grid")
    func nearestTies() {
        let image = Tensor<Double>([1, 1, 4, 1], [1, 4, 9, 16])
        let sampler = Sampler(mode: .nearest, corners: .edges)
        // Pixels −0.5, 0.5, 1.5, 2.5 and 3.5; the last rounds to 4, which is outside.
        let grid = Tensor<Double>([1, 1, 5, 2], [-1, 0, -0.5, 0, 0, 0, 0.5, 0, 1, 0])
        #expect(sampler.sample(image, at: grid).values == [1, 1, 9, 9, 0])
        let gradients = sampler.gradients(
            dOutput: Tensor([1, 1, 5, 1], [1, 2, 4, 8, 16]), image: image, grid: grid)
        #expect(gradients.dImage.values == [3, 0, 12, 0])
        #expect(gradients.dGrid.values.allSatisfy { $0 == 0 })
    }

    @Test(
        "sampling is linear in the image, and the image's gradient is its transpose", arguments: SamplingMode.allCases)
    func transpose(_ mode: SamplingMode) {
        let image: Tensor<Double> = randomTensor([2, 5, 6, 3], seed: 1)
        let grid: Tensor<Double> = randomTensor([2, 7, 4, 2], seed: 2, -1.4, 1.4)
        let dOutput: Tensor<Double> = randomTensor([2, 7, 4, 3], seed: 3)
        for corners in [CornerConvention.edges, .centers] {
            let sampler = Sampler(mode: mode, corners: corners)
            let forward = dot(sampler.sample(image, at: grid), dOutput)
            let gradients = sampler.gradients(dOutput: dOutput, image: image, grid: grid)
            #expect(abs(forward - dot(gradients.dImage, image)) < 1e-12)
            #expect(mode != .nearest || gradients.dGrid.values.allSatisfy { $0 == 0 })
        }
    }

    @Test("bicubic weights a quarter and half a pixel on are Keys' with A = −0.75", arguments: [0.25, 0.5])
    func keysWeights(_ fraction: Double) {
        let expected =
            fraction == 0.5
            ? [-0.09375, 0.59375, 0.59375, -0.09375] : [-0.10546875, 0.87890625, 0.26171875, -0.03515625]
        let sampler = Sampler(mode: .bicubic, corners: .centers)
        // Between pixels 1 and 2 of four; each pixel in turn is one, the others zero.
        let grid = Tensor<Double>([1, 1, 1, 2], [(1 + fraction) / 1.5 - 1, 0])
        for pixel in 0..<4 {
            let image = Tensor<Double>([1, 1, 4, 1], (0..<4).map { $0 == pixel ? 1 : 0 })
            #expect(abs(sampler.sample(image, at: grid).values[0] - expected[pixel]) < 1e-12)
        }
    }

    @Test("the identity copies the image bit for bit", arguments: SamplingMode.allCases, [false, true])
    func identity(_ mode: SamplingMode, _ alignCorners: Bool) {
        let corners = CornerConvention(alignCorners: alignCorners)
        let image: Tensor<Float> = randomTensor([1, 7, 9, 2], seed: 1)
        let grid = AffineTransform.grid(
            theta: Tensor([1, 6], AffineTransform.identity), height: 7, width: 9, corners: corners)
        #expect(Sampler(mode: mode, corners: corners).sample(image, at: grid) == image)
    }

    /// Random parameters; a θ head near the identity, so that most positions lie inside.
    private func parameters(of graph: Graph) -> [Tensor<Double>] {
        graph.parameters.enumerated().map { index, parameter in
            let shape = parameter.specification.shape
            if case .values(let start) = parameter.specification.initializer {
                let noise: Tensor<Double> = randomTensor(shape, seed: UInt64(20 + index), -0.03, 0.03)
                return Tensor(shape, noise.values.indices.map { noise.values[$0] + Double(start[$0 % start.count]) })
            }
            let bound = 1 / Float(shape.count / shape[0]).squareRoot()
            return randomTensor(shape, seed: UInt64(20 + index), -bound, bound)
        }
    }

    private func shifted(_ tensor: Tensor<Double>, _ direction: Tensor<Double>, _ distance: Double) -> [Double] {
        zip(tensor.values, direction.values).map { $0 + distance * $1 }
    }

    private func dot(_ a: Tensor<Double>, _ b: Tensor<Double>) -> Double {
        zip(a.values, b.values).reduce(0) { $0 + $1.0 * $1.1 }
    }
}
