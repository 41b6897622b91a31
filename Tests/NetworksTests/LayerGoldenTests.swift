import Networks
import SpatialTransformers
import Tensors
import TestSupport
import Testing

/// Single operations of the reference against PyTorch's values and gradients.
@Suite("The reference's layers against PyTorch")
struct LayerGoldenTests {
    /// A tensor of a golden file in our layout.
    private func ours(_ golden: Golden, _ name: String, _ key: String) throws -> Tensor<Double> {
        let tensor = try golden.tensor(name, key)
        return (tensor.shape.rank == 4 ? channelsLast(tensor) : tensor).converted()
    }

    /// Values and gradients of an operation, whose learned parameters come first, by the keys of the golden file.
    private func check(
        _ operation: some Operation, _ golden: Golden, _ name: String, parameters: [Tensor<Double>] = [],
        learned: [String] = [], isTraining: Bool = true, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let context = OperationContext(isTraining: isTraining)
        let input = try ours(golden, name, "input")
        let output = operation.forward([input], parameters: parameters, context: context)
        let gradients = operation.backward(
            try ours(golden, name, "outputGradient"), output: output, inputs: [input], parameters: parameters,
            context: context)
        let results =
            [("output", output), ("inputGradient", gradients.inputs[0])]
            + zip(learned.map { $0 + "Gradient" }, gradients.parameters)
        for (key, actual) in results {
            let expected = try ours(golden, name, key)
            #expect(actual.shape == expected.shape, sourceLocation: sourceLocation)
            expectClose(
                actual.values, expected.values, relative: 1e-6, absolute: 1e-6, "\(name): \(key)",
                sourceLocation: sourceLocation)
        }
    }

    @Test(
        "activations",
        arguments: [.leakyReLU(slope: 0.01), .gelu, .geluTanh, .silu, .tanh, .sigmoid] as [ActivationFunction])
    func activation(_ function: ActivationFunction) throws {
        try check(ActivationOperation(function), Golden("activations"), function.name)
    }

    @Test("pooling", arguments: try Golden("pooling").caseNames.filter { $0 != "global" })
    func pooling(_ name: String) throws {
        let golden = try Golden("pooling")
        func setting(_ key: String) throws -> Int { Int(try #require(golden.number(name, key))) }
        let window = try setting("window")
        let windows = PoolingWindows(
            height: window, width: window, stride: try setting("stride"), padding: try setting("padding"),
            ceilMode: golden.flag(name, "ceilMode"))
        if name.hasPrefix("max") {
            try check(MaxPoolOperation(windows), golden, name)
        } else {
            let counts = golden.flag(name, "countIncludePad")
            try check(AveragePoolOperation(windows, countIncludePad: counts), golden, name)
        }
    }

    @Test("global average pooling")
    func globalPooling() throws {
        let graph = try GraphBuilder.graph(of: GlobalAvgPool2d(), input: [7, 4, 5])
        let operation = try #require(graph.nodes[0].operation as? AveragePoolOperation)
        #expect(graph.shape(of: graph.output) == [1, 1, 5])
        try check(operation, Golden("pooling"), "global")
    }

    @Test("batch normalisation and its running statistics", arguments: try Golden("batch_norm").caseNames)
    func batchNorm(_ name: String) throws {
        let golden = try Golden("batch_norm")
        func tensor(_ key: String) throws -> Tensor<Double> { try ours(golden, name, key) }
        let parameters = [
            try tensor("weight"), try tensor("bias"), try tensor("runningMean"), try tensor("runningVariance"),
            Tensor([], [41]),
        ]
        let operation = BatchNormOperation(channels: parameters[0].shape.count)
        let isTraining = golden.flag(name, "training")
        try check(
            operation, golden, name, parameters: parameters, learned: ["weight", "bias"], isTraining: isTraining)
        if isTraining {
            let after = operation.followed(by: [try tensor("input")], parameters: parameters)
            expectClose(after[2].values, try tensor("runningMeanAfter").values, relative: 1e-6, absolute: 1e-7)
            expectClose(after[3].values, try tensor("runningVarianceAfter").values, relative: 1e-6, absolute: 1e-7)
            #expect(after[4].values == [42])
            #expect(after[0] == parameters[0] && after[1] == parameters[1])
        }
    }
}
