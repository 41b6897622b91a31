import Foundation
import ModelFormats
import SpatialTransformers
import TestSupport
import Testing
import Training

@Suite struct ModelExportTests {
    /// A file of weights of a small network, as training writes it.
    private func checkpoint(in folder: String) throws -> (CheckpointLocation, ClassifierModel) {
        var settings = SettingValues()
        settings.set(.model, "tutorial")
        settings.set(.dataset, "mnist")
        let configuration = try RunConfiguration(resolving: settings)
        let fresh = try Classifier(ReadyMade.tutorial(classes: 10), input: [28, 28, 1], seed: 5, threadCount: 1)
        try fresh.saveWeights(to: folder + "/fresh.safetensors")
        try ModelImport(configuration).run(from: folder + "/fresh.safetensors", to: folder + "/weights.safetensors")
        let location = try CheckpointLocation(folder + "/weights.safetensors")
        return (location, try ClassifierModel(loading: location, settings: try location.settings()))
    }

    @Test func anOnnxModelSaysWhatItTakesAndGives() throws {
        try withScratchFolder { folder in
            let (location, model) = try checkpoint(in: folder)
            var export = ModelExport(.onnx)
            (export.operatorSet, export.scores) = (.version20, .probabilities)
            try export.write(model, of: location, settings: try location.settings(), to: folder + "/m.onnx")
            let summary = try ONNXSummary(contentsOf: folder + "/m.onnx")
            #expect(summary.operatorSets.map(\.version) == [20])
            #expect(summary.inputs.map(\.extents) == [["N", "1", "28", "28"]])
            #expect(summary.outputs.map(\.name) == ["probabilities", "theta"])
            let metadata = Dictionary(summary.metadata.map { ($0.key, $0.value) }) { first, _ in first }
            #expect(metadata["class_names"] == (0...9).map(String.init).joined(separator: "\n"))
            #expect(metadata["mean"] == "0.1307" && metadata["transform"] == "affine")
            #expect(metadata["stn_version"] == ProductVersion.current)
            #expect(summary.tensors.contains { $0.name == "mean" })
        }
    }

    @Test func weightsKeepTheirNumbersAndSayMore() throws {
        try withScratchFolder { folder in
            let (location, model) = try checkpoint(in: folder)
            try ModelExport(.safetensors).write(
                model, of: location, settings: try location.settings(), to: folder + "/w.safetensors")
            let (before, after) = (
                try SafetensorsFile(contentsOf: location.weightsPath),
                try SafetensorsFile(contentsOf: folder + "/w.safetensors")
            )
            #expect(before.tensors == after.tensors)
            #expect(after.metadata["format"] == "pt" && after.metadata["align_corners"] == "false")
        }
    }

    /// A file within a run, or one by PyTorch, says nothing about itself; the run or the user does.
    @Test func whatTheUserSaysOfTheNetworkIsWritten() throws {
        try withScratchFolder { folder in
            let fresh = try Classifier(ReadyMade.tutorial(classes: 10), input: [28, 28, 1], seed: 5, threadCount: 1)
            try fresh.saveWeights(to: folder + "/bare.safetensors")
            let location = try CheckpointLocation(folder + "/bare.safetensors")
            var flags = SettingValues()
            for (setting, text) in [(Setting.model, "tutorial"), (.dataset, "mnist")] { flags.set(setting, text) }
            let settings = try location.settings().overridden(by: flags)
            let model = try ClassifierModel(loading: location, settings: settings)
            try ModelExport(.safetensors).write(
                model, of: location, settings: settings, to: folder + "/told.safetensors")
            let told = try CheckpointLocation(folder + "/told.safetensors")
            #expect(try ClassifierModel(loading: told, settings: try told.settings()).parameterCount == 27_360)
        }
    }

    @Test func theWeightsThemselvesAreNotWrittenOver() throws {
        try withScratchFolder { folder in
            let (location, model) = try checkpoint(in: folder)
            let path = folder + "/./weights.safetensors"
            #expect(throws: ModelExportError.ontoItself(path: path)) {
                try ModelExport(.safetensors).write(model, of: location, settings: try location.settings(), to: path)
            }
        }
    }

    @Test func filesAreCalledAfterTheRunOrTheWeights() throws {
        try withScratchFolder { folder in
            let (location, _) = try checkpoint(in: folder)
            #expect(ModelExport(.onnx).defaultPath(for: location) == "weights.onnx")
            try writeFile("\(folder)/runs/r-001/config.yaml", Array("dataset: mnist\n".utf8))
            try writeFile("\(folder)/runs/r-001/checkpoints/best.safetensors", [])
            try FileManager.default.createSymbolicLink(
                atPath: "\(folder)/runs/latest", withDestinationPath: "r-001")
            let run = try CheckpointLocation("\(folder)/runs/latest")
            #expect(ModelExport(.onnx).defaultPath(for: run) == "r-001.onnx")
        }
    }
}

/// PyTorch itself, on both ways.
@Suite(.enabled(if: Python.peers != nil, Comment(rawValue: Python.peersMissing)))
struct PyTorchExchangeTests {
    @Test func theTutorialsNetworkGivesTheSameHereAndThere() throws {
        try withScratchFolder { folder in
            let made = try #require(Python.peers).run(tool: "tutorial_network.py", ["make", folder])
            #expect(made.exitCode == 0, "\(made.output)")
            let written = try ["false", "true"].map { try exchange($0, in: folder) }
            let checked = try #require(Python.peers).run(tool: "tutorial_network.py", ["check", folder] + written)
            #expect(checked.exitCode == 0, "\(checked.output)")
        }
    }

    /// Takes PyTorch's weights over, expects its numbers of them, and writes them for PyTorch.
    private func exchange(_ alignCorners: String, in folder: String) throws -> String {
        var settings = SettingValues()
        for (setting, text) in [(Setting.model, "tutorial"), (.dataset, "mnist"), (.alignCorners, alignCorners)] {
            settings.set(setting, text)
        }
        let taken = "\(folder)/taken-\(alignCorners).safetensors"
        try ModelImport(RunConfiguration(resolving: settings)).run(from: folder + "/weights.safetensors", to: taken)
        let location = try CheckpointLocation(taken)
        let model = try ClassifierModel(loading: location, settings: try location.settings())

        let expected = try SafetensorsFile(contentsOf: folder + "/expected.safetensors")
        // One channel: [N, 1, H, W] and [N, H, W, 1] are the same numbers.
        let images = Tensor<Float>([5, 28, 28, 1], try expected.floats(named: "images"))
        expectClose(
            try model.classifier.logProbabilities(of: images).values,
            try expected.floats(named: "log_probabilities.\(alignCorners)"), relative: 1e-5, absolute: 1e-5)
        let transformed = try #require(try model.classifier.transformed(images))
        expectClose(transformed.theta.values, try expected.floats(named: "theta"), relative: 1e-5, absolute: 1e-5)

        let written = "\(folder)/written-\(alignCorners).safetensors"
        try ModelExport(.safetensors).write(model, of: location, settings: try location.settings(), to: written)
        return written
    }
}
