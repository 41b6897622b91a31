import SpatialTransformers
import TestSupport
import Testing

@Suite("Numbers that nothing can be learned from")
struct NumericFaultTests {
    /// All that a fault must not touch.
    private struct State: Equatable {
        let bits: [UInt32]
        let moments: [UInt32]

        init(_ classifier: Classifier) {
            bits = classifier.executor.parameters.values.map(\.bitPattern)
            let memory = classifier.executor.optimizerMemory
            moments = ((memory?.firstMoment ?? []) + (memory?.secondMoment ?? [])).map(\.bitPattern)
        }
    }

    private static let broken: [Float] = [.nan, .infinity, -.infinity]
    private static let ways = InstructionSet.available.flatMap { set in Precision.allCases.map { (set, $0) } }

    private var network: Sequential {
        Sequential {
            SpatialTransformer {
                Conv2d(2, kernel: 2); ReLU(); Flatten(); Linear(5); ReLU()
            }
            Conv2d(3, kernel: 2); BatchNorm2d(); MaxPool2d(2); ReLU(); Flatten(); Linear(4); ReLU(); Linear(2)
        }
    }

    /// A classifier that has learned from one batch, so that its optimizer remembers something.
    private func trained(_ network: Sequential, _ way: (InstructionSet, Precision)) throws -> Classifier {
        let classifier = try Classifier(
            network, input: [6, 6, 1], seed: 1, threadCount: 2, instructionSet: way.0, precision: way.1)
        try step(classifier, images)
        return classifier
    }

    private var images: Tensor<Float> { randomTensor([3, 6, 6, 1], seed: 4) }

    private func step(_ classifier: Classifier, _ images: Tensor<Float>, step: Int = 0) throws {
        try classifier.trainingStep(
            images, labels: [0, 1, 1], step: step,
            update: OptimizerUpdate(kind: .adam, learningRate: 0.001, step: step + 1))
    }

    /// The fault that a step ends with, which must have changed nothing; nil where the step is one like any other.
    private func fault(_ classifier: Classifier, _ images: Tensor<Float>) throws -> NumericFault? {
        let before = State(classifier)
        do {
            try step(classifier, images, step: 1)
            #expect(classifier.executor.parameters.isFinite)
            #expect(State(classifier).moments.allSatisfy { Float(bitPattern: $0).isFinite })
            return nil
        } catch ExecutionError.numericFault(let fault) {
            #expect(State(classifier) == before, "\(fault)")
            return fault
        }
    }

    private func set(_ name: String, _ value: Float, _ classifier: Classifier) throws {
        let parameters = classifier.executor.parameters
        let entry = try #require(parameters.entries.first { $0.name == name }, "\(name)")
        parameters.assign(Tensor(entry.specification.shape, repeating: value), to: entry)
    }

    @Test("an image that holds one is found and named", arguments: ways)
    func image(_ set: InstructionSet, _ precision: Precision) throws {
        let classifier = try trained(network, (set, precision))
        for value in Self.broken {
            for place in [0, 40, 107] {
                var images = images
                images.values[place] = value
                #expect(try fault(classifier, images)?.place == .image(place / 36), "\(value) at \(place)")
            }
        }
        #expect(try fault(classifier, images) == nil)
    }

    @Test("a weight that is one, or beyond all use, is found and named in every layer", arguments: ways)
    func weight(_ set: InstructionSet, _ precision: Precision) throws {
        let classifier = try trained(network, (set, precision))
        let parameters = classifier.executor.parameters
        let learned = parameters.entries.filter { $0.specification.role == .learned }
        #expect(learned.count == 14)
        for entry in learned {
            let kept = parameters.tensor(entry)
            for value in Self.broken + [1e30, -1e30] {
                var changed = kept
                changed.values[changed.values.count - 1] = value
                parameters.assign(changed, to: entry)
                #expect(try fault(classifier, images)?.place == .weight(entry.name), "\(value)")
            }
            parameters.assign(kept, to: entry)
        }
        #expect(try fault(classifier, images) == nil)
    }

