import ModelFormats
import SpatialTransformers
import TestSupport

/// A network with weights that leave no operation idle, and images for it.
struct ONNXCase: Sendable, CustomStringConvertible {
    let name: String
    let input: Shape
    let network: Sequential
    var description: String { name }

    /// The families that ONNX can express, by their names.
    static let families: [any Transformation] = [
        Translation(), Rotation(), Attention(), Similarity(), AffineTransform(), Projective(), ThinPlateSpline(),
        DisplacementField(height: 4, width: 3),
    ]

    /// All ready-made networks with all families and none, at the smallest sizes that go through; no image is square, so
    /// that rows and columns cannot be mixed up.
    static let readyMade: [ONNXCase] =
        (families.map(Optional.some) + [nil]).flatMap { family in
            [
                ("seed", [20, 22, 3], ReadyMade.seed(classes: 4, transform: family)),
                ("tutorial", [18, 20, 1], ReadyMade.tutorial(classes: 4, transform: family)),
                ("paper-cnn", [28, 30, 1], ReadyMade.paperCNN(classes: 4, transform: family)),
                ("paper-fcn", [12, 14, 1], ReadyMade.paperFCN(classes: 4, transform: family)),
                ("residual", [15, 18, 3], ReadyMade.residual(classes: 4, transform: family)),
            ].map { name, input, network in
                ONNXCase(name: "\(name)-\(family?.name ?? "none")", input: input, network: network)
            }
        }

    /// What the ready-made networks do not have: every layer and option.
    static let options: [ONNXCase] =
        samplings + [
            ONNXCase(
                name: "activations", input: [5, 6, 2],
                network: Sequential {
                    Conv2d(4, kernel: 2); LeakyReLU(0.1); Conv2d(4, kernel: 1); GELU(); GELU(approximation: .tanh)
                    Flatten(); Linear(6); SiLU(); Linear(5); Tanh(); Linear(4); Sigmoid()
                }),
            ONNXCase(
                name: "convolutions", input: [11, 9, 4],
                network: Sequential {
                    Conv2d(
                        8, kernel: PerAxis(height: 3, width: 2), stride: 2, padding: .zeros(height: 1, width: 2),
                        groups: 2)
                    Conv2d(6, kernel: 2, padding: .same, dilation: 2, bias: false); BatchNorm2d()
                    Conv2d(6, kernel: 3, padding: .same, groups: 6); Dropout2d(0.5); Flatten(); Dropout(0.5); Linear(3)
                }),
            ONNXCase(
                name: "pools", input: [12, 11, 2],
                network: Sequential {
                    MaxPool2d(3, stride: 2, padding: 1); AvgPool2d(2, stride: 1, padding: 1)
                    AvgPool2d(3, stride: 2, padding: 1, ceilMode: true); MaxPool2d(2, ceilMode: true)
                    AvgPool2d(2, padding: 1, countIncludePad: false); Flatten(); Linear(3)
                }),
            ONNXCase(
                name: "global pool", input: [6, 5, 3],
                network: Sequential {
                    Conv2d(4, kernel: 2); GlobalAvgPool2d(); Flatten(); Linear(3)
                }),
            ONNXCase(
                name: "batch norms that stand alone", input: [5, 6, 3],
                network: Sequential {
                    BatchNorm2d(); ReLU(); Conv2d(4, kernel: 2); ReLU(); BatchNorm2d(); Flatten(); BatchNorm1d()
                    Linear(5); BatchNorm1d(); ReLU(); Linear(3)
                }),
            ONNXCase(
                name: "branches and residuals", input: [8, 7, 3],
                network: Sequential {
                    Branches {
                        Conv2d(4, kernel: 1)
                        Sequential {
                            Conv2d(3, kernel: 3, padding: 1); BatchNorm2d(); ReLU()
                        }
                    }
                    Residual {
                        Conv2d(7, kernel: 3, padding: 1); BatchNorm2d()
                    }; ReLU()
                    Flatten(); Linear(3)
                }),
            ONNXCase(
                name: "parallel transformers", input: [9, 8, 2],
                network: Sequential {
                    Branches {
                        SpatialTransformer(.attention()) {
                            Flatten(); Linear(4)
                        }
                        SpatialTransformer(.similarity()) {
                            Flatten(); Linear(4)
                        }
                    }
                    Flatten(); Linear(3)
                }),
            ONNXCase(
                name: "a series", input: [9, 8, 2],
                network: Sequential {
                    TransformerSeries(
                        3,
                        of: SpatialTransformer(.similarity()) {
                            Flatten(); Linear(4)
                        })
                    Flatten(); Linear(3)
                }),
            ONNXCase(
                name: "a series of homographies", input: [9, 8, 2],
                network: Sequential {
                    TransformerSeries(
                        3,
                        of: SpatialTransformer(.projective) {
                            Flatten(); Linear(4)
                        })
                    Flatten(); Linear(3)
                }),
            ONNXCase(
                name: "a series with one predictor", input: [9, 8, 2],
                network: Sequential {
                    TransformerSeries(
                        2, sharesPredictor: true,
                        of: SpatialTransformer(.affine) {
                            Conv2d(2, kernel: 3); BatchNorm2d(); Flatten(); Linear(4)
                        })
                    Flatten(); Linear(3)
                }),
            ONNXCase(
                name: "what holds a transformer", input: [9, 8, 2],
                network: Sequential {
                    SpatialTransformer(AffineTransform().bounded(by: 0.3), options: held) {
                        Flatten(); Linear(4)
                    }
                    Flatten(); Linear(3)
                }),
        ]

