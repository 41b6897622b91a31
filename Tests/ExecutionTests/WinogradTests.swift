import Execution
import Networks
import SpatialTransformers
import Tensors
import TestSupport
import Testing

@Suite("The choice between Winograd's way and direct sums")
struct WinogradTests {
    /// Error of a 5×5 convolution of the CIFAR-10 network against `Double`, relative to the result's root mean square.
    private func error(_ convolutions: ConvolutionAlgorithm, _ instructionSet: InstructionSet) throws -> Double {
        let graph = try GraphBuilder.graph(of: Sequential { Conv2d(128, kernel: 5) }, input: [13, 13, 64])
        let executor = try Executor(
            graph: graph, seed: 1, threadCount: 2, instructionSet: instructionSet, convolutions: convolutions)
        let images: Tensor<Float> = randomTensor([2, 13, 13, 64], seed: 4)
        let reference = ReferenceBackend<Double>(graph: graph, parameters: executor.parameters)
        let expected = reference.values(for: images.converted())[graph.output.index].values
        let actual = try images.values.withUnsafeBufferPointer { images in
            try executor.withResults(of: images) { $0(graph.output).map(Array.init) ?? [] }
        }
        try #require(actual.count == expected.count)
        let errors = zip(actual, expected).reduce(0) { $0 + (Double($1.0) - $1.1) * (Double($1.0) - $1.1) }
        return (errors / expected.reduce(0) { $0 + $1 * $1 }).squareRoot()
    }

    @Test("has the error that is stated, and direct summation the smaller one", arguments: InstructionSet.available)
    func statedError(_ instructionSet: InstructionSet) throws {
        let (direct, winograd) = (try error(.direct, instructionSet), try error(.fastest, instructionSet))
        #expect(direct < 1e-6, "direct: \(direct)")
        #expect(winograd < 6e-6, "Winograd: \(winograd)")
        // If they were equal, the same kernel would have run twice.
        #expect(direct < winograd)
    }
}
