import Execution
import Networks
import SpatialTransformers
import Tensors
import TestSupport
import Testing

extension TransformerOptions {
    /// Half the size, off the identity.
    fileprivate static var smaller: TransformerOptions {
        var options = TransformerOptions()
        (options.outputSize, options.start) = ((6, 5), .perturbed(by: 0.1, seed: 3))
        return options
    }

    /// Half the size, antialiased, from a window that is not the whole image.
    fileprivate static var averaging: TransformerOptions {
        var options = TransformerOptions()
        (options.antialias, options.outputSize, options.start) = (true, (6, 5), .perturbed(by: 0.2, seed: 3))
        return options
    }
}

/// A network, an input and a batch on which the fast path must agree with the reference.
struct NetworkCase: Sendable, CustomStringConvertible {
    let name: String
    let input: Shape
    let batch: Int
    /// Biases that a normalisation behind them subtracts again.
    ///
    /// Their gradient is zero, and computed the rounding of sums that cancel: it is held against the gradient of the weight
    /// beside it.
    var cancelled: Set<String> = []
    let network: Sequential
    var description: String { name }

    static let all: [NetworkCase] = [
        NetworkCase(
            name: "convolution, pool, ReLU on odd sizes", input: [11, 9, 3], batch: 3,
            network: Sequential {
                Conv2d(7, kernel: 3); MaxPool2d(2); ReLU(); Flatten(); Linear(5)
            }),
        NetworkCase(
            name: "ReLU before pooling", input: [10, 10, 2], batch: 2,
            network: Sequential {
                Conv2d(18, kernel: 3); ReLU(); MaxPool2d(2); Flatten(); Linear(4)
            }),
        NetworkCase(
            name: "two convolutions, the first unpooled", input: [9, 12, 5], batch: 3,
            network: Sequential {
                Conv2d(33, kernel: 2); ReLU(); Conv2d(40, kernel: 3); MaxPool2d(2); Flatten(); Linear(3)
            }),
        NetworkCase(
            name: "pooling by three on its own", input: [11, 10, 3], batch: 2,
            network: Sequential {
                Conv2d(6, kernel: 2); MaxPool2d(3); ReLU(); Flatten(); Linear(3)
            }),
        NetworkCase(
            name: "dropout of both kinds", input: [8, 8, 3], batch: 4,
            network: Sequential {
                Conv2d(20, kernel: 3); Dropout2d(0.4); MaxPool2d(2); ReLU()
                Dropout2d(0.3); Flatten(); Linear(50); ReLU(); Dropout(0.5); Linear(3)
            }),
        NetworkCase(
            name: "linear layers on a large batch", input: [1, 1, 130], batch: 37,
            network: Sequential {
                Flatten(); Linear(70); ReLU(); Linear(33); ReLU(); Linear(9)
            }),
        NetworkCase(
            name: "a transformer inside, on features", input: [12, 10, 2], batch: 3,
            network: Sequential {
                Conv2d(6, kernel: 3); ReLU()
                SpatialTransformer(.affine) {
                    Conv2d(8, kernel: 3); MaxPool2d(2); ReLU(); Flatten(); Linear(12); ReLU()
                }
                Conv2d(8, kernel: 3); MaxPool2d(2); ReLU(); Flatten(); Linear(4)
            }),
        NetworkCase(
            name: "align corners", input: [9, 7, 3], batch: 3,
            network: Sequential {
                SpatialTransformer(.affine, alignCorners: true) {
                    Flatten(); Linear(12); ReLU()
                }
                Conv2d(8, kernel: 3); MaxPool2d(2); ReLU(); Flatten(); Linear(4)
            }),
        NetworkCase(
            name: "bicubic sampling", input: [9, 7, 3], batch: 3,
            network: Sequential {
                SpatialTransformer(.affine, sampling: .bicubic) {
                    Flatten(); Linear(12); ReLU()
                }
                Conv2d(8, kernel: 3); MaxPool2d(2); ReLU(); Flatten(); Linear(4)
            }),
        NetworkCase(
            name: "a smaller output that averages over what it covers", input: [12, 10, 3], batch: 3,
            network: Sequential {
                SpatialTransformer(.affine, options: .averaging) {
                    Flatten(); Linear(12); ReLU()
                }
                Conv2d(8, kernel: 3); ReLU(); Flatten(); Linear(4)
            }),
        NetworkCase(
            name: "nearest sampling inside, on features", input: [12, 10, 2], batch: 3,
            network: Sequential {
                Conv2d(6, kernel: 3); ReLU()
                SpatialTransformer(.affine, sampling: .nearest) {
                    Flatten(); Linear(12); ReLU()
                }
                Conv2d(8, kernel: 3); MaxPool2d(2); ReLU(); Flatten(); Linear(4)
            }),
        NetworkCase(
            name: "Winograd, pooled, ragged tiles and channels", input: [15, 12, 17], batch: 3,
            network: Sequential {
                Conv2d(41, kernel: 5); Dropout2d(0.3); MaxPool2d(2); ReLU(); Flatten(); Linear(4)
            }),
        NetworkCase(
            name: "Winograd, unpooled, several groups of tiles", input: [33, 29, 16], batch: 3,
            network: Sequential {
                Conv2d(32, kernel: 5); MaxPool2d(3); ReLU(); Flatten(); Linear(3)
            }),
        NetworkCase(
            name: "Winograd's gradients, 3×3 and 5×5, pooled and not", input: [15, 13, 4], batch: 2,
            network: Sequential {
                Conv2d(33, kernel: 3); Conv2d(34, kernel: 3)
                Conv2d(37, kernel: 5); MaxPool2d(2); ReLU(); Flatten(); Linear(3)
            }),
        NetworkCase(
            name: "few channels, 7×7 and 5×5, unpooled", input: [21, 18, 2], batch: 3,
            network: Sequential {
                Conv2d(3, kernel: 7); Conv2d(21, kernel: 5); ReLU(); Flatten(); Linear(3)
            }),
        NetworkCase(
            name: "a flow learned by a convolution, samples wrap", input: [12, 10, 3], batch: 3,
            network: Sequential {
                Conv2d(4, kernel: 3); ReLU()
                Flow(sampler: Sampler(mode: .bicubic, padding: .wrap, corners: .edges))
                Conv2d(8, kernel: 3); MaxPool2d(2); ReLU(); Flatten(); Linear(4)
            }),
        NetworkCase(
            name: "a flow over the input, background outside", input: [13, 41, 3], batch: 2,
            network: Sequential {
                Flow(
                    sampler: Sampler(
                        padding: .background(mean: [0.5, 0.4, 0.3], deviation: [0.2, 0.3, 0.4]),
                        corners: .centers))
                Flow(sampler: Sampler(padding: .reflection, corners: .edges))
                Flatten(); Linear(4)
            }),
        NetworkCase(
            name: "every activation", input: [9, 7, 3], batch: 3,
            network: Sequential {
                Conv2d(7, kernel: 3); LeakyReLU(); Conv2d(5, kernel: 2); GELU(); Conv2d(9, kernel: 2); SiLU()
                Flatten(); Linear(19); Tanh(); Linear(17); Sigmoid(); Linear(11); GELU(approximation: .tanh); Linear(4)
            }),
        NetworkCase(
            name: "pooling with overlaps, padding and rounding up", input: [13, 11, 3], batch: 3,
            network: Sequential {
                Conv2d(17, kernel: 2); MaxPool2d(3, stride: 2, padding: 1); AvgPool2d(3, stride: 2, padding: 1)
                Conv2d(9, kernel: 1); AvgPool2d(2, ceilMode: true, countIncludePad: false); Flatten(); Linear(4)
            }),
        NetworkCase(
            name: "pooling by two that a convolution cannot take in", input: [9, 9, 2], batch: 1,
            network: Sequential {
                Conv2d(6, kernel: 2); MaxPool2d(2, ceilMode: true); Conv2d(5, kernel: 1); MaxPool2d(2, stride: 1)
                Flatten(); Linear(4)
            }),
        NetworkCase(
            name: "global average pooling", input: [8, 9, 3], batch: 3,
            network: Sequential {
                Conv2d(19, kernel: 3); ReLU(); GlobalAvgPool2d(); Flatten(); Linear(4)
            }),
        NetworkCase(
            name: "residual blocks, with and without a projection", input: [9, 8, 3], batch: 3,
            network: Sequential {
                Conv2d(7, kernel: 2)
                Residual {
                    Conv2d(5, kernel: 1); ReLU(); Conv2d(7, kernel: 1)
                }
                ReLU()
                Residual {
                    Conv2d(19, kernel: 3)
                } shortcut: {
                    AvgPool2d(3, stride: 1); Conv2d(19, kernel: 1)
                }
                Residual { ReLU() }; Flatten(); Linear(9); Residual { Linear(9) }; Linear(3)
            }),
        NetworkCase(
            name: "branches, one of them the input itself, and a sum of a value with itself", input: [7, 6, 3],
            batch: 1,
            network: Sequential {
                Branches {
                    Conv2d(17, kernel: 1); Sequential {}
                    Sequential {
                        Conv2d(4, kernel: 1); GELU()
                    }
                }
                Residual {}
                Branches {
                    Sequential {}; Sequential {}; Conv2d(2, kernel: 1)
                }
                ReLU(); Flatten(); Linear(4)
            }),
        NetworkCase(
            name: "a recurrent transformer, its predictor shared", input: [12, 10, 3], batch: 3,
            network: Sequential {
                TransformerSeries(
                    3, sharesPredictor: true,
                    of: SpatialTransformer(.similarity()) {
                        Conv2d(6, kernel: 3); MaxPool2d(2); ReLU(); Flatten(); Linear(9); ReLU()
                    })
                Conv2d(8, kernel: 3); MaxPool2d(2); ReLU(); Flatten(); Linear(4)
            }),
        NetworkCase(
            name: "homographies in series, to another size", input: [12, 10, 3], batch: 3,
            network: Sequential {
                TransformerSeries(
                    3,
                    of: SpatialTransformer(Projective(), options: .smaller) {
                        Flatten(); Linear(9); ReLU()
                    })
                Conv2d(8, kernel: 3); ReLU(); Flatten(); Linear(4)
            }),
        NetworkCase(
            name: "a transformer of volumes, to another size", input: [4, 6, 5, 2], batch: 3,
            network: Sequential {
                VolumeTransformer(outputSize: (3, 4, 6)) {
                    Flatten(); Linear(9); ReLU()
                }
                Flatten(); Linear(4)
            }),
        NetworkCase(
            name: "a homography to another size, bounded, from parts in parallel", input: [12, 10, 3], batch: 2,
            network: Sequential {
                Branches {
                    for part in 0..<2 {
                        SpatialTransformer(Projective().bounded(by: 1.5), options: .part(part)) {
                            Flatten(); Linear(9); ReLU()
                        }
                    }
                }
                Conv2d(8, kernel: 3); MaxPool2d(2); ReLU(); Flatten(); Linear(4)
            }),
        NetworkCase(
            name: "batch normalisation, with and without ReLU, of images and of flat inputs", input: [11, 9, 3],
            batch: 5, cancelled: ["conv1.bias", "conv2.bias", "fc1.bias"],
            network: Sequential {
                BatchNorm2d(); ReLU(); Conv2d(17, kernel: 3); BatchNorm2d(); ReLU()
                Conv2d(70, kernel: 2); BatchNorm2d(); Tanh(); MaxPool2d(2)
                Flatten(); BatchNorm1d(); ReLU(); Linear(19); BatchNorm1d(); ReLU(); Linear(4)
            }),
        NetworkCase(
            name: "batch normalisation of a single image, in a residual block, over several blocks of rows",
            input: [37, 33, 2], batch: 1, cancelled: ["conv2.bias"],
            network: Sequential {
                Conv2d(40, kernel: 1)
                Residual {
                    BatchNorm2d(); ReLU(); Conv2d(40, kernel: 1); BatchNorm2d()
                }
                MaxPool2d(3, stride: 2); Flatten(); Linear(3)
            }),
        NetworkCase(
            name: "padded, by Winograd's way with its gradients, pooled and not", input: [11, 13, 6], batch: 3,
            network: Sequential {
                Conv2d(33, kernel: 3, padding: 1, bias: false); ReLU(); Conv2d(40, kernel: 3, padding: .same)
                Conv2d(36, kernel: 5, padding: 2, bias: false); MaxPool2d(2); ReLU(); Flatten(); Linear(3)
            }),
        NetworkCase(
            name: "padded, forward by Winograd's way, gradients by patches", input: [10, 9, 5], batch: 3,
            network: Sequential {
                Conv2d(17, kernel: 1); Conv2d(35, kernel: 3, padding: 1); Dropout2d(0.3); MaxPool2d(2); ReLU()
                Flatten(); Linear(3)
            }),
        NetworkCase(
            name: "padded, few channels, fused with everything", input: [10, 9, 3], batch: 3,
            network: Sequential {
                Conv2d(21, kernel: 3, padding: 1); Dropout2d(0.3); MaxPool2d(2); ReLU()
                Conv2d(5, kernel: 5, padding: .zeros(height: 4, width: 1)); ReLU(); Flatten(); Linear(3)
            }),
        NetworkCase(
            name: "strided, kernels not square", input: [19, 17, 3], batch: 3,
            network: Sequential {
                Conv2d(18, kernel: 7, stride: 2, padding: 3, bias: false); ReLU()
                Conv2d(33, kernel: PerAxis(height: 3, width: 2), stride: PerAxis(height: 1, width: 3)); MaxPool2d(2)
                Conv2d(7, kernel: 1, stride: 2); ReLU(); Flatten(); Linear(3)
            }),
        NetworkCase(
            name: "dilated", input: [13, 12, 3], batch: 2,
            network: Sequential {
                Conv2d(10, kernel: 3, padding: .same, dilation: PerAxis(height: 2, width: 3)); ReLU()
                Conv2d(17, kernel: 3, stride: 2, dilation: 2); MaxPool2d(2); ReLU(); Flatten(); Linear(3)
            }),
        NetworkCase(
            name: "in groups", input: [9, 8, 4], batch: 3,
            network: Sequential {
                Conv2d(36, kernel: 3, padding: 1, groups: 2); ReLU(); Conv2d(54, kernel: 1, groups: 3, bias: false)
                Conv2d(18, kernel: 3, stride: 2, groups: 9); MaxPool2d(2); Flatten(); Linear(3)
            }),
        NetworkCase(
            name: "in groups of four, as a vector holds several", input: [9, 8, 3], batch: 3,
            network: Sequential {
                Conv2d(36, kernel: 1, bias: false); ReLU(); Conv2d(36, kernel: 3, stride: 2, padding: 1, groups: 9)
                MaxPool2d(2); ReLU(); Flatten(); Linear(3)
            }),
        NetworkCase(
            name: "depthwise and 1×1", input: [12, 11, 3], batch: 3,
            network: Sequential {
                Conv2d(37, kernel: 3, padding: 1); ReLU(); Conv2d(37, kernel: 3, padding: 1, groups: 37, bias: false)
                ReLU(); Conv2d(70, kernel: 1); ReLU(); Conv2d(70, kernel: 5, stride: 2, padding: 2, groups: 70)
                MaxPool2d(2); ReLU(); Conv2d(140, kernel: 3, padding: .same, groups: 70); Flatten(); Linear(3)
            }),
        NetworkCase(
            name: "1×1, unpooled and pooled", input: [9, 7, 3], batch: 5,
            network: Sequential {
                Conv2d(34, kernel: 1); ReLU(); Conv2d(48, kernel: 1, bias: false); Conv2d(7, kernel: 1); Dropout2d(0.3)
                MaxPool2d(2); ReLU(); Flatten(); Linear(3)
            }),
        NetworkCase(
            name: "without bias on every older way", input: [21, 20, 2], batch: 3,
            network: Sequential {
                Conv2d(3, kernel: 5, bias: false); Conv2d(16, kernel: 2, bias: false); ReLU()
                Conv2d(33, kernel: 3, bias: false); Conv2d(32, kernel: 3, bias: false); MaxPool2d(2); Flatten()
                Linear(3)
            }),
        NetworkCase(
            name: "strided residual blocks, normalised, without bias", input: [9, 8, 3], batch: 4,
            network: Sequential {
                Conv2d(18, kernel: 3, padding: 1, bias: false); BatchNorm2d(); ReLU()
                Residual {
                    Conv2d(33, kernel: 3, stride: 2, padding: 1, bias: false); BatchNorm2d(); ReLU()
                    Conv2d(33, kernel: 3, padding: 1, bias: false); BatchNorm2d()
                } shortcut: {
                    Conv2d(33, kernel: 1, stride: 2, bias: false); BatchNorm2d()
                }
                ReLU()
                Residual {
                    Conv2d(33, kernel: 3, padding: 1, groups: 33, bias: false); BatchNorm2d(); ReLU()
                    Conv2d(33, kernel: 1, bias: false); BatchNorm2d()
                }
                GlobalAvgPool2d(); Flatten(); Linear(3)
            }),
        NetworkCase(name: "the seed's network", input: [32, 32, 3], batch: 2, network: ReadyMade.seed(classes: 10)),
    ]
}

