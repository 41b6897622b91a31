import Networks
import SpatialTransformers
import Tensors
import TestSupport
import Testing

/// Single operations of the reference against PyTorch's values and gradients.
@Suite("The reference's layers against PyTorch")
struct LayerGoldenTests {
    /// Values and gradients of an operation on images, by the keys of the golden file.
    private func check(
        _ operation: some Operation, _ golden: Golden, _ name: String, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        func ours(_ key: String) throws -> Tensor<Double> {
            let tensor = try golden.tensor(name, key)
            return (tensor.shape.rank == 4 ? channelsLast(tensor) : tensor).converted()
        }
        let context = OperationContext(isTraining: true)
        let input = try ours("input")
        let output = operation.forward([input], parameters: [], context: context)
        let gradients = operation.backward(
            try ours("outputGradient"), output: output, inputs: [input], parameters: [], context: context)
        for (key, actual) in [("output", output), ("inputGradient", gradients.inputs[0])] {
            let expected = try ours(key)
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
}
