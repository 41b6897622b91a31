import Foundation
import Interchange
import Tensors
import Testing
import Training

@Suite("Weights without a run folder")
struct LoneWeightsTests {
    /// Resolves a file of one small tensor with the settings it has, under flags.
    private func resolve(
        tensor: String = "conv1.weight", metadata: [String: String], _ flags: (Setting, String)...
    ) throws -> RunConfiguration {
        try withTemporaryFolder { folder throws in
            let path = folder + "/w.safetensors"
            let tensor = SafetensorsFile.NamedTensor(name: tensor, shape: [1], floats: [0])
            try SafetensorsFile(metadata: metadata, tensors: [tensor]).write(to: path)
            var values = SettingValues()
            for (setting, text) in flags { values.set(setting, text) }
            return try RunConfiguration(
                resolving: CheckpointLocation(path).settings().overridden(by: values))
        }
    }

    @Test("a file says itself how it is to be used, and flags win")
    func metadata() throws {
        let metadata = [
            "dataset": "glyphs", "difficulty": "hard", "transform": "affine", "align_corners": "true",
            "seed": "7",
            "stn_version": "0.1.0", "epoch": "3",
        ]
        let configuration = try resolve(metadata: metadata)
        #expect(configuration.dataset.source == .glyphs)
        #expect(configuration.dataset.difficulty == .hard)
        #expect(configuration.transformer.choice == .affine)
        #expect(configuration.transformer.alignCorners)
        #expect(configuration.training.seed == 7)
        let changed = try resolve(metadata: metadata, (.dataset, "mnist"), (.alignCorners, "false"))
        #expect(changed.dataset == DatasetRequest(source: .mnist))
        #expect(!changed.transformer.alignCorners)
    }

    @Test("a file by PyTorch shows in its tensors whether it has a transformer")
    func inferred() throws {
        let affine = try resolve(tensor: "fc_loc.0.weight", metadata: ["format": "pt"], (.dataset, "mnist"))
        #expect(affine.transformer.choice == .affine)
        #expect(!affine.transformer.alignCorners)
        #expect(try resolve(metadata: [:], (.dataset, "mnist")).transformer.choice == .none)
        #expect(throws: ConfigurationError.noDataset) { try resolve(metadata: ["format": "pt"]) }
    }

    @Test("what a run writes into its weights is read back from them")
    func writtenByRun() throws {
        try withTemporaryFolder { folder throws in
            var configuration = Fakes.configuration()
            configuration.dataset.difficulty = .easy
            configuration.dataset.distortion = .elastic
            configuration.transformer.alignCorners = true
            configuration.training.seed = 5
            let model = RecordingModel(testCount: 10)
            let run = TrainingRun(
                configuration: configuration, destination: .named(path: folder + "/run", overwrite: false),
                environment: Fakes.environment,
                terminal: Terminal(outputIsTerminal: false, errorIsTerminal: false),
                output: (MemorySink(), MemorySink()))
            try run.start(model, on: Fakes.dataset(training: 10, test: 10))
            let metadata = try #require(model.saved.last)
            let read = try resolve(metadata: metadata)
            #expect(read.dataset == configuration.dataset)
            #expect(read.transformer.alignCorners)
            #expect(read.training.seed == 5)
        }
    }

    @Test(
        "metadata from a stranger are checked like a configuration, and the file is named",
        arguments: [
            (["dataset": "cifar11"], "dataset in its metadata 'cifar11' is none of", ErrorCategory.badData),
            (["dataset": "/no/such/pets"], "there is no folder /no/such/pets", .missingInput),
            (
                ["dataset": "mnist", "transform": "warp"],
                "transform in its metadata takes none, translation, rotation",
                .badData
            ),
            (
                ["dataset": "mnist", "align_corners": "maybe"], "align_corners in its metadata takes true",
                .badData
            ),
            (
                ["dataset": "/", "image_size": "9999999999999999999"], "image_size in its metadata takes",
                .badData
            ),
            (["dataset": "mnist", "image_size": "64"], "image_size in its metadata means nothing", .badData),
            (["dataset": "mnist", "seed": "-1\n\u{1B}[2J"], "seed in its metadata takes", .badData),
        ])
    func hostile(metadata: [String: String], message: String, category: ErrorCategory) throws {
        let error = #expect(throws: ConfigurationError.self) {
            try resolve(tensor: "fc_loc.0.weight", metadata: metadata)
        }
        #expect(error?.category == category)
        let text = try #require(error?.description)
        #expect(text.contains("/w.safetensors: "), "\(text)")
        #expect(text.contains(message), "\(text)")
        #expect(!text.contains { $0.isNewline || $0 == "\u{1B}" })
    }

    @Test("a file that is not safetensors is refused, as is one that is gone")
    func unreadable() throws {
        try withTemporaryFolder { folder throws in
            let path = folder + "/lone.safetensors"
            try Data("no".utf8).write(to: URL(fileURLWithPath: path))
            #expect(throws: SafetensorsError.self) { try CheckpointLocation(path).settings() }
        }
    }
}