    /// Modes by paddings by corner conventions, to another size.
    private static let samplings: [ONNXCase] = SamplingMode.allCases.flatMap { mode in
        [SamplingPadding.zeros, .border, .reflection, .constant([0.7, -0.4])].flatMap { padding in
            [false, true].flatMap { alignCorners in
                [AffineTransform() as any Transformation, Projective()].map { family in
                    var options = TransformerOptions(sampling: mode, alignCorners: alignCorners)
                    options.padding = padding
                    options.outputSize = (7, 10)
                    let padding = "\(padding)".prefix { $0 != "(" }
                    return ONNXCase(
                        name: "\(mode)-\(padding)-\(alignCorners)-\(family.name)", input: [8, 9, 2],
                        network: Sequential {
                            SpatialTransformer(family, options: options) {
                                Flatten(); Linear(3)
                            }
                            Flatten(); Linear(4)
                        })
                }
            }
        }
    }

    private static var held: TransformerOptions {
        var options = TransformerOptions()
        options.gradientScale = 0.1
        options.penalties = [(.departure, 0.5)]
        return options
    }

    /// The network with random weights, statistics and transformations.
    ///
    /// Fresh transformers are identities: the layer that gives θ is drawn too, around its start.
    func classifier() throws -> Classifier {
        let classifier = try Classifier(network, input: input, seed: 3, threadCount: 1)
        let parameters = classifier.executor.parameters
        for (index, entry) in parameters.entries.enumerated() {
            let start = parameters.tensor(entry).values
            let isConstant = Set(start).count <= 2
            guard isConstant, entry.specification.role != .count else { continue }
            let shape = entry.specification.shape
            // Rows of many weights give a θ near its start all the same.
            let bound = shape.rank == 2 ? 1 / Float(shape[1]).squareRoot() : 0.3
            let drawn: Tensor<Float> = randomTensor(shape, seed: UInt64(index), -bound, bound)
            parameters.assign(Tensor(drawn.shape, zip(start, drawn.values).map { $0 + $1 }), to: entry)
        }
        return classifier
    }

    /// Pixels between 0 and 1.
    func images(_ count: Int) -> Tensor<Float> { randomTensor(input.prefixed(by: count), seed: 17, 0, 1) }
}
