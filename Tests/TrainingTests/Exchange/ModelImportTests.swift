import Foundation
import Networks
import SpatialTransformers
import TestSupport
import Testing
import Training

@Suite struct ModelImportTests {
    private func configuration(_ model: String, dataset: String = "mnist", _ more: [Setting: String] = [:]) throws
        -> RunConfiguration
    {
        var settings = SettingValues()
        settings.set(.model, model)
        settings.set(.dataset, dataset)
        for (setting, text) in more { settings.set(setting, text) }
        return try RunConfiguration(resolving: settings)
    }

    /// The state dictionary of the tutorial's network, shapes as PyTorch has them, with drawn values.
    private func tutorialWeights(prefix: String = "") -> [SafetensorsFile.NamedTensor] {
        let shapes: [(String, Shape)] = [
            ("conv1", [10, 1, 5, 5]), ("conv2", [20, 10, 5, 5]), ("fc1", [50, 320]), ("fc2", [10, 50]),
            ("localization.0", [8, 1, 7, 7]), ("localization.3", [10, 8, 5, 5]), ("fc_loc.0", [32, 90]),
            ("fc_loc.2", [6, 32]),
        ]
        return shapes.enumerated().flatMap { index, layer -> [SafetensorsFile.NamedTensor] in
            let weight: Tensor<Float> = randomTensor(layer.1, seed: UInt64(index), -0.1, 0.1)
            let bias: Tensor<Float> = randomTensor([layer.1[0]], seed: UInt64(100 + index), -0.1, 0.1)
            return [
                .init(name: "\(prefix)\(layer.0).weight", shape: weight.shape, floats: weight.values),
                .init(name: "\(prefix)\(layer.0).bias", shape: bias.shape, floats: bias.values),
            ]
        }
    }

    @Test func theTutorialsStateDictionaryIsTakenAndDescribed() throws {
        try withScratchFolder { folder in
            let (source, target) = (folder + "/in.safetensors", folder + "/out.safetensors")
            try SafetensorsFile(tensors: tutorialWeights()).write(to: source)
            let taken = try ModelImport(configuration("tutorial", [.alignCorners: "true"])).run(
                from: source, to: target)
            #expect(taken == 27_360)
            let file = try SafetensorsFile(contentsOf: target)
            #expect(Set(file.tensors.map(\.name)) == Set(tutorialWeights().map(\.name)))
            for tensor in tutorialWeights() { #expect(file[tensor.name] == tensor) }
            let expected = [
                "format": "pt", "model": "tutorial", "dataset": "mnist", "transform": "affine", "align_corners": "true",
                "mean": "0.1307", "std": "0.3081", "input_size": "28,28,1",
            ]
            for (key, value) in expected { #expect(file.metadata[key] == value) }
            // Other commands take it without being told anything.
            let location = try CheckpointLocation(target)
            let model = try ClassifierModel(loading: location, settings: try location.settings())
            #expect(model.parameterCount == 27_360)
        }
    }

    @Test func prefixesOfWrappersAreLeftOut() throws {
        try withScratchFolder { folder in
            let (source, target) = (folder + "/in.safetensors", folder + "/out.safetensors")
            try SafetensorsFile(tensors: tutorialWeights(prefix: "_orig_mod.module.")).write(to: source)
            try ModelImport(configuration("tutorial")).run(from: source, to: target)
            #expect(try SafetensorsFile(contentsOf: target)["conv1.weight"] != nil)
        }
    }

    @Test func allDifferencesAreNamedAtOnce() throws {
        try withScratchFolder { folder in
            let (source, target) = (folder + "/in.safetensors", folder + "/out.safetensors")
            var tensors = tutorialWeights().filter { !$0.name.hasPrefix("fc_loc") }
            tensors.append(.init(name: "extra", shape: [1], floats: [0]))
            try SafetensorsFile(tensors: tensors).write(to: source)
            let graph = try GraphBuilder.graph(of: ReadyMade.seed(classes: 10), input: [28, 28, 1])
            let expected = try #require(
                WeightsMismatch(
                    of: SafetensorsFile(tensors: tensors), named: source, for: graph,
                    named: "the network seed with transform affine for mnist"))
            #expect(throws: expected) { try ModelImport(configuration("seed")).run(from: source, to: target) }
            #expect(expected.missing.count == 4)
            #expect(expected.unexpected == ["extra"])
            let first = try #require(expected.misshapen.first)
            #expect(first.name == "localization.0.weight")
            #expect((first.found, first.needed) == ([8, 1, 7, 7], [64, 1, 7, 7]))
            let text = expected.description
            #expect(text.contains("missing: fc_loc.0.weight, fc_loc.0.bias, fc_loc.2.weight and 1 more"))
            #expect(text.contains("unexpected: extra;"))
            #expect(text.contains("localization.0.weight [8, 1, 7, 7] where [64, 1, 7, 7] is needed"))
            #expect(!text.contains("\n") && expected.category.exitCode == 65)
            #expect(!FileManager.default.fileExists(atPath: target))
        }
    }

    @Test(arguments: ModelChoice.allCases, [TransformChoice.none, .affine, .thinPlateSpline])
    func whatIsExportedIsTakenBack(_ model: ModelChoice, _ transform: TransformChoice) throws {
        let configuration = try configuration(model.rawValue, [.transform: transform.rawValue])
        let interface = try #require(configuration.dataset.knownInterface)
        let network = model.network(
            classes: 10, transform: configuration.transformer.transformation, options: TransformerOptions())
        let classifier = try Classifier(
            network, input: [interface.height, interface.width, interface.channels], seed: 5, threadCount: 1)
        try withScratchFolder { folder in
            try classifier.saveWeights(to: folder + "/in.safetensors")
            try ModelImport(configuration).run(from: folder + "/in.safetensors", to: folder + "/out.safetensors")
            let (before, after) = (
                try SafetensorsFile(contentsOf: folder + "/in.safetensors"),
                try SafetensorsFile(contentsOf: folder + "/out.safetensors")
            )
            #expect(before.tensors == after.tensors)
        }
    }
}
