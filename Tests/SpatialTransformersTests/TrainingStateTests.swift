import SpatialTransformers
import TestSupport
import Testing

@Suite("Training states in files")
struct TrainingStateTests {
    private let network = Sequential {
        Conv2d(3, kernel: 3); ReLU(); Flatten(); Linear(5)
    }

    private func classifier(seed: UInt64) throws -> Classifier {
        try Classifier(network, input: [6, 7, 2], seed: seed, threadCount: 1)
    }

    private func train(_ classifier: Classifier, _ update: OptimizerUpdate, steps: Range<Int>) throws {
        for step in steps {
            try classifier.trainingStep(
                randomTensor([4, 6, 7, 2], seed: UInt64(step)), labels: [0, 1, 2, 3], step: step, update: update)
        }
    }

    private func bits(_ classifier: Classifier) -> [UInt32] { classifier.executor.parameters.values.map(\.bitPattern) }

    @Test(
        "training goes on from a state bit for bit, whatever was learned in its place before",
        arguments: [
            OptimizerUpdate(kind: .sgd, learningRate: 0.1),
            OptimizerUpdate(kind: .sgd, learningRate: 0.1, momentum: 0.9),
            OptimizerUpdate(kind: .adam, learningRate: 0.01),
        ])
    func goesOn(update: OptimizerUpdate) throws {
        let (whole, other) = (try classifier(seed: 1), try classifier(seed: 2))
        try train(whole, update, steps: 0..<3)
        let state = whole.trainingState(metadata: ["step": "3"])
        #expect(state.metadata["step"] == "3" && state.metadata["optimizer_memory"] == update.kind.rawValue)
        try train(other, OptimizerUpdate(kind: .adamW, learningRate: 0.01), steps: 0..<2)
        try other.restoreTrainingState(from: state, named: "s")
        #expect(bits(other) == bits(whole))
        try train(whole, update, steps: 3..<5)
        try train(other, update, steps: 3..<5)
        #expect(bits(other) == bits(whole))
    }

    @Test("a state before the first step has no memory, and gives none")
    func fresh() throws {
        let fresh = try classifier(seed: 1)
        let state = fresh.trainingState()
        #expect(state.metadata["optimizer_memory"] == nil)
        let other = try classifier(seed: 2)
        try train(other, OptimizerUpdate(kind: .adam, learningRate: 0.01), steps: 0..<1)
        try other.restoreTrainingState(from: state, named: "s")
        #expect(bits(other) == bits(fresh) && other.executor.optimizerMemory == nil)
    }

    @Test("moments that are missing or of another shape are refused, and nothing is changed")
    func refusals() throws {
        let trained = try classifier(seed: 1)
        try train(trained, OptimizerUpdate(kind: .adam, learningRate: 0.01), steps: 0..<1)
        let state = trained.trainingState()
        let name = "optimizer.second_moment.fc1.bias"
        func file(_ tensors: [SafetensorsFile.NamedTensor]) -> SafetensorsFile {
            SafetensorsFile(metadata: state.metadata, tensors: tensors)
        }
        let flat = SafetensorsFile.NamedTensor(name: name, shape: [5, 1], floats: [0, 0, 0, 0, 0])
        let cases: [(SafetensorsFile, WeightsError)] = [
            (
                file(state.tensors.filter { !$0.name.hasPrefix("optimizer.") }),
                .missing(name: "optimizer.second_moment.conv1.weight", file: "s")
            ),
            (file(state.tensors.filter { $0.name != name }), .missing(name: name, file: "s")),
            (
                file(state.tensors.map { $0.name == name ? flat : $0 }),
                .wrongShape(name: name, found: [5, 1], needed: [5], file: "s")
            ),
        ]
        for (file, error) in cases {
            let other = try classifier(seed: 2)
            let before = bits(other)
            #expect(throws: error) { try other.restoreTrainingState(from: file, named: "s") }
            #expect(bits(other) == before && other.executor.optimizerMemory == nil)
        }
    }
}
