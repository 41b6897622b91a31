import Datasets
import Foundation
import Imaging
import Reports
import SpatialTransformers
import Testing
import Training

@Suite("Predictions")
struct PredictionTests {
    /// A small network with weights that no training has touched, and a folder that is gone afterwards.
    private func withModel(
        transform: TransformChoice = .affine, _ body: (ClassifierModel, _ folder: String) throws -> Void
    ) throws {
        let folder = NSTemporaryDirectory() + "stn-tests-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var configuration = RunConfiguration(dataset: DatasetRequest(source: .cifar10))
        configuration.model = .paperFCN
        configuration.transformer.choice = transform
        let image = LabeledImages(
            height: 8, width: 6, channels: 3, pixels: [UInt8](repeating: 0, count: 144), labels: [0])
        let dataset = Dataset(
            name: "tiny", classNames: ["a,b", "c\"d", "é"],
            normalization: Normalization(mean: [0.5, 0.4, 0.3], deviation: [0.2, 0.25, 0.3]), training: image,
            test: image)
        try body(try ClassifierModel(for: configuration, dataset: dataset), folder)
    }

    /// A picture of noise, by a small multiplicative generator.
    private func noise(width: Int, height: Int, channels: Int, seed: UInt32) -> Image {
        var state = seed
        let pixels = (0..<width * height * channels).map { _ in
            state = state &* 1_664_525 &+ 1_013_904_223
            return UInt8(truncatingIfNeeded: state >> 24)
        }
        return Image(width: width, height: height, channels: channels, pixels: pixels)
    }

    @Test("a prediction is what the classifier says of the normalised picture, in one pass")
    func classifier() throws {
        try withModel { model, _ in
            let pictures = (1...3).map { noise(width: 6, height: 8, channels: 3, seed: $0) }
            let normalization = model.interface.normalization
            let values = pictures.flatMap(\.pixels).enumerated().map { place, byte in
                (Float(byte) / 255 - normalization.mean[place % 3]) / normalization.deviation[place % 3]
            }
            let batch = Tensor<Float>([3, 8, 6, 3], values)
            let scores = try model.classifier.logProbabilities(of: batch)
            let transformed = try #require(try model.classifier.transformed(batch))
            let results = try Predictor(model, top: 2).predictions(of: pictures, named: ["x", "y", "z"])
            for (index, result) in results.enumerated() {
                let prediction = try result.get()
                let row = scores.values[index * 3..<index * 3 + 3]
                let best = try #require(row.indices.max { row[$0] < row[$1] }) - index * 3
                #expect(prediction.classes.count == 2)
                #expect(prediction.classes[0].name == model.interface.classNames[best])
                #expect(abs(prediction.classes[0].probability - Float(exp(Double(row.max() ?? 0)))) < 1e-6)
                #expect(prediction.classes[0].probability >= prediction.classes[1].probability)
                #expect(prediction.transformation?.theta == Array(transformed.theta.values[index * 6..<index * 6 + 6]))
                #expect(prediction.transformation?.meaning == "rotate 0.0°, scale 1.00, shift (0.00, 0.00)")
                // An untrained transformer passes its image on.
                #expect(prediction.aligned == pictures[index])
            }
        }
    }

    @Test("a picture of any kind and size becomes what the network takes")
    func preparation() throws {
        try withModel { model, _ in
            let preparation = Predictor(model).preparation
            let grey = preparation.prepared(Image(width: 100, height: 3, channels: 1, filledWith: [77]))
            #expect(grey == Image(width: 6, height: 8, channels: 3, filledWith: [77, 77, 77]))
            let same = noise(width: 6, height: 8, channels: 3, seed: 1)
            #expect(preparation.prepared(same) == same)
            let inverted = Predictor(model, inverts: true).preparation.prepared(same)
            #expect(inverted.pixels == same.pixels.map { 255 - $0 })
        }
    }

