import Execution
import Networks
import SpatialTransformers
import Tensors
import TestSupport
import Testing

@Suite("Dropout")
struct DropoutTests {
    /// A dropout layer, the image it works on and the batch.
    struct DropoutCase: Sendable, CustomStringConvertible {
        let description: String
        let probability: Float
        let wholeChannels: Bool
        let input: Shape
        let batch: Int

        var graph: Graph {
            get throws {
                let network = Sequential {
                    if wholeChannels { Dropout2d(probability) } else { Dropout(probability) }
                    Flatten()
                }
                return try GraphBuilder.graph(of: network, input: input)
            }
        }

        static let all: [DropoutCase] = [
            .init(description: "one number", probability: 0.5, wholeChannels: false, input: [1, 1, 1], batch: 1),
            .init(description: "odd sizes", probability: 0.3, wholeChannels: false, input: [3, 7, 5], batch: 3),
            .init(
                description: "several pieces", probability: 0.6, wholeChannels: false, input: [13, 17, 11], batch: 7),
            .init(description: "channels", probability: 0.4, wholeChannels: true, input: [3, 2, 19], batch: 5),
            .init(description: "no dropout", probability: 0, wholeChannels: false, input: [2, 3, 4], batch: 2),
        ]
    }

    /// What the fast path makes of the images while training.
    private func fast(
        _ graph: Graph, _ images: Tensor<Float>, _ set: InstructionSet, seed: UInt64, step: UInt32
    ) throws -> [Float] {
        let executor = try Executor(graph: graph, seed: seed, threadCount: 2, instructionSet: set)
        let labels = [Int32](repeating: 0, count: images.shape[0])
        let plan = try images.values.withUnsafeBufferPointer { images in
            try labels.withUnsafeBufferPointer { try executor.computeGradients(images: images, labels: $0, step: step) }
        }
        let output = try #require(plan.pointer(to: graph.output))
        return Array(UnsafeBufferPointer(start: output, count: images.shape.count))
    }

    @Test("the fast mask is the reference's for any seed and step", arguments: DropoutCase.all)
    func mask(_ dropoutCase: DropoutCase) throws {
        let graph = try dropoutCase.graph
        let images: Tensor<Float> = randomTensor(dropoutCase.input.prefixed(by: dropoutCase.batch), seed: 71, 0.5, 2)
        var masks: Set<[Bool]> = []
        for (seed, step) in [(0, 0), (0, 1), (1, 0), (0xDEAD_BEEF_0123_4567, .max)] as [(UInt64, UInt32)] {
            let backend = ReferenceBackend<Float>(graph: graph, parameters: [])
            let expected = backend.values(for: images, isTraining: true, seed: seed, step: step)[graph.output.index]
            for set in InstructionSet.available {
                #expect(try fast(graph, images, set, seed: seed, step: step) == expected.values, "\(set)")
            }
            masks.insert(expected.values.map { $0 == 0 })
        }
        if dropoutCase.probability > 0, images.values.count > 20 { #expect(masks.count == 4) }
    }

    @Test("the share kept is 1 − p, each worth 1/(1 − p) of itself", arguments: [Float(0.1), 0.25, 0.5, 0.9])
    func share(_ probability: Float) throws {
        let dropoutCase = DropoutCase(
            description: "share", probability: probability, wholeChannels: false, input: [100, 100, 2], batch: 2)
        let ones = Tensor<Float>([2, 100, 100, 2], repeating: 1)
        for set in InstructionSet.available {
            let output = try fast(dropoutCase.graph, ones, set, seed: 7, step: 3)
            let kept = output.filter { $0 != 0 }
            #expect(kept.allSatisfy { $0 == 1 / (1 - probability) })
            // Four standard errors of a share among 40,000.
            let error = 4 * (Double(probability * (1 - probability)) / 40_000).squareRoot()
            #expect(abs(Double(kept.count) / 40_000 - Double(1 - probability)) < error, "\(set): \(kept.count) kept")
        }
    }

    @Test("a dropped channel is dropped in all pixels of its image, and only there")
    func wholeChannels() throws {
        let dropoutCase = DropoutCase(
            description: "channels", probability: 0.5, wholeChannels: true, input: [4, 5, 32], batch: 6)
        let ones = Tensor<Float>([6, 4, 5, 32], repeating: 1)
        for set in InstructionSet.available {
            let output = try fast(dropoutCase.graph, ones, set, seed: 8, step: 0)
            let factors = (0..<6).map { Array(output[$0 * 640..<$0 * 640 + 32]) }
            for image in 0..<6 {
                for pixel in 0..<20 {
                    let start = image * 640 + pixel * 32
                    #expect(Array(output[start..<start + 32]) == factors[image])
                }
            }
            #expect(Set(factors).count == 6, "each image has draws of its own")
            #expect(Set(factors.joined()) == [0, 2])
        }
    }

    @Test("outside training dropout changes nothing", arguments: DropoutCase.all)
    func off(_ dropoutCase: DropoutCase) throws {
        let graph = try dropoutCase.graph
        let images: Tensor<Float> = randomTensor(dropoutCase.input.prefixed(by: dropoutCase.batch), seed: 72)
        let reference = ReferenceBackend<Float>(graph: graph, parameters: []).values(for: images)
        #expect(reference[graph.output.index].values == images.values)
        for set in InstructionSet.available {
            let executor = try Executor(graph: graph, seed: 1, threadCount: 2, instructionSet: set)
            let output = try images.values.withUnsafeBufferPointer { pixels in
                try executor.withResults(of: pixels) { pointer in Array(try #require(pointer(graph.output))) }
            }
            #expect(output == images.values, "\(set)")
        }
    }
}
