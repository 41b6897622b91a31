import Datasets
import Foundation
import Interchange
import Testing
import Training

@Suite("Going on with a run")
struct ResumeTests {
    /// A network, optimizer and schedule with something of their own to remember.
    struct Recipe: CustomTestStringConvertible {
        var testDescription: String
        /// When to stop.
        var stops: [Int]
        var change: @Sendable (inout RunConfiguration) -> Void
    }

    static let recipes = [
        Recipe(testDescription: "sgd with momentum, one cycle", stops: Array(1...10)) {
            $0.training.optimizer = OptimizerSettings(kind: .sgd, learningRate: 0.02, momentum: 0.9)
            $0.training.schedule = .oneCycle
        },
        Recipe(testDescription: "adam, steps, frozen at first", stops: [3, 6]) {
            $0.training.optimizer = OptimizerSettings(kind: .adam, localizationRate: 0.1)
            $0.training.schedule = .step(size: 1, gamma: 0.5)
            ($0.transformer.frozenEpochs, $0.training.frozenEpochs) = (1, 1)
        },
        Recipe(testDescription: "residual network with running statistics, adamw, cosine", stops: [2, 8]) {
            $0.model = .residual
            $0.training.optimizer = OptimizerSettings(kind: .adamW)
            $0.training.schedule = .cosine
        },
    ]

    private static let dataset: Dataset = {
        func images(_ count: Int, _ shift: Int) -> LabeledImages {
            LabeledImages(
                height: 28, width: 28, channels: 1,
                pixels: (0..<count * 784).map { UInt8(truncatingIfNeeded: ($0 + shift) &* 2_654_435_761 >> 13) },
                labels: (0..<count).map { Int32($0 % 10) })
        }
        return Dataset(
            name: "glyphs", classNames: (0..<10).map(String.init),
            normalization: Normalization(mean: [0.5], deviation: [0.3]), training: images(18, 0), test: images(10, 7))
    }()

    private func configuration(_ recipe: Recipe, threads: Int, epochs: Int = 2) -> RunConfiguration {
        var configuration = Fakes.configuration(epochs: epochs, batchSize: 4)
        configuration.logInterval = 1
        configuration.threads = threads
        recipe.change(&configuration)
        return configuration
    }

    private func run(_ configuration: RunConfiguration, at path: String, stopAt stop: Int?) -> (TrainingRun, MemorySink)
    {
        let sink = MemorySink()
        var run = TrainingRun(
            configuration: configuration, destination: .named(path: path, overwrite: false),
            environment: Fakes.environment, terminal: Terminal(outputIsTerminal: false, errorIsTerminal: false),
            output: (MemorySink(), sink))
        var asked = 0
        run.stopSignal = {
            asked += 1
            return asked == stop ? 2 : nil
        }
        return (run, sink)
    }

    private func start(_ configuration: RunConfiguration, at path: String, stopAt stop: Int? = nil) throws {
        let model = try ClassifierModel(for: configuration, dataset: Self.dataset)
        try run(configuration, at: path, stopAt: stop).0.start(model, on: Self.dataset)
    }

    /// Goes on with other numbers of threads and epochs; returns what was said on standard error.
    @discardableResult
    private func goOn(_ path: String, threads: Int, epochs: Int? = nil) throws -> String {
        var changes = SettingValues()
        changes.set(.threads, "\(threads)")
        changes.set(.epochs, epochs.map(String.init))
        let resumed = try ResumedRun(path, changes: changes)
        let configuration = resumed.configuration
        let model = try ClassifierModel(for: configuration, dataset: Self.dataset)
        let (run, sink) = run(configuration, at: path, stopAt: nil)
        try run.resume(model, on: Self.dataset, in: resumed.folder)
        return sink.text
    }

