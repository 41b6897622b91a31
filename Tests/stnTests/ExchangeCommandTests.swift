import Foundation
import SpatialTransformers
import TestSupport
import Testing

/// `stn import`, `stn export` and `stn info` as processes.
@Suite struct ExchangeCommandTests {
    private func writeWeights(to path: String, transform: any Transformation = AffineTransform()) throws {
        let network = ReadyMade.tutorial(classes: 10, transform: transform)
        try Classifier(network, input: [28, 28, 1], seed: 5, threadCount: 1).saveWeights(to: path)
    }

    @Test func weightsGoInAndComeOutAsModels() throws {
        try withScratchFolder { folder in
            try writeWeights(to: folder + "/in.safetensors")
            let commands: [([String], String)] = [
                (
                    ["import", "in.safetensors", "--model", "tutorial", "--dataset", "mnist", "-o", "own.safetensors"],
                    "wrote own.safetensors, 27360 numbers\n"
                ),
                (["export", "own.safetensors", "--format", "onnx"], "wrote own.onnx\n"),
                (
                    [
                        "export", "own.safetensors", "--format", "onnx", "--opset", "20", "--scores", "probabilities",
                        "-o", "p.onnx",
                    ],
                    "wrote p.onnx\n"
                ),
                (
                    ["export", "own.safetensors", "--format", "safetensors", "-o", "w.safetensors"],
                    "wrote w.safetensors\n"
                ),
            ]
            for (arguments, output) in commands {
                let outcome = try Program.run(arguments, in: folder)
                #expect(outcome.exitCode == 0, "\(arguments): \(outcome.error)")
                #expect(outcome.output == output)
            }
            let information = try Program.run(["info", "p.onnx", "--json"], in: folder)
            let json = try JSONSerialization.jsonObject(with: Data(information.output.utf8)) as? [String: Any]
            #expect((json?["operator_sets"] as? [String: Int]) == ["ai.onnx": 20])
            #expect(
                (json?["outputs"] as? [[String: Any]])?.compactMap { $0["name"] as? String } == [
                    "probabilities", "theta",
                ])
            #expect((json?["metadata"] as? [String: String])?["dataset"] == "mnist")
            let text = try Program.run(["info", "own.safetensors"], in: folder).output
            #expect(text.hasPrefix("kind") && text.contains("fc_loc.2.bias"))
        }
    }

    @Test func whatGoesWrongIsOneLineWithItsExitCode() throws {
        try withScratchFolder { folder in
            try writeWeights(to: folder + "/in.safetensors")
            try writeWeights(to: folder + "/cpab.safetensors", transform: ContinuousPiecewiseAffine())
            try writeFile(folder + "/broken.safetensors", Array("nothing".utf8))
            let tutorial = ["--model", "tutorial", "--dataset", "mnist"]
            let taken = ["import", "cpab.safetensors", "--transform", "cpab", "-o", "flow.safetensors"] + tutorial
            #expect(try Program.run(taken, in: folder).exitCode == 0)
            let cases: [([String], Int32, String)] = [
                (["info", "none"], 66, "no such file"), (["info", "broken.safetensors"], 65, "broken.safetensors"),
                (["info", "."], 65, "config.yaml"), (["info"], 64, "Missing"),
                (["import", "none", "-o", "o"] + tutorial, 66, "no such file"),
                (["import", "broken.safetensors", "-o", "o"] + tutorial, 65, "broken.safetensors"),
                (
                    ["import", "in.safetensors", "-o", "o", "--model", "seed", "--dataset", "mnist"], 65,
                    "another shape"
                ),
                (["import", "in.safetensors", "-o", "o", "--model", "tutoriel", "--dataset", "mnist"], 64, "tutorial"),
                (["import", "in.safetensors", "-o", "no/o"] + tutorial, 73, "cannot be created"),
                (["export", "flow.safetensors", "--format", "onnx"], 65, "cpab cannot be written as ONNX"),
                (["export", "flow.safetensors"], 64, "--format"),
                (["export", "flow.safetensors", "--format", "onnx", "--opset", "17"], 64, "17"),
                (["export", "flow.safetensors", "--format", "safetensors", "--opset", "16"], 64, "--opset"),
                (["export", "flow.safetensors", "--format", "safetensors"], 64, "name another file"),
                (["export", "none", "--format", "onnx"], 66, "no such"),
            ]
            for (arguments, exitCode, words) in cases {
                let outcome = try Program.run(arguments, in: folder)
                #expect(outcome.exitCode == exitCode, "\(arguments): \(outcome.exitCode) \(outcome.error)")
                #expect(
                    outcome.error.hasPrefix("error: ") && outcome.error.contains(words),
                    "\(arguments): \(outcome.error)")
                #expect(outcome.error.count { $0 == "\n" } == 1, "\(arguments): \(outcome.error)")
                #expect(outcome.output.isEmpty, "\(arguments): \(outcome.output)")
            }
            #expect(!FileManager.default.fileExists(atPath: folder + "/o"))
        }
    }
}
