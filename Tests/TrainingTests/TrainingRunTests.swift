import Foundation
import Testing
import Training

@Suite("A whole run")
struct TrainingRunTests {
    private struct Outcome {
        var folder: String
        var output: String
        var error: String
        var result: Result<TrainingSummary, any Error>
    }

    private func run(
        _ model: RecordingModel, in folder: String, configuration: RunConfiguration = Fakes.configuration(),
        terminal: Terminal = Terminal(outputIsTerminal: false, errorIsTerminal: false),
        display: TrainingRun.Display = .automatic, training: Int = 10, stopAfter: Int? = nil,
        drawFigures: ((EpochReport, RunFolder) throws -> Void)? = nil
    ) -> Outcome {
        let (output, error) = (MemorySink(), MemorySink())
        let path = folder + "/run"
        var run = TrainingRun(
            configuration: configuration, destination: .named(path: path, overwrite: false),
            environment: Fakes.environment, terminal: terminal, output: (output, error))
        run.display = display
        run.drawFigures = drawFigures
        run.stopSignal = { model.steps.count == stopAfter ? 2 : nil }
        let dataset = Fakes.dataset(training: training, test: 10)
        let result = Result { try run.start(model, on: dataset) }
        return Outcome(folder: path, output: output.text, error: error.text, result: result)
    }

    @Test("piped output and stn.log hold the tutorial's lines and nothing else")
    func log() throws {
        try withTemporaryFolder { folder throws in
            let model = RecordingModel(testCount: 10)
            model.tests = [(0.3, 1.84712), (0.5, 1.5)]
            var configuration = Fakes.configuration()
            configuration.logInterval = 2
            let outcome = run(model, in: folder, configuration: configuration)
            let expected = """
                Train Epoch: 1 [0/10 (0%)]\tLoss: 2.000000
                Train Epoch: 1 [8/10 (67%)]\tLoss: 0.666667

                Test set: Average loss: 1.8471, Accuracy: 3/10 (30%)

                Train Epoch: 2 [0/10 (0%)]\tLoss: 0.500000
                Train Epoch: 2 [8/10 (67%)]\tLoss: 0.333333

                Test set: Average loss: 1.5000, Accuracy: 5/10 (50%)


                """
            #expect(outcome.output == expected)
            #expect(try text(outcome.folder + "/stn.log") == expected)
            #expect(outcome.error.isEmpty)
        }
    }

    @Test(
        "a transformer that collapses is told of on standard error where nobody watches, unless all is to be quiet",
        arguments: [TrainingRun.Display.automatic, .json, .quiet])
    func collapse(_ display: TrainingRun.Display) throws {
        try withTemporaryFolder { folder throws in
            let model = RecordingModel(testCount: 10)
            model.health = try Fakes.health([0.01, 0, 0, 0, 0.01, 0])
            let outcome = run(model, in: folder, display: display)
            let warning = "warning: epoch 1: the transformer has collapsed"
            #expect(outcome.error.hasPrefix(warning) != (display == .quiet), "\(outcome.error)")
            #expect(!outcome.output.contains("warning"))
            #expect(try text(outcome.folder + "/stn.log").contains(warning))
        }
    }

    @Test("nobody has to read warnings: a run goes on where standard error takes none")
    func unreadWarnings() throws {
        try withTemporaryFolder { folder throws in
            let model = RecordingModel(testCount: 10)
            model.health = try Fakes.health([0.01, 0, 0, 0, 0.01, 0])
            let error = BrokenSink()
            let run = TrainingRun(
                configuration: Fakes.configuration(), destination: .named(path: folder + "/run", overwrite: false),
                environment: Fakes.environment,
                terminal: Terminal(outputIsTerminal: false, errorIsTerminal: false), output: (MemorySink(), error))
            let summary = try run.start(model, on: Fakes.dataset(training: 10, test: 10))
            #expect(summary.last.epoch == 2 && error.attempts == 1)
        }
    }

