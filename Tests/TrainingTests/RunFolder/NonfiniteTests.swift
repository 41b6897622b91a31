import Foundation
import Testing
import Training

@Suite("A run that meets numbers it cannot learn from")
struct NonfiniteTests {
    private func configuration(_ response: NonfiniteResponse) -> RunConfiguration {
        var configuration = Fakes.configuration()
        configuration.training.onNonfinite = response
        return configuration
    }

    private func run(
        _ model: RecordingModel, _ configuration: RunConfiguration, in path: String, training: Int = 10,
        resumes: Bool = false, stopAfter: Int? = nil
    ) throws {
        var run = TrainingRun(
            configuration: configuration, destination: .named(path: path, overwrite: false),
            environment: Fakes.environment, terminal: Terminal(outputIsTerminal: false, errorIsTerminal: false),
            output: (MemorySink(), MemorySink()))
        run.stopSignal = { model.steps.count == stopAfter ? 2 : nil }
        let dataset = Fakes.dataset(training: training, test: 10)
        if resumes {
            try run.resume(model, on: dataset, in: RunFolder.holding(path))
        } else {
            try run.start(model, on: dataset)
        }
    }

    /// A model whose loss is no number in some steps, the first times that it comes there.
    private func model(failing steps: Set<UInt32>, times: Int = .max) -> RecordingModel {
        let model = RecordingModel(testCount: 10)
        var met = 0
        model.loss = { step in
            guard steps.contains(step), met < times else { return 1 }
            met += 1
            return .nan
        }
        return model
    }

