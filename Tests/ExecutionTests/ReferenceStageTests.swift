import Execution
import Networks
import Tensors
import TestSupport
import Testing

/// weight · a · b + a number that depends on step and image: nothing that has a kernel.
private struct WeightedProduct: Operation {
    var name: String { "weighted_product" }
    var parameters: [ParameterSpecification] {
        [ParameterSpecification(name: "weight", shape: [1], initializer: .values([1.5]), layout: .plain)]
    }

    func outputShape(of inputs: [Shape]) throws -> Shape { inputs[0] }
    func cost(of inputs: [Shape]) -> Cost { Cost(flops: 2 * Double(inputs[0].count), bytes: 0) }

    func forward<Scalar: BinaryFloatingPoint & Sendable>(
        _ inputs: [Tensor<Scalar>], parameters: [Tensor<Scalar>], context: OperationContext
    ) -> Tensor<Scalar> {
        var generator = context.random.generator
        let shift: Scalar = context.isTraining ? Scalar(Float(generator.next() % 8)) / 8 : 0
        let products = zip(inputs[0].values, inputs[1].values).map { parameters[0].values[0] * $0 * $1 + shift }
        return Tensor(inputs[0].shape, products)
    }

    func backward<Scalar: BinaryFloatingPoint & Sendable>(
        _ dOutput: Tensor<Scalar>, output: Tensor<Scalar>, inputs: [Tensor<Scalar>], parameters: [Tensor<Scalar>],
        context: OperationContext
    ) -> OperationGradients<Scalar> {
        let weight = parameters[0].values[0]
        let (a, b, d) = (inputs[0].values, inputs[1].values, dOutput.values)
        let dWeight = d.indices.reduce(Scalar(0)) { $0 + d[$1] * a[$1] * b[$1] }
        return OperationGradients(
            inputs: [
                Tensor(dOutput.shape, zip(d, b).map { weight * $0 * $1 }),
                Tensor(dOutput.shape, zip(d, a).map { weight * $0 * $1 }),
            ],
            parameters: [Tensor([1], [dWeight])])
    }
}

/// x · f(x) with f two linear layers, then the square of that: values with several readers, and one read twice.
private struct ProductsOfItself: Layer {
    func lower(_ input: Graph.Value, into builder: inout GraphBuilder) throws -> Graph.Value {
        let hidden = try Linear(7).lower(input, into: &builder)
        let other = try Linear(7).lower(hidden, into: &builder)
        let product = try builder.add(WeightedProduct(), hidden, other, kind: "product")
        let square = try builder.add(WeightedProduct(), product, product, kind: "product")
        return try Linear(3).lower(square, into: &builder)
    }
}

@Suite("Operations without a kernel")
struct ReferenceStageTests {
    private let images: Tensor<Float> = randomTensor([4, 1, 1, 5], seed: 3)
    private let labels: [Int32] = [0, 2, 1, 2]

    @Test("train by their reference: values, gradients and random numbers as the reference backend's")
    func trains() throws {
        let graph = try GraphBuilder.graph(
            of: Sequential {
                Flatten(); ProductsOfItself()
            }, input: [1, 1, 5])
        let executor = try Executor(graph: graph, seed: 8, threadCount: 2)
        let backend = ReferenceBackend<Double>(graph: graph, parameters: executor.parameters)
        var losses: Set<Double> = []
        for step in [UInt32(0), 1, 2] {
            let plan = try images.values.withUnsafeBufferPointer { images in
                try labels.withUnsafeBufferPointer {
                    try executor.computeGradients(images: images, labels: $0, step: step)
                }
            }
            let values = backend.values(for: images.converted(), isTraining: true, seed: 8, step: step)
            let (loss, dLogits) = CrossEntropy.lossAndGradient(logits: values[graph.output.index], labels: labels)
            let gradients = backend.gradients(of: values, dOutput: dLogits, isTraining: true, seed: 8, step: step)
            let lossSum = (0..<4).reduce(0.0) { $0 + Double(plan.losses[$1]) }
            expectClose([lossSum / 4], [loss], relative: 1e-5, "loss of step \(step)")
            losses.insert(loss)
            for (entry, gradient) in zip(executor.parameters.entries, gradients.parameters) {
                expectClose(
                    executor.parameters.gradient(entry).converted(to: Double.self).values, gradient.values,
                    relative: 1e-4, absolute: 1e-6, "gradient of \(entry.name), step \(step)")
            }
        }
        #expect(losses.count > 1, "the operation's random numbers change with the step")
    }

    @Test("a profile names them and counts their work")
    func isProfiled() throws {
        let graph = try GraphBuilder.graph(
            of: Sequential {
                Flatten(); ProductsOfItself()
            }, input: [1, 1, 5])
        let executor = try Executor(graph: graph, seed: 8, threadCount: 1)
        let profiles = try images.values.withUnsafeBufferPointer {
            try executor.profileInference(images: $0, passes: 1)
        }
        let row = try #require(profiles.first { $0.operation == "weighted_product" })
        #expect(row.kernel == "reference")
        #expect(row.flops == 2 * 7 * 4)
    }
}
