import Datasets
import Execution
import Foundation
import Interchange
import Tensors
import Testing
import Training

@Suite("A run read back")
struct RunRecordTests {
    /// Calls `body` with the folder of a short run; `change` gets its files.
    private func withRun(_ body: (String) throws -> Void) throws {
        try withTemporaryFolder { folder in
            let model = RecordingModel(testCount: 10)
            model.tests = [(0.5, 1), (0.7, 0.8), (0.7, 0.6)]
            let path = folder + "/run"
            let run = TrainingRun(
                configuration: Fakes.configuration(epochs: 3), destination: .named(path: path, overwrite: false),
                environment: Fakes.environment, terminal: Terminal(outputIsTerminal: false, errorIsTerminal: false),
                output: (MemorySink(), MemorySink()))
            try run.start(model, on: Fakes.dataset(training: 10, test: 10))
            try body(path)
        }
    }

    private func write(_ text: String, to path: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    }

    @Test("metrics come back as they were written")
    func metrics() throws {
        try withRun { path in
            let record = try RunRecord(path)
            #expect(record.name == "run" && record.epochs.map(\.epoch) == [1, 2, 3])
            #expect(
                record.epochs.map(\.testAccuracy) == [0.5, 0.7, 0.7] && record.epochs.map(\.testLoss) == [1, 0.8, 0.6])
            #expect(record.best.epoch == 3 && record.last.epoch == 3 && record.epochs[0].health.isEmpty)
            #expect(record.environment == Fakes.environment && record.settings[.epochs]?.text == "3")
            #expect(record.evolution.isEmpty && record.warnings.isEmpty && record.checkpoint?.runPath == path)
        }
    }

    @Test("of epochs that did alike the first is the best, and of two with as many right the one with the lower loss")
    func bestEpoch() throws {
        try withRun { path in
            let metrics = path + "/metrics.jsonl"
            let line = String(try #require(try text(metrics).split(separator: "\n").first))
            func best(_ accuracies: [Double], _ losses: [Double]) throws -> Int {
                let lines = zip(accuracies, losses).enumerated().map { index, values in
                    line.replacing("\"epoch\":1,", with: "\"epoch\":\(index + 1),")
                        .replacing(/"val_acc":[0-9.]+/, with: "\"val_acc\":\(values.0)")
                        .replacing(/"val_loss":[0-9.]+/, with: "\"val_loss\":\(values.1)")
                }
                try write(lines.joined(separator: "\n") + "\n", to: metrics)
                return try RunRecord(path).best.epoch
            }
            #expect(try best([0.5, 0.5, 0.5], [1, 1, 1]) == 1)
            #expect(try best([0.5, 0.5, 0.5], [1, 0.5, 0.5]) == 2)
            #expect(try best([0.5, 0.75, 0.5], [0.5, 2, 0.25]) == 2)
        }
    }

    @Test("numbers up to the largest that a chart draws are read, and no larger ones")
    func largestNumbers() throws {
        try withRun { path in
            let metrics = path + "/metrics.jsonl"
            let line = String(try #require(try text(metrics).split(separator: "\n").first))
            func reads(_ loss: String) throws -> Bool {
                try write(line.replacing(/"val_loss":[0-9.]+/, with: "\"val_loss\":\(loss)") + "\n", to: metrics)
                return (try? RunRecord(path)) != nil
            }
            #expect(try reads("999999999999999") && reads("-999999999999999"))
            #expect(try !reads("1e15") && !reads("-1e15"))
        }
    }

    @Test("a run says the system's name, its release and the machine's kind")
    func system() {
        let environment = RunEnvironment.current(instructionSet: "avx2", threads: 3)
        #expect(environment.system.split(separator: " ").count == 3 && !environment.system.contains("unknown"))
        #expect(environment.instructionSet == "avx2" && environment.threads == 3 && !environment.processor.isEmpty)
    }

    @Test("half a last line of a run that was killed is left out, and of an epoch that stands twice the later counts")
    func halfLines() throws {
        try withRun { path in
            let metrics = path + "/metrics.jsonl"
            let lines = try text(metrics).split(separator: "\n").map(String.init)
            try write(lines[0] + "\n" + lines[1] + "\n" + lines[0] + "\n" + lines[2].prefix(40), to: metrics)
            #expect(try RunRecord(path).epochs.map(\.epoch) == [1, 2])
            try write(
                "warning: epoch 2: folds\nTrain Epoch: 1\nwarning: epoch 3: idle\n", to: path + "/stn.log")
            #expect(try RunRecord(path).warnings == ["epoch 2: folds", "epoch 3: idle"])
        }
    }

    @Test(
        "a folder that no run has written so is one line with its exit code",
        arguments: [
            ("metrics.jsonl", "{}\n", ErrorCategory.badData, "metrics.jsonl:1: not a line that a run writes: '{}'"),
            ("metrics.jsonl", "\u{1}\u{2}garbage\nmore\n", .badData, "metrics.jsonl:1: not a line"),
            ("metrics.jsonl", "{\"epoch\":1e99}\n", .badData, "metrics.jsonl:1"),
            ("metrics.jsonl", "", .missingInput, "no finished epoch"),
            ("metrics.jsonl", "{\"epo", .missingInput, "no finished epoch"),
            ("environment.json", "[]", .badData, "environment.json: not what a run writes there"),
            ("evolution.jsonl", "{\"epoch\":1,\"images\":[0],\"theta\":[]}\n", .badData, "evolution.jsonl:1"),
            ("evolution.jsonl", "{\"epoch\":0,\"images\":[0],\"theta\":[[1]]}\n", .badData, "evolution.jsonl:1"),
            ("evolution.jsonl", "{\"epoch\":1,\"images\":[-1],\"theta\":[[1]]}\n", .badData, "evolution.jsonl:1"),
            (
                "evolution.jsonl", "{\"epoch\":1,\"images\":[0,1],\"theta\":[[1],[1,2]]}\n", .badData,
                "evolution.jsonl:1"
            ),
            ("config.yaml", "epochs: [1]", .badConfiguration, "config.yaml:1: epochs takes one value"),
        ])
    func malformed(file: String, content: String, category: ErrorCategory, message: String) throws {
        try withRun { path in
            try write(content, to: "\(path)/\(file)")
            let error = #expect(throws: (any Error).self) { try RunRecord(path) } as? any UserFacingError
            #expect(error?.category == category)
            #expect(error?.description.contains(message) == true, "\(error.map { "\($0)" } ?? "none")")
            #expect(error?.description.contains("\n") == false)
        }
    }

    @Test("what is no run's folder is missing input")
    func noRun() throws {
        try withTemporaryFolder { folder in
            try write("", to: folder + "/file")
            for path in [folder, folder + "/file", folder + "/none"] {
                let error = #expect(throws: RunFolderError.self) { try RunRecord(path) }
                #expect(error?.category == .missingInput)
            }
        }
    }
}

@Suite("The evolution of a transformation")
struct EvolutionTests {
    /// A model whose θ for an image is its first value, and something that is not a number.
    private final class Turner: TrainableModel {
        let parameterCount = 1
        func trainingStep(
            images: UnsafeBufferPointer<Float>, labels: UnsafeBufferPointer<Int32>, step: UInt32,
            update: OptimizerUpdate
        ) throws -> BatchResult { BatchResult(lossSum: 1, correct: 0, count: labels.count) }
        func evaluate(
            images: UnsafeBufferPointer<Float>, labels: UnsafeBufferPointer<Int32>
        ) throws -> BatchResult { BatchResult(lossSum: 1, correct: 0, count: labels.count) }
        func transformationParameters(images: UnsafeBufferPointer<Float>, count: Int) throws -> Tensor<Float>? {
            Tensor([count, 2], (0..<count).flatMap { [images[$0 * 4] * 255, .nan] })
        }
        func weights(metadata: [String: String]) -> SafetensorsFile { SafetensorsFile(metadata: metadata, tensors: []) }
        func trainingState(metadata: [String: String]) -> SafetensorsFile { weights(metadata: metadata) }
        func restoreTrainingState(from file: SafetensorsFile, named name: String) {}
    }

    @Test("a run keeps θ of the same sixteen images after each epoch, and reads them back")
    func kept() throws {
        try withTemporaryFolder { folder in
            let path = folder + "/run"
            let run = TrainingRun(
                configuration: Fakes.configuration(epochs: 2), destination: .named(path: path, overwrite: false),
                environment: Fakes.environment, terminal: Terminal(outputIsTerminal: false, errorIsTerminal: false),
                output: (MemorySink(), MemorySink()))
            let dataset = Fakes.dataset(training: 10, test: 40)
            try run.start(Turner(), on: dataset)
            let lines = try RunRecord(path).evolution
            #expect(lines.map(\.epoch) == [1, 2])
            #expect(lines.allSatisfy { $0.images == dataset.test.drawnIndices(16, seed: 0) && $0.images.count == 16 })
            // The fake images hold their own number, normalised by mean 0 and deviation 1.
            #expect(lines[1].theta.map { $0[0].rounded() } == lines[1].images.map(Float.init))
            #expect(lines[1].theta.allSatisfy { $0.count == 2 && $0[1].isNaN })
            #expect(try text(path + "/evolution.jsonl").contains(",null]"))
        }
    }
}