/// Reads its input at positions that a convolution makes from it: a grid without a generator.
private struct Flow: Layer {
    let sampler: Sampler

    func lower(_ input: Graph.Value, into builder: inout GraphBuilder) throws -> Graph.Value {
        let grid = try Conv2d(2, kernel: 3).lower(input, into: &builder)
        return try builder.add(GridSampleOperation(sampler: sampler), input, grid)
    }
}

extension TransformerOptions {
    /// Half of the image, smaller than it, by border padding, held back and penalised.
    fileprivate static func part(_ part: Int) -> TransformerOptions {
        var options = TransformerOptions(sampling: .bicubic)
        options.start = .tiled(part: part, of: 2)
        options.outputSize = (9, 7)
        options.padding = .border
        options.gradientScale = 0.1
        options.penalties = [(.departure, 0.5), (.folding(margin: 0.9), 2)]
        return options
    }
}

@Suite("The fast path against the reference")
struct FastAgainstReferenceTests {
    private let seed: UInt64 = 5
    private let step: UInt32 = 9

    @Test("values and gradients agree on every instruction set", arguments: NetworkCase.all + NetworkCase.warps)
    func agrees(_ networkCase: NetworkCase) throws {
        let graph = try GraphBuilder.graph(of: networkCase.network, input: networkCase.input)
        let images: Tensor<Float> = randomTensor(networkCase.input.prefixed(by: networkCase.batch), seed: 2)
        let classes = graph.shape(of: graph.output).count
        let labels = randomLabels(networkCase.batch, classes: classes, seed: 3)
        let expected = reference(graph, images, labels)
        for instructionSet in InstructionSet.available {
            let executor = try Executor(graph: graph, seed: seed, threadCount: 2, instructionSet: instructionSet)
            perturb(executor.parameters)
            let plan = try images.values.withUnsafeBufferPointer { images in
                try labels.withUnsafeBufferPointer {
                    try executor.computeGradients(images: images, labels: $0, step: step)
                }
            }
            let lossSum = (0..<networkCase.batch).reduce(0.0) { $0 + Double(plan.losses[$1]) }
            expectClose(
                [lossSum / Double(networkCase.batch)], [expected.loss], relative: 1e-5, "\(instructionSet): loss")
            var beside = 0.0
            for (entry, gradient) in zip(executor.parameters.entries, expected.gradients) {
                let largest = gradient.values.reduce(0) { max($0, abs($1)) }
                let scale = networkCase.cancelled.contains(entry.name) ? beside : largest
                beside = largest
                expectClose(
                    executor.parameters.gradient(entry).converted(to: Double.self).values, gradient.values,
                    relative: 1e-4, absolute: 2e-5 * scale, "\(instructionSet): gradient of \(entry.name)")
            }
        }
    }