    private func names(_ path: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: path + "/checkpoints").sorted()
    }

    /// The figures that do not depend on time.
    private func figures(_ path: String) throws -> [String] {
        try text(path + "/metrics.jsonl").split(separator: "\n").map {
            String($0).replacing(/"(images_per_second|epoch_seconds|eta_seconds)":[^,}]*,/, with: "")
        }
    }

    @Test("stop puts what it had come to aside and leaves the last checkpoint alone")
    func stop() throws {
        try withTemporaryFolder { folder in
            let path = folder + "/run"
            let error = #expect(throws: TrainingError.self) {
                try run(model(failing: [4]), configuration(.stop), in: path)
            }
            let aside = path + "/checkpoints/diverged-step-0000000005.safetensors"
            #expect(error?.description.contains("step 5, at learning rate 0.01;") == true)
            #expect(error?.description.contains(aside) == true)
            let checkpoint = path + "/checkpoints/step-0000000003.safetensors"
            #expect(FileManager.default.fileExists(atPath: aside))
            let before = FileManager.default.contents(atPath: checkpoint)
            // The run goes on from the checkpoint, not from what lies aside.
            let next = model(failing: [4])
            #expect(throws: TrainingError.self) { try run(next, configuration(.stop), in: path, resumes: true) }
            #expect(next.steps.map(\.step) == [3, 4])
            #expect(before != nil && FileManager.default.contents(atPath: checkpoint) == before)
        }
    }

    @Test("skip leaves batches out of updates and figures, and counts them")
    func skip() throws {
        try withTemporaryFolder { folder in
            let (path, model) = (folder + "/run", model(failing: [1, 4]))
            try run(model, configuration(.skip), in: path)
            #expect(model.steps.map(\.step) == [0, 1, 2, 3, 4, 5])
            // Optimizers count the updates that were made.
            #expect(model.steps.map(\.update.step) == [1, 2, 2, 3, 4, 4])
            let lines = try figures(path)
            #expect(lines.count == 2)
            for line in lines {
                #expect(line.contains(#""skipped_batches":1"#) && line.contains(#""train_loss":1.0"#), "\(line)")
            }
            let log = try text(path + "/stn.log")
            #expect(log.contains("warning: epoch 1, step 2 left out: the loss is NaN\n"))
            #expect(log.contains("warning: epoch 2: 1 of 3 batches left out\n"))
        }
    }

    @Test("a run that left batches out goes on as if it had not stopped", arguments: 1...5)
    func skipAndResume(_ stop: Int) throws {
        try withTemporaryFolder { folder in
            let whole = model(failing: [1, 2, 4])
            try run(whole, configuration(.skip), in: folder + "/whole")
            let (first, second) = (model(failing: [1, 2, 4]), model(failing: [1, 2, 4]))
            let path = folder + "/parts"
            #expect(throws: TrainingInterrupted.self) {
                try run(first, configuration(.skip), in: path, stopAfter: stop)
            }
            try run(second, configuration(.skip), in: path, resumes: true)
            #expect(first.steps + second.steps == whole.steps)
            #expect(try figures(path) == figures(folder + "/whole"))
            #expect(try text(path + "/stn.log").contains("left out"))
        }
    }

    @Test("a whole epoch or a hundred batches in a row are not skipped", arguments: [3, 300])
    func bounds(_ batches: Int) throws {
        try withTemporaryFolder { folder in
            let model = model(failing: batches == 3 ? [3, 4, 5] : Set(50..<300))
            var configuration = configuration(.skip)
            configuration.training.batchSize = batches == 3 ? 4 : 1
            let error = #expect(throws: TrainingError.self) {
                try run(model, configuration, in: folder + "/run", training: batches == 3 ? 10 : 300)
            }
            let reason = batches == 3 ? "and so did every batch of the epoch" : "as 100 batches in a row did"
            #expect(error?.description.contains(", \(reason);") == true, "\(String(describing: error))")
            #expect(model.steps.count == (batches == 3 ? 6 : 150))
        }
    }

    @Test("rollback goes back to the last checkpoint with a tenth of the learning rate")
    func rollback() throws {
        try withTemporaryFolder { folder in
            let (path, model) = (folder + "/run", model(failing: [4], times: 1))
            try run(model, configuration(.rollback), in: path)
            #expect(model.steps.map(\.step) == [0, 1, 2, 3, 4, 3, 4, 5])
            let rates = model.steps.map(\.update.learningRate)
            #expect(Set(rates[..<5]) == [0.01] && Set(rates[5...]) == [0.01 * 0.1])
            let log = try text(path + "/stn.log")
            let line =
                "warning: epoch 2, step 5: the loss is NaN; back to step 3 with a tenth of the learning rate, time 1 of 3\n"
            #expect(log.ranges(of: line).count == 1)
            #expect(try figures(path).count == 2)
            #expect(try names(path).allSatisfy { !$0.hasPrefix("diverged") })
        }
    }

    @Test("a run that went back and was stopped goes on with the lower rate", arguments: [6, 7])
    func rollbackAndResume(_ stop: Int) throws {
        try withTemporaryFolder { folder in
            let path = folder + "/run"
            #expect(throws: TrainingInterrupted.self) {
                try run(model(failing: [4], times: 1), configuration(.rollback), in: path, stopAfter: stop)
            }
            let next = model(failing: [])
            try run(next, configuration(.rollback), in: path, resumes: true)
            #expect(next.steps.map(\.step) == Array([3, 4, 5][(stop - 5)...]))
            #expect(Set(next.steps.map(\.update.learningRate)) == [0.01 * 0.1])
        }
    }

    @Test("after three rollbacks a run stops, and stays stopped")
    func rollbackLimit() throws {
        try withTemporaryFolder { folder in
            let (path, model) = (folder + "/run", model(failing: [4]))
            let error = #expect(throws: TrainingError.self) { try run(model, configuration(.rollback), in: path) }
            #expect(error?.description.contains(", after 3 rollbacks;") == true, "\(String(describing: error))")
            #expect(model.steps.map(\.step) == [0, 1, 2, 3, 4, 3, 4, 3, 4, 3, 4])
            let again = self.model(failing: [4])
            #expect(throws: TrainingError.self) { try run(again, configuration(.rollback), in: path, resumes: true) }
            #expect(again.steps.map(\.step) == [3, 4])
        }
    }
}