    /// All that a run leaves but what tells the time.
    private func remains(_ path: String) throws -> [String: String] {
        let newest = try #require(
            try FileManager.default.contentsOfDirectory(atPath: path + "/checkpoints").filter {
                $0.hasPrefix("step") && $0.hasSuffix(".safetensors")
            }
            .max())
        let state = try SafetensorsFile(contentsOf: "\(path)/checkpoints/\(newest)")
        let times = /"(images_per_second|epoch_seconds|eta_seconds)":[^,}]*,?/
        return [
            "last": try bytes(path + "/checkpoints/last.safetensors"),
            "best": try bytes(path + "/checkpoints/best.safetensors"),
            "log": try text(path + "/stn.log"),
            "metrics": try text(path + "/metrics.jsonl").replacing(times, with: ""),
            "state": "\(state.tensors.map { "\($0.name) \($0.bytes.hashValue)" })",
        ]
    }

    private func bytes(_ path: String) throws -> String {
        try Data(contentsOf: URL(fileURLWithPath: path)).base64EncodedString()
    }

    @Test(
        "a run that stops after any step and goes on with other threads ends bit for bit as one that does not",
        arguments: recipes)
    func everyStep(recipe: Recipe) throws {
        try withTemporaryFolder { folder throws in
            try start(configuration(recipe, threads: 1), at: folder + "/whole")
            let expected = try remains(folder + "/whole")
            // Five steps and a chance to stop after the first epoch, then five more.
            for stop in recipe.stops {
                let path = folder + "/stopped-\(stop)"
                #expect(throws: TrainingInterrupted.self) {
                    try start(configuration(recipe, threads: [1, 2, 4][stop % 3]), at: path, stopAt: stop)
                }
                try goOn(path, threads: [4, 1, 2][stop % 3])
                let found = try remains(path)
                for (name, value) in expected { #expect(found[name] == value, "\(name), stopped at \(stop)") }
            }
        }
    }

    @Test("more epochs are as if there had been as many from the start")
    func extended() throws {
        try withTemporaryFolder { folder throws in
            let recipe = Self.recipes[1]
            try start(configuration(recipe, threads: 1, epochs: 3), at: folder + "/whole")
            try start(configuration(recipe, threads: 1, epochs: 1), at: folder + "/short")
            try goOn(folder + "/short", threads: 1, epochs: 3)
            #expect(try remains(folder + "/short") == remains(folder + "/whole"))
            #expect(try text(folder + "/short/config.yaml") == text(folder + "/whole/config.yaml"))
            let before = try remains(folder + "/short")
            try goOn(folder + "/short", threads: 2)
            #expect(try remains(folder + "/short") == before)
            let error = #expect(throws: CheckpointError.self) { try goOn(folder + "/short", threads: 1, epochs: 2) }
            #expect(error?.category == .usage)
        }
    }

    @Test("a run that is one step into an epoch cannot end with the epoch before", arguments: [1, 2, 4])
    func tooFewEpochs(step: Int) throws {
        try withTemporaryFolder { folder throws in
            // Five steps, and a chance to stop after the first epoch.
            #expect(throws: TrainingInterrupted.self) {
                try start(configuration(Self.recipes[0], threads: 1), at: folder + "/run", stopAt: 6 + step)
            }
            let error = #expect(throws: CheckpointError.self) { try goOn(folder + "/run", threads: 1, epochs: 1) }
            guard case .tooFewEpochs(_, epochs: 1) = error else {
                Issue.record("stopped at step \(5 + step): \(String(describing: error))")
                return
            }
        }
    }

    @Test("a damaged checkpoint costs the way from the one before it, and is told")
    func damaged() throws {
        try withTemporaryFolder { folder throws in
            let recipe = Self.recipes[0]
            try start(configuration(recipe, threads: 1), at: folder + "/run")
            let expected = try remains(folder + "/run")
            let newest = folder + "/run/checkpoints/step-0000000010.safetensors"
            #expect(truncate(newest, 1000) == 0)
            let said = try goOn(folder + "/run", threads: 1)
            // Beside what is said of a transformer that so short a run does not move.
            let told = said.split(separator: "\n").filter { !$0.hasPrefix("warning: epoch") }
            #expect(told.count == 1 && told[0].hasPrefix("warning: \(newest): "), "\(said)")
            #expect(try remains(folder + "/run") == expected)
            #expect(FileManager.default.fileExists(atPath: newest + ".corrupt"))
        }
    }

    @Test("a run without a checkpoint begins, one that is held is busy, and what cannot change is refused")
    func refusals() throws {
        try withTemporaryFolder { folder throws in
            let path = folder + "/run"
            let settings = configuration(Self.recipes[0], threads: 1)
            do {
                let held = try RunFolder.create(
                    at: .named(path: path, overwrite: false), configuration: settings, environment: Fakes.environment)
                let busy = #expect(throws: RunFolderError.self) { try ResumedRun(path, changes: SettingValues()) }
                #expect(busy == .inUse(path: path) && busy?.category == .busy)
                withExtendedLifetime(held) {}
            }
            try goOn(path, threads: 1)
            try start(settings, at: folder + "/whole")
            #expect(try remains(path) == remains(folder + "/whole"))

            var changes = SettingValues()
            changes.set(.seed, "3")
            let refused = #expect(throws: ConfigurationError.self) { try ResumedRun(path, changes: changes) }
            #expect(refused?.category == .usage && refused?.description.hasPrefix("--seed cannot be chosen") == true)
            let yaml = try text(path + "/config.yaml").replacing("batch-size: 4", with: "batch-size: 5")
            try Data(yaml.utf8).write(to: URL(fileURLWithPath: path + "/config.yaml"))
            let other = #expect(throws: CheckpointError.self) { try goOn(path, threads: 1) }
            #expect(other?.description.contains("with batch-size 4, but config.yaml says 5") == true)
            #expect(throws: RunFolderError.self) { try ResumedRun(folder, changes: SettingValues()) }
            #expect(throws: RunFolderError.self) { try ResumedRun(folder + "/nope", changes: SettingValues()) }
        }
    }
}
