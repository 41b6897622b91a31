import Datasets
import Foundation
import Imaging
import Reports
import SpatialTransformers
import TestSupport
import Testing
import Training

@Suite("The report of a run")
struct ReportTests {
    /// Trains on a few glyphs into `folder` and returns the run's folder.
    private func run(
        in folder: String, transform: TransformChoice, arrangement: TransformerArrangement = .single,
        name: String = "run"
    ) throws -> String {
        var configuration = RunConfiguration(dataset: DatasetRequest(source: .glyphs))
        configuration.transformer.choice = transform
        configuration.transformer.arrangement = arrangement
        configuration.training.epochs = 2
        configuration.threads = 1
        let path = "\(folder)/\(name)"
        var run = TrainingRun(
            configuration: configuration, destination: .named(path: path, overwrite: false),
            environment: .current(instructionSet: "scalar", threads: 1),
            terminal: Terminal(outputIsTerminal: false, errorIsTerminal: false), output: (Silence(), Silence()))
        run.display = .quiet
        try run.start(ClassifierModel(for: configuration, dataset: Self.dataset), on: Self.dataset)
        return path
    }

    /// Class names as a hostile user may have them.
    private static let dataset: Dataset = {
        let glyphs = Glyphs.load(seed: 0, difficulty: .normal, trainingCount: 128, testCount: 100)
        return Dataset(
            name: glyphs.name, classNames: glyphs.classNames.map { "<\($0)> & \"co\"" },
            normalization: glyphs.normalization, training: glyphs.training, test: glyphs.test)
    }()

    private func report(_ paths: [String]) throws -> RunReport {
        let records = try paths.map { try RunRecord($0) }
        var configuration = try RunConfiguration(resolving: records[0].settings)
        configuration.threads = 1
        let figures = try RunFigures(
            of: records[0], checkpoint: try #require(records[0].checkpoint), configuration: configuration,
            dataset: Self.dataset, bar: { _, _, _ in nil })
        return RunReport(runs: records, figures: figures)
    }

    @Test("has every section, opens offline, runs nothing, and is well-formed whatever classes are called")
    func complete() throws {
        try withScratchFolder { folder in
            let path = try run(in: folder, transform: .affine)
            let made = try self.report([path])
            #expect(
                try made.sections().map(\.id) == [
                    "setup", "curves", "samples", "evolution", "windows", "sweeps", "health", "classes", "mistakes",
                ])
            let html = try made.html()
            let page = try PageReader(html)
            #expect(html.hasPrefix("<!DOCTYPE html>\n") && !page.elements.contains("script"))
            #expect(page.values(of: "src").allSatisfy { $0.hasPrefix("data:image/png;base64,") })
            #expect(page.values(of: "href").allSatisfy { $0.hasPrefix("#") })
            #expect(!html.contains("url(") && !html.contains("@import"))
            let ids = page.values(of: "id")
            #expect(page.values(of: "href").allSatisfy { ids.contains(String($0.dropFirst())) })
            // Names are text, and the figures are those of an evaluation.
            #expect(page.text.contains(Self.dataset.classNames[0]))
            let figures = try #require(made.figures)
            #expect(Double(figures.confusion.correct) / 100 == made.runs[0].best.testAccuracy)
            #expect(page.text.contains("\(figures.confusion.correct) of 100 test images are classified rightly"))
            #expect(figures.evolution?.epochs == [1, 2] && figures.evolution?.animation.frames.count == 3)
            #expect(figures.samples.count == 8 && figures.sweeps.count == 3)
        }
    }

    @Test("without a transformer leaves its parts out; several runs share their curves")
    func plain() throws {
        try withScratchFolder { folder in
            let path = try run(in: folder, transform: .none, name: "plain")
            #expect(!FileManager.default.fileExists(atPath: path + "/evolution.jsonl"))
            let other = try run(in: folder, transform: .affine, name: "a<b")
            let made = try self.report([path, other])
            #expect(try made.sections().map(\.id) == ["runs", "setup", "curves", "sweeps", "classes", "mistakes"])
            let page = try PageReader(try made.html())
            #expect(page.text.contains("a<b, training") && page.text.contains("plain, test"))
            #expect(made.figures?.sweeps.allSatisfy { $0.atIdentity == nil } == true)
        }
    }

    @Test("draws the health of every transformer")
    func severalTransformers() throws {
        try withScratchFolder { folder in
            let path = try run(in: folder, transform: .attention, arrangement: .parallel(3))
            let made = try self.report([path])
            let healths = made.runs[0].epochs.map(\.health)
            #expect(healths.map(\.count) == [3, 3])
            // Parts begin at different places and keep them apart.
            #expect(Set(healths[0].map(\.meanDeparture)).count == 3 && healths[0].allSatisfy { $0.variety != nil })
            let text = try PageReader(try made.html()).text
            let parts = text.split(separator: /Transformer [0-9]+\s+Scale and area/)
            #expect(parts.count == 4 && parts.dropFirst().allSatisfy { $0.contains("Departure from the identity") })
        }
    }

    @Test("a run that kept no evolution says so, and one of another family's θ is refused")
    func evolution() throws {
        try withScratchFolder { folder in
            let path = try run(in: folder, transform: .translation)
            let file = path + "/evolution.jsonl"
            try Data("{\"epoch\":1,\"images\":[5],\"theta\":[[1,2,3]]}\n".utf8).write(to: URL(fileURLWithPath: file))
            #expect(throws: RunFolderError.self) { try self.report([path]) }
            try FileManager.default.removeItem(atPath: file)
            let made = try self.report([path])
            #expect(made.figures?.evolution == nil)
            #expect(try made.html().contains("train again to have one"))
        }
    }

    @Test("a run whose images are gone gets a page with what its folder has, and one sentence on the rest")
    func missingData() throws {
        try withScratchFolder { folder in
            let path = try run(in: folder, transform: .affine)
            let gone = "dataset: \(folder)/gone & lost\ntransform: affine\nepochs: 2\n"
            try Data(gone.utf8).write(to: URL(fileURLWithPath: path + "/config.yaml"))
            let outcome = try ReportRequest(runs: [path]).write()
            #expect(outcome.files.map(\.path) == [path + "/report.html"])
            #expect(outcome.lines[0].hasPrefix("wrote \(path)/report.html ("))
            #expect(try #require(outcome.omission).contains("gone & lost; put it back"))
            let page = try PageReader(try String(contentsOfFile: path + "/report.html", encoding: .utf8))
            #expect(page.values(of: "id") == ["setup", "curves", "health"])
            #expect(page.text.contains("gone & lost; put it back"))
            // Whoever names a data set is told that it is not there.
            var request = ReportRequest(runs: [path])
            request.dataset = "\(folder)/nowhere"
            #expect(throws: ConfigurationError.self) { try request.write() }
        }
    }
}

/// Where output goes that nobody reads.
private final class Silence: TextSink {
    func write(_ text: String) throws {}
}
