import Datasets
import Foundation
import TestSupport
import Testing
import Training

@Suite("What TensorBoard reads of a run")
struct TensorBoardTests {
    /// An interpreter that has TensorBoard; nil where there is none.
    static let python = Python.having(
        "tensorboard", variable: "STN_TENSORBOARD_PYTHON", caches: ["stn-tensorboard", "stn-peers"])

    /// TensorBoard's own view of a folder.
    private struct Reading: Decodable {
        struct Cell: Decodable, Equatable {
            let text: String
            init(from decoder: any Decoder) throws {
                let container = try decoder.singleValueContainer()
                if let truth = try? container.decode(Bool.self) {
                    text = "\(truth)"
                } else if let number = try? container.decode(Double.self) {
                    text = "\(number)"
                } else {
                    text = try container.decode(String.self)
                }
            }
        }
        let scalars: [String: [[Double]]]
        let images: [String: [[Int]]]
        let histograms: [String: [[Double]]]
        let settings: [String: Cell]
        let metrics: [String]
        let columns: [String]
        let status: Int?
    }

    private func reading(of folder: String) throws -> Reading {
        let (exitCode, output) = try #require(Self.python).run(tool: "read_events.py", [folder])
        #expect(exitCode == 0, "\(output)")
        // What else TensorBoard has to say stands before it.
        return try JSONDecoder().decode(Reading.self, from: Data((output.split(separator: "\n").last ?? "").utf8))
    }

    @Test(
        "the real TensorBoard reads scalars, pictures, θ and settings of a run",
        .enabled(
            if: TensorBoardTests.python != nil,
            "no Python with TensorBoard here; scripts/setup-tensorboard.sh makes one"))
    func wholeRun() throws {
        try withTemporaryFolder { folder in
            let dataset = Glyphs.load(seed: 1, difficulty: .easy, trainingCount: 60, testCount: 30)
            var configuration = Fakes.configuration(epochs: 2, batchSize: 30)
            configuration.model = .paperFCN
            configuration.figureEvery = 1
            let model = try ClassifierModel(for: configuration, dataset: dataset)
            var run = TrainingRun(
                configuration: configuration, destination: .named(path: folder + "/run", overwrite: false),
                environment: Fakes.environment, terminal: Terminal(outputIsTerminal: false, errorIsTerminal: false),
                output: (MemorySink(), MemorySink()))
            run.drawFigures = { report, folder in
                try Data(Self.onePixel).write(to: URL(fileURLWithPath: folder.figurePath(epoch: report.epoch)))
            }
            let summary = try run.start(model, on: dataset)
            let reading = try reading(of: folder + "/run")
            #expect(reading.scalars["loss/test"]?.map { $0[0] } == [2, 4])
            #expect(reading.scalars["loss/test"]?.last?[1] == Double(Float(summary.last.test.averageLoss)))
            #expect(reading.scalars["accuracy/test"]?.last?[1] == Double(Float(summary.last.test.accuracy)))
            #expect(reading.scalars["learning_rate"]?.count == 2 && reading.scalars["transformer/outside"]?.count == 2)
            #expect(reading.images["transforms"] == [[2, 1, 1, Self.onePixel.count], [4, 1, 1, Self.onePixel.count]])
            // Six numbers of an affine transformation, each of 30 test images, after each of two epochs.
            #expect(reading.histograms.keys.sorted() == (0..<6).map { "theta/\($0)" })
            #expect(
                reading.histograms.values.allSatisfy { $0.count == 2 && $0.allSatisfy { $0[1] == 30 && $0[4] == 30 } })
            #expect(reading.settings["epochs"]?.text == "2.0" && reading.settings["transform"]?.text == "affine")
            #expect(reading.settings["align-corners"]?.text == "false")
            #expect(reading.metrics == ["accuracy/test"] && Set(reading.columns) == Set(reading.settings.keys))
            #expect(reading.status == 1)
        }
    }

    @Test(
        "a resumed run makes void what was recorded beyond the step it starts from",
        .enabled(
            if: TensorBoardTests.python != nil,
            "no Python with TensorBoard here; scripts/setup-tensorboard.sh makes one"))
    func resumed() throws {
        try withTemporaryFolder { path in
            let configuration = Fakes.configuration()
            let folder = try RunFolder.create(
                at: .named(path: path + "/run", overwrite: false), configuration: configuration,
                environment: Fakes.environment)
            // All in one second, so that the order of the files does not come from the clock.
            let first = try TensorBoardWriter(folder: folder, configuration: configuration) { 1_000_000 }
            for epoch in 1...3 { try first.epochDidFinish(report(epoch: epoch, loss: 1)) }
            // Killed within a record, which is passed over.
            let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
            let name = try #require(files.first { $0.contains("tfevents") })
            let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: "\(folder.path)/\(name)"))
            try handle.seekToEnd()
            try handle.write(contentsOf: Data([100, 0, 0, 0, 0, 0]))
            try handle.close()
            // Resumed after the second epoch.
            let second = try TensorBoardWriter(folder: folder, configuration: configuration, resumedStep: 20) {
                1_000_000
            }
            for epoch in 3...4 { try second.epochDidFinish(report(epoch: epoch, loss: 2)) }
            let losses = try reading(of: folder.path).scalars["loss/test"]
            #expect(losses == [[10, 1], [20, 1], [30, 2], [40, 2]])
        }
    }

    @Test("a run that is replaced takes its recordings with it")
    func overwritten() throws {
        try withTemporaryFolder { path in
            for _ in 0..<2 {
                let run = TrainingRun(
                    configuration: Fakes.configuration(), destination: .named(path: path + "/run", overwrite: true),
                    environment: Fakes.environment, terminal: Terminal(outputIsTerminal: false, errorIsTerminal: false),
                    output: (MemorySink(), MemorySink()))
                try run.start(RecordingModel(testCount: 10), on: Fakes.dataset(training: 10, test: 10))
            }
            let names = try FileManager.default.contentsOfDirectory(atPath: path + "/run")
            #expect(names.count { $0.hasPrefix("events.out.tfevents.") } == 1)
        }
    }

    /// A grey PNG of one pixel.
    private static let onePixel: [UInt8] = [
        0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52, 0, 0, 0, 1, 0, 0, 0, 1, 8,
        0, 0,
        0, 0, 0x3A, 0x7E, 0x9B, 0x55, 0, 0, 0, 10, 0x49, 0x44, 0x41, 0x54, 0x78, 0x9C, 0x63, 0x60, 0, 0, 0, 2, 0, 1,
        0x48, 0xAF,
        0xA4, 0x71, 0, 0, 0, 0, 0x49, 0x45, 0x4E, 0x44, 0xAE, 0x42, 0x60, 0x82,
    ]

    /// An epoch of ten steps.
    private func report(epoch: Int, loss: Double) throws -> EpochReport {
        let dataset = Fakes.dataset(training: 10, test: 10)
        let plan = try TrainingPlan(TrainingConfiguration(epochs: 4, batchSize: 1), dataset: dataset)
        let result = BatchResult(lossSum: 10 * loss, correct: 5, count: 10)
        return EpochReport(
            epoch: epoch, training: result, test: result, learningRate: 0.01, epochSeconds: 1, trainingSeconds: 1,
            elapsedSeconds: 1, isBest: false, plan: plan, health: nil)
    }
}
