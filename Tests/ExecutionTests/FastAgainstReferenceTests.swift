import Execution
import Networks
import SpatialTransformers
import Tensors
import TestSupport
import Testing

/// A network, an input and a batch on which the fast path must agree with the reference.
struct NetworkCase: Sendable, CustomStringConvertible {
    let name: String
    let input: Shape
    let batch: Int
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
            name: "Winograd, pooled, ragged tiles and channels", input: [15, 12, 17], batch: 3,
            network: Sequential {
                Conv2d(41, kernel: 5); Dropout2d(0.3); MaxPool2d(2); ReLU(); Flatten(); Linear(4)
            }),
        NetworkCase(
            name: "Winograd, unpooled, several groups of tiles", input: [33, 29, 16], batch: 3,
            network: Sequential {
                Conv2d(32, kernel: 5); MaxPool2d(3); ReLU(); Flatten(); Linear(3)
            }),
        NetworkCase(name: "the seed's network", input: [32, 32, 3], batch: 2, network: ReadyMade.seed(classes: 10)),
    ]
}

@Suite("The fast path against the reference")
struct FastAgainstReferenceTests {
    @Test("values and gradients agree", arguments: NetworkCase.all, InstructionSet.available)
    func agrees(_ networkCase: NetworkCase, _ instructionSet: InstructionSet) throws {
        let (graph, seed) = (try GraphBuilder.graph(of: networkCase.network, input: networkCase.input), UInt64(5))
        let executor = try Executor(graph: graph, seed: seed, threadCount: 2, instructionSet: instructionSet)
        perturb(executor.parameters)
        let images: Tensor<Float> = randomTensor(networkCase.input.prefixed(by: networkCase.batch), seed: 2)
        let labels = randomLabels(networkCase.batch, classes: executor.classCount, seed: 3)

        let reference = ReferenceBackend<Double>(graph: graph, parameters: executor.parameters)
        let values = reference.values(for: images.converted(), isTraining: true, seed: seed, step: 9)
        let (loss, dLogits) = CrossEntropy.lossAndGradient(logits: values[graph.output.index], labels: labels)
        let expected = reference.gradients(of: values, dOutput: dLogits, isTraining: true, seed: seed, step: 9)

        let plan = try images.values.withUnsafeBufferPointer { images in
            try labels.withUnsafeBufferPointer { try executor.computeGradients(images: images, labels: $0, step: 9) }
        }
        let lossSum = (0..<networkCase.batch).reduce(0.0) { $0 + Double(plan.losses[$1]) }
        expectClose([lossSum / Double(networkCase.batch)], [loss], relative: 1e-5, "loss")
        for (entry, gradient) in zip(executor.parameters.entries, expected.parameters) {
            let scale = gradient.values.reduce(0) { max($0, abs($1)) }
            expectClose(
                executor.parameters.gradient(entry).converted(to: Double.self).values, gradient.values,
                relative: 1e-4, absolute: 2e-5 * scale, "gradient of \(entry.name)")
        }
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
