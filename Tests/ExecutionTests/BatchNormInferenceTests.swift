import Execution
import Networks
import SpatialTransformers
import Tensors
import TestSupport
import Testing

@Suite("Batch normalisation outside training")
struct BatchNormInferenceTests {
    /// Networks whose normalisations are taken in by every kind of layer and weights, and by none.
    static let cases: [NetworkCase] = [
        NetworkCase(
            name: "behind convolutions of every way", input: [25, 24, 3], batch: 2,
            network: Sequential {
                Conv2d(17, kernel: 5); BatchNorm2d(); ReLU(); Conv2d(32, kernel: 5); BatchNorm2d(); MaxPool2d(2)
                Conv2d(7, kernel: 2); Dropout2d(0.5); BatchNorm2d(); ReLU(); MaxPool2d(2); Flatten(); Linear(3)
            }),
        NetworkCase(
            name: "behind linear layers, the batch along the vectors", input: [1, 1, 40], batch: 37,
            network: Sequential {
                Flatten(); Linear(33); BatchNorm1d(); ReLU(); Linear(9); BatchNorm1d()
            }),
        NetworkCase(
            name: "behind linear layers, a single image", input: [1, 1, 40], batch: 1,
            network: Sequential {
                Flatten(); Linear(33); BatchNorm1d(); ReLU(); Linear(9); BatchNorm1d()
            }),
        NetworkCase(
            name: "by itself, with and without ReLU", input: [7, 6, 19], batch: 3,
            network: Sequential {
                BatchNorm2d(); ReLU(); MaxPool2d(2); BatchNorm2d(); Flatten(); BatchNorm1d(); ReLU(); Linear(3)
            }),
        NetworkCase(
            name: "behind a convolution whose output somebody else reads too", input: [6, 6, 4], batch: 2,
            network: Sequential {
                Conv2d(5, kernel: 2)
                Residual { BatchNorm2d() }
                Flatten(); Linear(3)
            }),
        NetworkCase(
            name: "behind convolutions without bias: padded, strided, 1×1 and plain", input: [13, 12, 3], batch: 3,
            network: Sequential {
                Conv2d(19, kernel: 3, padding: 1, bias: false); BatchNorm2d(); ReLU()
                Conv2d(33, kernel: 3, padding: 1, bias: false); BatchNorm2d()
                Conv2d(20, kernel: 3, stride: 2, padding: 1, bias: false); BatchNorm2d(); ReLU()
                Conv2d(17, kernel: 1, bias: false); BatchNorm2d(); Conv2d(18, kernel: 1, stride: 2); BatchNorm2d()
                Conv2d(5, kernel: 2, bias: false); BatchNorm2d(); ReLU(); MaxPool2d(2); Flatten(); Linear(3)
            }),
        NetworkCase(
            name: "behind convolutions in groups, few and many, and of a channel each", input: [13, 12, 4], batch: 3,
            network: Sequential {
                Conv2d(36, kernel: 3, padding: 1, groups: 2, bias: false); BatchNorm2d(); ReLU()
                Conv2d(54, kernel: 1, groups: 3); BatchNorm2d()
                Conv2d(54, kernel: 3, padding: 1, groups: 54, bias: false); BatchNorm2d(); ReLU()
                Conv2d(108, kernel: 3, stride: 2, groups: 54); BatchNorm2d()
                Conv2d(54, kernel: 2, groups: 27, bias: false); BatchNorm2d(); MaxPool2d(2); ReLU(); Flatten()
                Linear(3)
            }),
    ]

    /// Moves every parameter, so that no statistic is trivial; variances stay positive.
    private func perturb(_ parameters: ParameterBlock) {
        for (index, entry) in parameters.entries.enumerated() where entry.specification.role != .count {
            let noise: Tensor<Float> = randomTensor(entry.specification.shape, seed: UInt64(200 + index), -0.4, 0.4)
            var tensor = parameters.tensor(entry)
            for place in tensor.values.indices { tensor.values[place] += noise.values[place] }
            parameters.assign(tensor, to: entry)
        }
    }

    private func output(_ executor: Executor, _ images: Tensor<Float>) throws -> [Double] {
        try images.values.withUnsafeBufferPointer { pixels in
            try executor.withResults(of: pixels) { pointer in
                try #require(pointer(executor.graph.output)).map(Double.init)
            }
        }
    }

    @Test("results are the reference's, also after the statistics changed", arguments: cases, InstructionSet.available)
    func agrees(_ networkCase: NetworkCase, _ set: InstructionSet) throws {
        let graph = try GraphBuilder.graph(of: networkCase.network, input: networkCase.input)
        let images: Tensor<Float> = randomTensor(networkCase.input.prefixed(by: networkCase.batch), seed: 61)
        for precision in Precision.allCases {
            let executor = try Executor(
                graph: graph, seed: 6, threadCount: 2, instructionSet: set, precision: precision)
            for _ in 0..<2 {
                perturb(executor.parameters)
                let backend = ReferenceBackend<Double>(graph: graph, parameters: executor.parameters)
                let expected = backend.values(for: images.converted())[graph.output.index].values
                let scale = expected.reduce(0) { max($0, abs($1)) }
                // Products of bfloat16 are within 0.2% each.
                expectClose(
                    try output(executor, images), expected, relative: precision == .mixed ? 0.03 : 2e-5,
                    absolute: scale * (precision == .mixed ? 0.03 : 2e-5), "\(precision)")
            }
        }
    }

    @Test("a layer directly before takes it in, one that others read does not")
    func stages() throws {
        func names(_ networkCase: NetworkCase, isTraining: Bool) throws -> [String] {
            let graph = try GraphBuilder.graph(of: networkCase.network, input: networkCase.input)
            return Fusion.stages(of: graph, isTraining: isTraining).map { stage in
                stage.nodes.map { graph.nodes[$0].operation.name }.joined(separator: " + ")
            }
        }
        #expect(
            try names(Self.cases[0], isTraining: false) == [
                "convolution + batch_norm + relu", "convolution + batch_norm + max_pool",
                "convolution + channel_dropout + batch_norm + relu + max_pool", "flatten", "linear",
            ])
        #expect(
            try names(Self.cases[1], isTraining: true) == [
                "flatten", "linear", "batch_norm + relu", "linear", "batch_norm",
            ])
        #expect(
            try names(Self.cases[4], isTraining: false) == ["convolution", "batch_norm", "add", "flatten", "linear"])
        for networkCase in Self.cases[5...6] {
            #expect(
                try names(networkCase, isTraining: false).filter { $0.hasPrefix("batch_norm") } == [],
                "\(networkCase.name)")
        }
    }
}