    @Test("huge and tiny numbers in image and weights leave all finite, or are found", arguments: ways)
    func extreme(_ set: InstructionSet, _ precision: Precision) throws {
        for value in [Float(1e30), -1e30, 1e38, .leastNonzeroMagnitude, 1e-39] {
            let classifier = try trained(network, (set, precision))
            var images = images
            images.values[50] = value
            let found = try fault(classifier, images)
            if abs(value) < 1 { #expect(found == nil, "\(value)") }
            for entry in classifier.executor.parameters.entries where entry.specification.role == .learned {
                let tiny = try trained(network, (set, precision))
                try self.set(entry.name, 1e-40, tiny)
                #expect(try fault(tiny, self.images) == nil, "\(entry.name)")
            }
        }
    }

    @Test("θ that overflows is named, and its range told", arguments: ways)
    func theta(_ set: InstructionSet, _ precision: Precision) throws {
        let plain = Sequential {
            SpatialTransformer { Flatten() }; Flatten(); Linear(2)
        }
        let classifier = try trained(plain, (set, precision))
        try self.set("fc_loc.0.weight", 1e14, classifier)
        var images = images
        for place in 36..<72 { images.values[place] = 1e28 }
        let fault = try #require(try fault(classifier, images))
        #expect(fault.place == .theta(image: 1))
        #expect(fault.theta?.notFinite == 6)
        #expect(fault.description.hasPrefix("inf in θ of image 1 (θ from "))
    }

    @Test("a layer whose output overflows is named", arguments: ways)
    func output(_ set: InstructionSet, _ precision: Precision) throws {
        var huge = images
        for place in 72..<108 { huge.values[place] = 1e30 }
        let convolution = try trained(network, (set, precision))
        // The localization network reads the images first, and must not be what overflows.
        try self.set("localization.0.weight", 0, convolution)
        try self.set("conv1.weight", 1e14, convolution)
        #expect(try fault(convolution, huge)?.place == .output(layer: "conv1", image: 2))
        let linear = try trained(network, (set, precision))
        for name in ["bn1.weight", "fc1.weight", "fc2.weight"] { try self.set(name, 1e14, linear) }
        guard case .output("fc2", _) = try fault(linear, images)?.place else {
            Issue.record("not fc2's output")
            return
        }
    }

    @Test("variance that overflows never reaches running statistics", arguments: ways)
    func statistics(_ set: InstructionSet, _ precision: Precision) throws {
        let classifier = try trained(network, (set, precision))
        try self.set("localization.0.weight", 0, classifier)
        try self.set("conv1.weight", 1e12, classifier)
        var images = images
        for place in images.values.indices { images.values[place] *= 1e10 }
        #expect(try fault(classifier, images)?.place == .statistics(layer: "bn1"))
    }

    @Test("a loss beyond all use is named while it is finite still, and so is a gradient", arguments: ways)
    func lossAndGradient(_ set: InstructionSet, _ precision: Precision) throws {
        let plain = Sequential {
            Flatten(); Linear(2)
        }
        let classifier = try trained(plain, (set, precision))
        let bias = try #require(classifier.executor.parameters.entries.first { $0.name == "fc1.bias" })
        classifier.executor.parameters.assign(Tensor([2], [0, 1e9]), to: bias)
        #expect(try fault(classifier, images)?.place == .loss(image: 0))
        try self.set("fc1.bias", 0, classifier)
        try self.set("fc1.weight", 1e-20, classifier)
        var huge = images
        for place in huge.values.indices { huge.values[place] = 1e20 }
        #expect(try fault(classifier, huge)?.place == .gradient("fc1.weight"))
    }

    @Test("a learning rate that runs away ends in a fault, never in a weight that is not finite", arguments: ways)
    func runaway(_ set: InstructionSet, _ precision: Precision) throws {
        for kind in OptimizerKind.allCases {
            let classifier = try trained(network, (set, precision))
            let update = OptimizerUpdate(
                kind: kind, learningRate: 1000, momentum: kind == .sgd ? 0.9999 : 0, weightDecay: 1000)
            #expect(throws: ExecutionError.self) {
                for step in 0..<1000 {
                    try classifier.trainingStep(images, labels: [0, 1, 1], step: step, update: update)
                    try #require(classifier.executor.parameters.isFinite)
                }
            }
            #expect(classifier.executor.parameters.isFinite)
        }
    }

    @Test("outputs are NaN, infinite or finite where the reference's are", arguments: InstructionSet.available)
    func classes(_ set: InstructionSet) throws {
        let classifier = try Classifier(network, input: [6, 6, 1], seed: 1, threadCount: 2, instructionSet: set)
        let parameters = classifier.executor.parameters
        func expectSameClasses(_ images: Tensor<Float>, _ what: String) throws {
            let graph = classifier.executor.graph
            let reference = ReferenceBackend<Double>(graph: graph, parameters: parameters)
            let expected = reference.values(for: images.converted())[graph.output.index].values.map { Float($0) }
            try images.values.withUnsafeBufferPointer { pixels in
                try classifier.executor.withResults(of: pixels) { pointer in
                    let found = Array(try #require(pointer(graph.output)))
                    let same = zip(found, expected).allSatisfy { $0.isNaN == $1.isNaN && $0.isFinite == $1.isFinite }
                    #expect(same, "\(what): \(found), the reference \(expected)")
                }
            }
        }
        let values = Self.broken + [1e30, -1e30, .leastNonzeroMagnitude]
        for value in values {
            for place in [0, 21, 71] {
                var images = images
                images.values[place] = value
                try expectSameClasses(images, "\(value) at \(place)")
            }
            for entry in parameters.entries where entry.specification.role == .learned {
                let kept = parameters.tensor(entry)
                var changed = kept
                changed.values[0] = value
                parameters.assign(changed, to: entry)
                try expectSameClasses(images, "\(value) in \(entry.name)")
                parameters.assign(kept, to: entry)
            }
        }
    }
}