    @Test("each way of writing gives a line an image that says the same", arguments: [TransformChoice.affine, .none])
    func formats(transform: TransformChoice) throws {
        try withModel(transform: transform) { model, folder in
            let path = folder + "/a.png"
            try noise(width: 20, height: 10, channels: 1, seed: 5).write(png: path)
            func lines(_ format: PredictionFormat) throws -> [String] {
                let sink = MemorySink()
                let run = try PredictionRun(Predictor(model, top: 9), on: [path], format: format)
                #expect(try run.start(sink, problem: { _ in }).worst == nil)
                return sink.lines
            }
            let json = try #require(
                try JSONSerialization.jsonObject(with: Data(try lines(.json)[0].utf8)) as? [String: Any])
            let top = try #require(json["top"] as? [[String: Any]])
            #expect(top.count == 3 && json["image"] as? String == path)
            #expect(top[0]["name"] as? String == json["label"] as? String)
            let sum = top.compactMap { $0["probability"] as? Double }.reduce(0, +)
            #expect(abs(sum - 1) < 1e-5)
            #expect((json["theta"] as? [Double])?.count == (transform == .none ? nil : 6))
            let csv = try lines(.csv)
            let heading = "image,class_1,probability_1,class_2,probability_2,class_3,probability_3"
            #expect(csv[0] == heading + (transform == .none ? "" : ",transformation,theta"))
            #expect(csv[1].hasPrefix(path + ",") && csv[1].contains("\"a,b\",") && csv[1].contains("\"c\"\"d\","))
            #expect(
                csv[1].hasSuffix("\"rotate 0.0°, scale 1.00, shift (0.00, 0.00)\",1.0 0.0 0.0 0.0 1.0 0.0")
                    == (transform != .none))
            let text = try lines(.text)
            #expect(text.count == 1 && text[0].hasPrefix(path + "   \(json["label"] as? String ?? "-")  "))
            #expect(text[0].hasSuffix("shift (0.00, 0.00)") == (transform != .none))
        }
    }

    @Test("folders are walked in the order of names, and what cannot be read holds nothing up")
    func folders() throws {
        try withModel { model, folder in
            for name in ["b/2.png", "b/10.png", "b/sub/x.png", "a.png"] {
                let path = "\(folder)/\(name)"
                try FileManager.default.createDirectory(
                    atPath: URL(fileURLWithPath: path).deletingLastPathComponent().path,
                    withIntermediateDirectories: true)
                try noise(width: 9, height: 9, channels: 3, seed: 3).write(png: path)
            }
            try FileManager.default.createDirectory(atPath: folder + "/none", withIntermediateDirectories: true)
            try Data("text".utf8).write(to: URL(fileURLWithPath: folder + "/b/bad.png"))
            try Data("text".utf8).write(to: URL(fileURLWithPath: folder + "/b/notes.txt"))
            let arguments = ["/b/", "/none", "/gone.png", "/a.png"].map { folder + $0 }
            let sink = MemorySink()
            var problems: [String] = []
            let aligned = folder + "/out"
            let run = try PredictionRun(
                Predictor(model), on: arguments, format: .text, alignedFolder: aligned, enlargement: 2)
            let summary = try run.start(sink) { problems.append($0.description) }
            let names = sink.lines.map { String($0.prefix { $0 != " " }) }
            #expect(names == ["/b/10.png", "/b/2.png", "/b/sub/x.png", "/a.png"].map { folder + $0 })
            #expect(problems.count == 3)
            #expect(problems[0].hasPrefix(folder + "/b/bad.png: not a PNG or JPEG"))
            #expect(
                problems[1] == folder
                    + "/none: no PNG or JPEG file in this folder; name another, or convert what is there")
            #expect(problems[2].hasPrefix(folder + "/gone.png: no such file"))
            #expect((summary.classified, summary.refused, summary.worst) == (4, 3, .badData))
            for name in ["b/2", "b/10", "b/sub/x", "a"] {
                let picture = try Image(contentsOf: "\(aligned)/\(name).png")
                #expect((picture.width, picture.height) == (12, 16))
            }
        }
    }

    @Test("what cannot work is refused before anything is read")
    func refusals() throws {
        try withModel(transform: .none) { model, folder in
            #expect(throws: PredictionError.noTransformer) {
                try PredictionRun(Predictor(model), on: ["a.png"], format: .text, alignedFolder: folder)
            }
            #expect(throws: PredictionError.standardInputTwice) {
                try PredictionRun(Predictor(model), on: ["-", "-"], format: .text)
            }
        }
        try withModel { model, folder in
            try noise(width: 9, height: 9, channels: 3, seed: 3).write(png: folder + "/a.png")
            #expect(throws: WarpError.wouldReplaceInput(path: folder + "/a.png")) {
                try PredictionRun(
                    Predictor(model), on: [folder + "/a.png"], format: .text, alignedFolder: folder)
            }
            #expect(throws: WarpError.sharedOutput(path: "out/a.png")) {
                try PredictionRun(
                    Predictor(model), on: ["x/a.png", "y/a.jpg"], format: .text, alignedFolder: "out")
            }
        }
    }

    @Test("weights that have run away are an error, not a class")
    func notFinite() throws {
        try withModel { model, _ in
            let entries = model.classifier.executor.parameters.entries
            for entry in entries where !entry.name.hasSuffix("bias") {
                let shape = entry.specification.shape
                let large = Tensor<Float>(shape, [Float](repeating: 3e38, count: shape.count))
                model.classifier.executor.parameters.assign(large, to: entry)
            }
            let picture = noise(width: 6, height: 8, channels: 3, seed: 1)
            let result = try Predictor(model).predictions(of: [picture], named: ["x"])[0]
            #expect(throws: PredictionError.notFinite(image: "x")) { try result.get() }
        }
    }
}
