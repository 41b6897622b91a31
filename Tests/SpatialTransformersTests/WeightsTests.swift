import Foundation
import SpatialTransformers
import TestSupport
import Testing

@Suite("Weights in files")
struct WeightsTests {
    private func classifier(seed: UInt64) throws -> Classifier {
        let network = Sequential {
            Conv2d(3, kernel: 3); ReLU()
            SpatialTransformer {
                Flatten(); Linear(4)
            }
            Flatten(); Linear(5)
        }
        return try Classifier(network, input: [6, 7, 2], seed: seed, threadCount: 1)
    }

    private func bits(_ classifier: Classifier) -> [UInt32] { classifier.executor.parameters.values.map(\.bitPattern) }

    @Test("what is saved is loaded bit for bit, with its metadata")
    func roundTrip() throws {
        let (source, target) = (try classifier(seed: 1), try classifier(seed: 2))
        try withScratchFolder { folder in
            try source.saveWeights(to: folder + "/w.safetensors", metadata: ["epoch": "3"])
            #expect(bits(target) != bits(source))
            let metadata = try target.loadWeights(from: folder + "/w.safetensors")
            #expect(bits(target) == bits(source))
            #expect(metadata == ["epoch": "3", "format": "pt"])
        }
        let images: Tensor<Float> = randomTensor([2, 6, 7, 2], seed: 3)
        let expected = try source.logProbabilities(of: images)
        #expect(try target.logProbabilities(of: images) == expected)
    }

    @Test("loading renews what was derived from the weights before")
    func stale() throws {
        let (source, target) = (try classifier(seed: 1), try classifier(seed: 2))
        let images: Tensor<Float> = randomTensor([2, 6, 7, 2], seed: 3)
        let (before, expected) = (try target.logProbabilities(of: images), try source.logProbabilities(of: images))
        #expect(before != expected)
        try target.loadWeights(from: source.weights(), named: "w")
        #expect(try target.logProbabilities(of: images) == expected)
    }

    /// Ways in which one tensor of a file can be wrong, with the error each must give.
    enum Fault: CaseIterable {
        case missing, unexpected, wrongShape, transposed, notANumber, infinite

        fileprivate func apply(
            to tensors: [SafetensorsFile.NamedTensor], at place: Int
        ) -> ([SafetensorsFile.NamedTensor], WeightsError) {
            var tensors = tensors
            let (name, shape) = (tensors[place].name, tensors[place].shape)
            var floats = tensors[place].floats() ?? []
            func renewed(_ newShape: Shape) -> WeightsError {
                let count = newShape.count
                floats = Array((floats + [0, 0]).prefix(count))
                tensors[place] = .init(name: name, shape: newShape, floats: floats)
                return .wrongShape(name: name, found: newShape, needed: shape, file: "w")
            }
            switch self {
            case .missing:
                tensors.remove(at: place)
                return (tensors, .missing(name: name, file: "w"))
            case .unexpected:
                tensors.insert(.init(name: "conv9.weight", shape: [1], floats: [0]), at: place)
                return (tensors, .unexpected(name: "conv9.weight", file: "w"))
            case .wrongShape:
                let error = renewed(Shape([shape[0] - 1] + shape.dimensions.dropFirst()))
                return (tensors, error)
            case .transposed:
                // As many numbers, but another shape.
                let error = renewed(Shape([1] + shape.dimensions))
                return (tensors, error)
            case .notANumber, .infinite:
                floats[floats.count - 1] = self == .infinite ? -.infinity : .nan
                tensors[place] = .init(name: name, shape: shape, floats: floats)
                return (tensors, .notFinite(name: name, file: "w"))
            }
        }
    }

    @Test(
        "a file that does not fit is refused by name, whichever tensor is wrong, and the network stays as it was",
        arguments: Fault.allCases)
    func refused(_ fault: Fault) throws {
        let (source, target) = (try classifier(seed: 1), try classifier(seed: 2))
        let before = bits(target)
        let tensors = source.weights().tensors
        #expect(tensors.count == 8)
        for place in tensors.indices {
            let (changed, expected) = fault.apply(to: tensors, at: place)
            #expect(throws: expected) {
                try target.loadWeights(from: SafetensorsFile(tensors: changed), named: "w")
            }
            #expect(bits(target) == before, "\(fault) at \(place)")
            #expect(expected.category == .badData)
            #expect(expected.description.hasPrefix("w: ") && !expected.description.contains("\n"))
        }
    }

    @Test("integers in place of weights are refused, and the network stays as it was")
    func integers() throws {
        let target = try classifier(seed: 2)
        let before = bits(target)
        var tensors = target.weights().tensors
        let last = tensors[tensors.count - 1]
        tensors[tensors.count - 1] = .init(
            name: last.name, shape: last.shape, integers: [Int64](repeating: 0, count: last.shape.count))
        #expect(throws: SafetensorsError.self) {
            try target.loadWeights(from: SafetensorsFile(tensors: tensors), named: "w")
        }
        #expect(bits(target) == before)
    }

    @Test("a file that is missing or no safetensors file is refused, and the network stays as it was")
    func unreadable() throws {
        let target = try classifier(seed: 2)
        let before = bits(target)
        try withScratchFolder { folder in
            #expect(throws: FileError.self) { try target.loadWeights(from: folder + "/none.safetensors") }
            try writeFile(folder + "/text.safetensors", Array("weights".utf8))
            #expect(throws: SafetensorsError.self) { try target.loadWeights(from: folder + "/text.safetensors") }
            #expect(throws: FileError.self) { try target.saveWeights(to: folder + "/none/w.safetensors") }
        }
        #expect(bits(target) == before)
    }
}
