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
    var batch = 1
    let network: Sequential

    /// Every operation, then whole networks.
    static let all: [GradientCase] =
        [
            GradientCase(description: "convolution", input: [7, 6, 3], network: Sequential { Conv2d(4, kernel: 3) }),
            GradientCase(
                description: "convolution, padded and strided", input: [7, 6, 3],
                network: Sequential {
                    Conv2d(
                        4, kernel: PerAxis(height: 3, width: 2), stride: PerAxis(height: 2, width: 1),
                        padding: .zeros(height: 1, width: 2))
                }),
            GradientCase(
                description: "convolution, dilated, in groups, without bias", input: [7, 8, 4],
                network: Sequential {
                    Conv2d(6, kernel: 3, padding: .same, dilation: PerAxis(height: 2, width: 3), groups: 2, bias: false)
                }),
            GradientCase(
                description: "depthwise convolution", input: [6, 7, 4],
                network: Sequential { Conv2d(4, kernel: 3, stride: 2, padding: 1, groups: 4) }),
            GradientCase(
                description: "linear", input: [2, 3, 2],
                network: Sequential {
                    Flatten(); Linear(5)
                }),
            GradientCase(description: "max-pooling", input: [7, 6, 3], network: Sequential { MaxPool2d(2) }),
            GradientCase(
                description: "max-pooling with overlaps", input: [7, 6, 3],
                network: Sequential { MaxPool2d(3, stride: 2, padding: 1, ceilMode: true) }),
            GradientCase(description: "average pooling", input: [7, 6, 3], network: Sequential { AvgPool2d(2) }),
            GradientCase(
                description: "average pooling with overlaps", input: [7, 6, 3],
                network: Sequential { AvgPool2d(3, stride: 2, padding: 1, ceilMode: true, countIncludePad: false) }),
            GradientCase(description: "global pooling", input: [5, 6, 3], network: Sequential { GlobalAvgPool2d() }),
            GradientCase(description: "ReLU", input: [4, 4, 2], network: Sequential { ReLU() }),
            GradientCase(description: "leaky ReLU", input: [4, 4, 2], network: Sequential { LeakyReLU(0.2) }),
            GradientCase(description: "GELU", input: [4, 4, 2], network: Sequential { GELU() }),
            GradientCase(
                description: "GELU by tanh", input: [4, 4, 2], network: Sequential { GELU(approximation: .tanh) }),
            GradientCase(description: "SiLU", input: [4, 4, 2], network: Sequential { SiLU() }),
            GradientCase(description: "tanh", input: [4, 4, 2], network: Sequential { Tanh() }),
            GradientCase(description: "sigmoid", input: [4, 4, 2], network: Sequential { Sigmoid() }),
            GradientCase(
                description: "residual", input: [4, 4, 2],
                network: Sequential {
                    Residual {
                        Conv2d(3, kernel: 2)
                    } shortcut: {
                        Conv2d(3, kernel: 2); Tanh()
                    }
                }),
            GradientCase(
                description: "branches", input: [4, 4, 2],
                network: Sequential {
                    Branches {
                        Conv2d(3, kernel: 1); Sequential {}
                    }
                }),
            GradientCase(
                description: "batch normalisation of images", input: [3, 4, 5], batch: 2,
                network: Sequential { BatchNorm2d() }),
            GradientCase(
                description: "batch normalisation of flat inputs", input: [2, 1, 3], batch: 5,
                network: Sequential {
                    Flatten(); Linear(4); Tanh(); BatchNorm1d(); Tanh()
                }),
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
                description: "transformers in series", input: [7, 9, 2],
                network: Sequential {
                    TransformerSeries(
                        of: SpatialTransformer(.similarity()) {
                            Flatten(); Linear(3); Tanh()
                        })
                }),
            GradientCase(
                description: "a recurrent transformer", input: [7, 9, 2],
                network: Sequential {
                    TransformerSeries(
                        3, sharesPredictor: true,
                        of: SpatialTransformer {
                            Flatten(); Linear(3); Tanh()
                        })
                }),
            GradientCase(
                description: "homographies in series, to another size", input: [7, 9, 2],
                network: Sequential {
                    TransformerSeries(
                        3,
                        of: SpatialTransformer(.projective, options: .size(5, 6)) {
                            Flatten(); Linear(3); Tanh()
                        })
                }),
            GradientCase(
                description: "parallel transformers", input: [8, 8, 2],
                network: Sequential {
                    Branches {
                        for part in 0..<2 {
                            SpatialTransformer(.attention(), options: .tile(part, of: 2)) { Flatten() }
                        }
                    }
                }),
            GradientCase(
                description: "affine grid and trilinear sampler of volumes, to another size", input: [4, 5, 6, 2],
                network: Sequential {
                    VolumeTransformer(sampler: Sampler(padding: .border, corners: .edges), outputSize: (3, 4, 5)) {
                        Flatten(); Linear(3); Tanh()
                    }
                }),
            GradientCase(
                description: "a small network with a transformer", input: [12, 12, 3],
                network: Sequential {
                    SpatialTransformer {
                        Conv2d(4, kernel: 3); MaxPool2d(2); ReLU(); Flatten(); Linear(8); ReLU()
                    }
                    Conv2d(6, kernel: 3); Dropout2d(0.3); MaxPool2d(2); ReLU(); Flatten(); Linear(12); ReLU();
                    Dropout(0.3)
                    Linear(4)
                }),
            GradientCase(
                description: "the tutorial's network", input: [32, 32, 3], network: ReadyMade.seed(classes: 10)),
        ] + families

    /// A transformer of each family, all options that have a gradient among them.
    private static let families: [GradientCase] = [
        ("translation", Translation()), ("rotation", Rotation()), ("attention", Attention(.perAxis)),
        ("similarity", Similarity()), ("projective", Projective()), ("thin-plate spline", ThinPlateSpline()),
        ("CPAB", ContinuousPiecewiseAffine(cells: 2)), ("displacements", DisplacementField(height: 2, width: 3)),
        ("bounded affine", AffineTransform().bounded(by: 0.3)),
        ("bounded thin-plate spline", ThinPlateSpline(controlPoints: 3).bounded(by: 0.3)),
    ].map { (name: String, transformation: any Transformation) in
        var options = TransformerOptions(sampling: .bicubic)
        options.padding = .border
        options.outputSize = (5, 6)
        let transformer = SpatialTransformer(transformation, options: options) {
            Flatten(); Linear(3); Tanh()
        }
        return GradientCase(
            description: "\(name), to another size", input: [7, 9, 2], network: Sequential { transformer })
    }
}