    @Test("metrics.jsonl has a line of JSON an epoch with all fields")
    func metrics() throws {
        try withTemporaryFolder { folder throws in
            let model = RecordingModel(testCount: 10)
            model.tests = [(0.5, 1), (0.25, 1.5)]
            let outcome = run(model, in: folder)
            let lines = try text(outcome.folder + "/metrics.jsonl").split(separator: "\n")
            #expect(lines.count == 2)
            let objects = try lines.map {
                try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
            }
            #expect(
                objects[0].keys.sorted() == [
                    "best", "epoch", "epoch_seconds", "eta_seconds", "images_per_second", "lr", "step",
                    "train_acc",
                    "train_loss", "val_acc", "val_loss",
                ])
            #expect(objects.map { $0["epoch"] as? Int } == [1, 2])
            #expect(objects.map { $0["step"] as? Int } == [3, 6])
            #expect(objects.map { $0["best"] as? Bool } == [true, false])
            #expect(objects.map { $0["val_acc"] as? Double } == [0.5, 0.2])
            #expect(objects.map { $0["lr"] as? Double } == [0.01, 0.01])
            #expect(objects[1]["eta_seconds"] as? Double == 0)
        }
    }

    @Test("last is written after each epoch, best after the best, both whole and with metadata")
    func checkpoints() throws {
        try withTemporaryFolder { folder throws in
            let model = RecordingModel(testCount: 10)
            model.tests = [(0.5, 1), (0.4, 1), (0.3, 1)]
            let outcome = run(model, in: folder, configuration: Fakes.configuration(epochs: 3))
            let names = try FileManager.default.contentsOfDirectory(atPath: outcome.folder + "/checkpoints")
            let kept = ["step-0000000006.safetensors", "step-0000000009.safetensors"]
            #expect(names.sorted() == ["best.safetensors", "last.safetensors"] + kept)
            #expect(try stepsBehind(outcome.folder + "/checkpoints/best.safetensors") == 3)
            #expect(try stepsBehind(outcome.folder + "/checkpoints/last.safetensors") == 9)
            #expect(model.saved[0]["epoch"] == "1")
            #expect(model.saved[0]["transform"] == "affine")
            #expect(model.saved[3]["epoch"] == "3")
        }
    }

    @Test("a diverged run keeps its last good checkpoint and says so, in the log too")
    func divergence() throws {
        try withTemporaryFolder { folder throws in
            let model = RecordingModel(testCount: 10)
            model.loss = { $0 == 4 ? .nan : 1 }
            let outcome = run(model, in: folder)
            let error = #expect(throws: TrainingError.self) { try outcome.result.get() }
            let checkpoint = outcome.folder + "/checkpoints/last.safetensors"
            #expect(error?.description.hasSuffix("the last good weights are in \(checkpoint)") == true)
            #expect(try stepsBehind(checkpoint) == 3)
            #expect(try text(outcome.folder + "/stn.log").hasSuffix("\(error?.description ?? "-")\n"))
        }
    }

    @Test("a run over no images is refused and leaves no folder")
    func noImages() throws {
        try withTemporaryFolder { folder throws in
            let outcome = run(RecordingModel(testCount: 10), in: folder, training: 0)
            #expect(throws: TrainingError.noImages(dataset: "fake", split: "training")) {
                try outcome.result.get()
            }
            #expect(!FileManager.default.fileExists(atPath: outcome.folder))
        }
    }

    @Test("an interrupted run saves the weights of the finished step")
    func interruption() throws {
        try withTemporaryFolder { folder throws in
            let model = RecordingModel(testCount: 10)
            let outcome = run(model, in: folder, stopAfter: 2)
            let error = #expect(throws: TrainingInterrupted.self) { try outcome.result.get() }
            #expect(error?.exitCode == 130)
            #expect(error?.checkpoint == outcome.folder + "/checkpoints/last.safetensors")
            #expect(error?.description.hasSuffix("; go on with: stn train --resume \(outcome.folder)") == true)
            #expect(model.saved.map { $0["step"] } == ["2"])
        }
    }

    @Test("a save that fails leaves the checkpoint before it and no half file")
    func failedSave() throws {
        struct Full: Error {}
        try withTemporaryFolder { folder throws in
            let model = RecordingModel(testCount: 10)
            model.loss = { step in
                if step == 3 { model.saveFailure = Full() }
                return 1
            }
            let outcome = run(model, in: folder)
            #expect(throws: Full.self) { try outcome.result.get() }
            let names = try FileManager.default.contentsOfDirectory(atPath: outcome.folder + "/checkpoints")
            #expect(
                names.sorted() == [
                    "best.safetensors", "last.safetensors", "step-0000000000.safetensors",
                    "step-0000000003.safetensors",
                ])
            #expect(try stepsBehind(outcome.folder + "/checkpoints/last.safetensors") == 3)
        }
    }

    @Test("a terminal gets a table on standard output and a bar on standard error")
    func terminal() throws {
        try withTemporaryFolder { folder throws in
            let outcome = run(
                RecordingModel(testCount: 10), in: folder,
                terminal: Terminal(outputIsTerminal: true, errorIsTerminal: true, columns: 120))
            #expect(!outcome.output.contains("Train Epoch"))
            #expect(outcome.output.contains("     1/2    "))
            #expect(outcome.output.contains("  best\n"))
            #expect(outcome.error.contains("epoch 2/2"))
            #expect(outcome.error.hasSuffix("\r\u{1B}[K"))
            #expect(try text(outcome.folder + "/stn.log").contains("Train Epoch: 1 [0/10 (0%)]"))
        }
    }

    @Test("no line of a narrow terminal's output wraps, paths apart", arguments: [40, 80])
    func narrowTerminal(columns: Int) throws {
        try withTemporaryFolder { folder throws in
            let outcome = run(
                RecordingModel(testCount: 10), in: folder,
                terminal: Terminal(outputIsTerminal: true, errorIsTerminal: true, columns: columns))
            let lines = outcome.output.split(separator: "\n").filter { !$0.contains(folder) }
            #expect(lines.count > 6)
            #expect(lines.allSatisfy { $0.count < columns }, "\(outcome.output)")
            #expect(outcome.output.contains("test loss") == (columns == 80))
        }
    }

    @Test("a loss beyond all use ends the run though it is finite")
    func runaway() throws {
        try withTemporaryFolder { folder throws in
            let model = RecordingModel(testCount: 10)
            model.loss = { $0 == 1 ? 1e9 : 2 }
            let error = #expect(throws: TrainingError.self) { try run(model, in: folder).result.get() }
            #expect(error?.category == .internalFailure)
            #expect(error?.description.contains("the loss is 1000000000.0 in epoch 1, step 2") == true)
        }
    }

    @Test("quiet shows nothing, json shows the metrics")
    func displays() throws {
        try withTemporaryFolder { folder throws in
            let outcome = run(
                RecordingModel(testCount: 10), in: folder,
                terminal: Terminal(outputIsTerminal: true, errorIsTerminal: true), display: .quiet)
            #expect(outcome.output.isEmpty && outcome.error.isEmpty)
        }
        try withTemporaryFolder { folder throws in
            let outcome = run(RecordingModel(testCount: 10), in: folder, display: .json)
            #expect(try outcome.output == text(outcome.folder + "/metrics.jsonl"))
        }
    }

    @Test("pictures are drawn each few epochs and after the last")
    func figures() throws {
        try withTemporaryFolder { folder throws in
            var configuration = Fakes.configuration(epochs: 5)
            configuration.figureEvery = 2
            var drawn: [Int] = []
            let outcome = run(RecordingModel(testCount: 10), in: folder, configuration: configuration) {
                report, _ in
                drawn.append(report.epoch)
            }
            _ = try outcome.result.get()
            #expect(drawn == [2, 4, 5])
        }
    }

    @Test("a rehearsal trains two steps, saves once and leaves no run")
    func rehearsal() throws {
        try withTemporaryFolder { folder throws in
            let model = RecordingModel(testCount: 10)
            let sink = MemorySink()
            let run = TrainingRun(
                configuration: Fakes.configuration(),
                destination: .named(path: folder + "/run", overwrite: false),
                environment: Fakes.environment,
                terminal: Terminal(outputIsTerminal: false, errorIsTerminal: false),
                output: (sink, sink))
            _ = try run.rehearse(model, on: Fakes.dataset(training: 10, test: 10))
            #expect(model.steps.count == 2)
            #expect(model.evaluated.count == 1)
            #expect(model.saved.count == 1)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
        }
    }
}

/// Takes nothing, as a pipe whose reader has gone.
private final class BrokenSink: TextSink {
    private(set) var attempts = 0

    func write(_ text: String) throws {
        attempts += 1
        throw TextSinkError.closedPipe
    }
}
