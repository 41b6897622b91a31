import CKernels
import Execution
import Networks
import Tensors
import TestSupport
import Testing

@Suite("The cross-entropy kernel")
struct CrossEntropyKernelTests {
    /// What the kernel makes of a batch.
    private struct Result {
        let losses, dLogits, logProbabilities: [Float]
        let predictions: [Int32]
    }

    private func run(
        _ set: InstructionSet, _ logits: [Float], labels: [Int32], smoothing: Float = 0
    ) throws -> Result {
        let (rows, classes) = (labels.count, logits.count / labels.count)
        let (source, targets) = (GuardedBuffer(logits), GuardedBuffer(labels))
        let (losses, predictions) = (GuardedBuffer<Float>(count: rows), GuardedBuffer<Int32>(count: rows))
        let dLogits = GuardedBuffer<Float>(count: logits.count)
        let logProbabilities = GuardedBuffer<Float>(count: logits.count)
        let arguments = stn_cross_entropy_arguments(
            rows: Int64(rows), classes: Int64(classes), logits: source.pointer, labels: targets.pointer,
            gradient_scale: 1 / Float(rows), smoothing: smoothing, losses: losses.pointer, d_logits: dLogits.pointer,
            log_probabilities: logProbabilities.pointer, predictions: predictions.pointer)
        try ExecutionTests.run(set.table.cross_entropy, arguments, tasks: rows)
        #expect(losses.isIntact && predictions.isIntact && dLogits.isIntact && logProbabilities.isIntact)
        return Result(
            losses: losses.values, dLogits: dLogits.values, logProbabilities: logProbabilities.values,
            predictions: predictions.values)
    }

    @Test("log-softmax, loss and gradient are PyTorch's", arguments: try Golden("loss").caseNames)
    func golden(_ name: String) throws {
        let golden = try Golden("loss")
        let logits = try golden.tensor(name, "input")
        let labels = try golden.integers(name, "labels").map(Int32.init)
        for set in InstructionSet.available {
            let smoothing = Float(try #require(golden.number(name, "smoothing")))
            let result = try run(set, logits.values, labels: labels, smoothing: smoothing)
            let loss = result.losses.reduce(0, +) / Float(labels.count)
            expectClose([loss], try golden.tensor(name, "loss").values, relative: 1e-6, "\(set): loss")
            expectClose(
                result.logProbabilities, try golden.tensor(name, "logProbabilities").values, relative: 1e-6,
                absolute: 1e-6, "\(set): log-probabilities")
            expectClose(
                result.dLogits, try golden.tensor(name, "inputGradient").values, relative: 1e-5, absolute: 1e-7,
                "\(set): gradient")
        }
    }

    @Test("odd numbers of rows and classes agree with the reference", arguments: InstructionSet.available)
    func sizes(_ set: InstructionSet) throws {
        for (rows, classes) in [(1, 1), (1, 2), (7, 3), (5, 17), (64, 10), (3, 1001)] {
            let logits: Tensor<Float> = randomTensor([rows, classes], seed: 21, -4, 4)
            let labels = randomLabels(rows, classes: classes, seed: 22)
            let smoothing: Float = rows % 2 == 0 ? 0 : 0.25
            let result = try run(set, logits.values, labels: labels, smoothing: smoothing)
            let exact: Tensor<Double> = logits.converted()
            let (loss, gradient) = CrossEntropy.lossAndGradient(
                logits: exact, labels: labels, smoothing: Double(smoothing))
            expectClose(
                [result.losses.reduce(0) { $0 + Double($1) } / Double(rows)], [loss], relative: 1e-5, absolute: 1e-7,
                "\(rows) × \(classes): loss")
            expectClose(
                result.dLogits.map(Double.init), gradient.values, relative: 1e-5, absolute: 1e-7,
                "\(rows) × \(classes): gradient")
            let largest = (0..<rows).map { row in
                let row = logits.values[row * classes..<(row + 1) * classes]
                return Int32((row.firstIndex(of: row.max() ?? 0) ?? 0) - row.startIndex)
            }
            #expect(result.predictions == largest)
        }
    }

    @Test(
        "huge logits do not overflow, −∞ means impossible, NaN shows in its own row",
        arguments: InstructionSet.available)
    func extremes(_ set: InstructionSet) throws {
        let logits: [Float] = [1e30, 0, -1e30, -.infinity, 2, 2, 0.5, .nan, 1, 1, 1, 1]
        let result = try run(set, logits, labels: [0, 1, 2, 2])
        let log2 = Float(0.693_147_2)
        expectClose(
            [result.losses[0], result.losses[1], result.losses[3]], [0, log2, 1.098_612_3], relative: 1e-6)
        #expect(result.losses[2].isNaN)
        #expect(result.predictions == [0, 1, 1, 0])
        let third = Float(1) / 12
        expectClose(
            Array(result.dLogits[0..<6] + result.dLogits[9...]),
            [0, 0, 0, 0, -0.125, 0.125, third, third, -2 * third], relative: 1e-6, absolute: 1e-8)
        #expect(result.dLogits[6..<9].allSatisfy { $0.isNaN })
    }

    @Test("outputs that nobody asks for are skipped", arguments: InstructionSet.available)
    func optionalOutputs(_ set: InstructionSet) throws {
        let (logits, predictions) = (GuardedBuffer<Float>([1, 3, 2]), GuardedBuffer<Int32>(count: 1))
        let arguments = stn_cross_entropy_arguments(
            rows: 1, classes: 3, logits: logits.pointer, labels: nil, gradient_scale: 1, smoothing: 0, losses: nil,
            d_logits: nil, log_probabilities: nil, predictions: predictions.pointer)
        try ExecutionTests.run(set.table.cross_entropy, arguments, tasks: 1)
        #expect(predictions.values == [1])
        #expect(predictions.isIntact)
    }
}