extension TransformerOptions {
    /// A result of another size, off the identity, so that products are of matrices in general position.
    fileprivate static func size(_ height: Int, _ width: Int) -> TransformerOptions {
        var options = TransformerOptions(sampling: .bicubic)
        (options.padding, options.outputSize, options.start) = (.border, (height, width), .perturbed(by: 0.2, seed: 5))
        return options
    }

    /// Starts at a part of the image.
    fileprivate static func tile(_ part: Int, of count: Int) -> TransformerOptions {
        var options = TransformerOptions()
        options.start = .tiled(part: part, of: count)
        return options
    }
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
        let image: Tensor<Double> = randomTensor(gradientCase.input.prefixed(by: gradientCase.batch), seed: 11)
        let values = backend.values(for: image, isTraining: true, seed: seed, step: step)
        let cotangent: Tensor<Double> = randomTensor(values[graph.output.index].shape, seed: 12)
        let gradients = backend.gradients(of: values, dOutput: cotangent, isTraining: true, seed: seed, step: step)
        let start = backend.parameters
        // Small against the distance to the next kink, large against rounding.
        let h = 1e-7
        let targets = start.indices.filter { graph.parameters[$0].specification.role == .learned }
        return ([-1] + targets).map { target in
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

    @Test("the loss's gradient is the slope", arguments: [0, 0.1, 1])
    func lossSlope(_ smoothing: Double) {
        let logits: Tensor<Double> = randomTensor([5, 7], seed: 1, -3, 3)
        let labels = randomLabels(5, classes: 7, seed: 2)
        let direction: Tensor<Double> = randomTensor([5, 7], seed: 3)
        func loss(_ distance: Double) -> Double {
            let moved = Tensor(logits.shape, shifted(logits, direction, distance))
            return CrossEntropy.lossAndGradient(logits: moved, labels: labels, smoothing: smoothing).loss
        }
        let slope = (loss(1e-6) - loss(-1e-6)) / 2e-6
        let gradient = dot(
            CrossEntropy.lossAndGradient(logits: logits, labels: labels, smoothing: smoothing).dLogits, direction)
        #expect(abs(slope - gradient) < 1e-8)
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