    @Test("sampling on a grid gives the same bits for any number of threads")
    func threads() throws {
        for networkCase in NetworkCase.all where networkCase.name.contains("flow") {
            let graph = try GraphBuilder.graph(of: networkCase.network, input: networkCase.input)
            let images: Tensor<Float> = randomTensor(networkCase.input.prefixed(by: networkCase.batch), seed: 2)
            let labels = randomLabels(networkCase.batch, classes: 4, seed: 3)
            let gradients = try (1...4).map { threadCount in
                let executor = try Executor(graph: graph, seed: seed, threadCount: threadCount)
                perturb(executor.parameters)
                _ = try images.values.withUnsafeBufferPointer { images in
                    try labels.withUnsafeBufferPointer {
                        try executor.computeGradients(images: images, labels: $0, step: step)
                    }
                }
                return executor.parameters.entries.map { executor.parameters.gradient($0).values }
            }
            #expect(gradients.dropFirst().allSatisfy { $0 == gradients[0] })
            #expect(gradients[0].contains { $0.contains { $0 != 0 } })
        }
    }

    /// Loss and gradients of all parameters, in plain loops and Double.
    private func reference(
        _ graph: Graph, _ images: Tensor<Float>, _ labels: [Int32]
    ) -> (loss: Double, gradients: [Tensor<Double>]) {
        let parameters = ParameterBlock(for: graph, seed: seed)
        perturb(parameters)
        let backend = ReferenceBackend<Double>(graph: graph, parameters: parameters)
        let values = backend.values(for: images.converted(), isTraining: true, seed: seed, step: step)
        let (loss, dLogits) = CrossEntropy.lossAndGradient(logits: values[graph.output.index], labels: labels)
        return (
            loss,
            backend.gradients(of: values, dOutput: dLogits, isTraining: true, seed: seed, step: step).parameters
        )
    }

    /// Moves every parameter a little, so that θ is no identity and no head is zero.
    private func perturb(_ parameters: ParameterBlock) {
        for (index, entry) in parameters.entries.enumerated() {
            let noise: Tensor<Float> = randomTensor(entry.specification.shape, seed: UInt64(100 + index), -0.02, 0.02)
            var tensor = parameters.tensor(entry)
            for place in tensor.values.indices { tensor.values[place] += noise.values[place] }
            parameters.assign(tensor, to: entry)
        }
    }
}
