import Datasets
import Foundation
import Imaging
import Interchange
import Testing
import Training

@Suite("stn predict")
struct PredictCommandTests {
    /// Runs `body` in a fresh folder that holds a.png, and w.safetensors: untrained weights for MNIST.
    private func inFolder(_ body: (_ folder: String) throws -> Void) throws {
        let folder = NSTemporaryDirectory() + "stn-tests-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try Image(width: 40, height: 30, channels: 3, filledWith: [200, 100, 0]).write(png: folder + "/a.png")
        try weights().write(to: folder + "/w.safetensors")
        try body(folder)
    }

    /// Untrained weights of a small network, with the metadata that a run writes, some replaced or, where empty, left out.
    private func weights(
        _ changes: [String: String] = [:], tensors: (inout [SafetensorsFile.NamedTensor]) -> Void = { _ in }
    ) throws -> SafetensorsFile {
        var configuration = RunConfiguration(dataset: DatasetRequest(source: .mnist))
        configuration.model = .paperFCN
        let interface = try #require(configuration.dataset.knownInterface)
        let images = LabeledImages(
            height: interface.height, width: interface.width, channels: interface.channels, pixels: [], labels: [])
        let dataset = Dataset(
            name: "mnist", classNames: interface.classNames, normalization: interface.normalization, training: images,
            test: images)
        let model = try ClassifierModel(for: configuration, dataset: dataset)
        let metadata = interface.metadata.merging([
            "dataset": "mnist", "model": "paper-fcn", "transform": "affine",
        ]) { $1 }.merging(changes) { $1 }
        let file = model.classifier.weights(metadata: metadata.filter { !$0.value.isEmpty })
        var list = file.tensors
        tensors(&list)
        return SafetensorsFile(metadata: file.metadata, tensors: list)
    }

    private func predict(_ arguments: String, in folder: String) throws -> Program.Outcome {
        try Program.run(["predict"] + arguments.split(separator: " ").map(String.init), in: folder)
    }

    @Test("a file, a folder and standard input give a line each, with no data set at hand")
    func lines() throws {
        try inFolder { folder in
            let file = try predict("w.safetensors a.png", in: folder)
            #expect(file.exitCode == 0 && file.error.isEmpty, "\(file.error)")
            let line =
                #/a\.png   [0-9]  [0-9.]+%   [0-9] [0-9.]+%   [0-9] [0-9.]+%    rotate 0\.0°, scale 1\.00, shift \(0\.00, 0\.00\)\n/#
            #expect(file.output.wholeMatch(of: line) != nil, "\(file.output)")
            let walked = try predict("w.safetensors .", in: folder)
            #expect(walked.output == file.output.replacing("a.png", with: "./a.png"))
            let piped = try Program.shell("cd \(folder) && \"$STN\" predict w.safetensors - --top 1 --json < a.png")
            #expect(piped.output.hasPrefix("{\"image\":\"-\",\"label\":\""), "\(piped.output)\(piped.error)")
            let saved = try predict("w.safetensors a.png --save-aligned out --enlarge 2", in: folder)
            #expect(saved.exitCode == 0)
            #expect(try Image(contentsOf: folder + "/out/a.png").width == 56)
            for name in ["cat", "dog"] {
                try FileManager.default.createDirectory(
                    atPath: "\(folder)/pets/\(name)", withIntermediateDirectories: true)
                try Image(width: 8, height: 8, channels: 3, filledWith: [9, 9, 9]).write(
                    png: "\(folder)/pets/\(name)/1.png")
            }
            let several = try predict("w.safetensors pets/cat pets/dog --save-aligned pictures", in: folder)
            #expect(several.exitCode == 0, "\(several.error)")
            #expect(try Image(contentsOf: folder + "/pictures/cat/1.png").width == 28)
            #expect(try Image(contentsOf: folder + "/pictures/dog/1.png").width == 28)
            // What metadata say is known without: the published data sets by their names.
            try weights(["input_size": "", "mean": "", "std": ""]).write(to: folder + "/older.safetensors")
            #expect(try predict("older.safetensors a.png", in: folder).output == file.output)
            #expect(try predict("w.safetensors a.png --dataset mnist", in: folder).output == file.output)
            // A folder that is gone is no hindrance either.
            try weights(["dataset": "/no/such/pets"]).write(to: folder + "/pets.safetensors")
            #expect(try predict("pets.safetensors a.png", in: folder).output == file.output)
        }
    }

    /// Files that are no images, and what is said of each.
    private static let badImages: [(name: String, bytes: [UInt8], message: String)] = {
        let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
        let header: [UInt8] = [0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52]
        return [
            ("empty.png", [], "the file is empty"), ("text.png", Array("text".utf8), "it looks like text"),
            ("head.png", Array(signature.prefix(4)), "cut off"), ("cut.png", signature + header, "cut off"),
            (
                "sum.png", signature + header + [0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0, 1, 2, 3, 4],
                "checksum of chunk IHDR"
            ),
            (
                "huge.png",
                // The right checksum of a header that claims 2³¹ − 1 pixels a side.
                signature + header + [0x7F, 0xFF, 0xFF, 0xFF, 0x7F, 0xFF, 0xFF, 0xFF, 8, 0, 0, 0, 0]
                    + word(
                        CRC32.checksum(
                            of: ([
                                0x49, 0x48, 0x44, 0x52, 0x7F, 0xFF, 0xFF, 0xFF, 0x7F, 0xFF, 0xFF, 0xFF, 8, 0, 0, 0, 0,
                            ]
                                as [UInt8])[...]))
                    + [0, 0, 0, 0, 0x49, 0x45, 0x4E, 0x44, 0xAE, 0x42, 0x60, 0x82],
                "2147483647×2147483647 pixels, more than"
            ),
            ("cut.jpg", [0xFF, 0xD8, 0xFF, 0xE0, 0, 16], "damaged JPEG"), ("x.gif", Array("GIF89a".utf8), "a GIF"),
        ]
    }()

    private static func word(_ value: UInt32) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
    }

    @Test("a bad image is a line on standard error, the others are still done, and the exit code tells")
    func malformedImages() throws {
        try inFolder { folder in
            for (name, bytes, _) in Self.badImages {
                try Data(bytes).write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
            }
            let names = Self.badImages.map(\.name)
            let outcome = try predict("w.safetensors a.png \(names.joined(separator: " ")) a.png", in: folder)
            #expect(outcome.exitCode == 65)
            #expect(outcome.output.split(separator: "\n").count == 2)
            let errors = outcome.error.split(separator: "\n")
            #expect(errors.count == names.count, "\(outcome.error)")
            for (line, bad) in zip(errors, Self.badImages) {
                #expect(line.hasPrefix("error: \(bad.name): ") && line.contains(bad.message), "\(line)")
            }
            let missing = try predict("w.safetensors gone.png a.png", in: folder)
            #expect(missing.exitCode == 66 && missing.output.hasPrefix("a.png "))
            #expect(missing.error == "error: gone.png: no such file; check the path\n")
            let piped = try Program.shell("cd \(folder) && echo text | \"$STN\" predict w.safetensors -")
            #expect(piped.exitCode == 65 && piped.error.hasPrefix("error: standard input: not a PNG or JPEG picture"))
        }
    }

    @Test(
        "weights that say something impossible about themselves are refused in one line",
        arguments: [
            (["input_size": "28,28"], "input_size in its metadata takes height"),
            (["input_size": "28,28,4"], "input_size in its metadata takes height"),
            (["input_size": "-28,28,1"], "input_size in its metadata takes height"),
            (["input_size": "99999999999999999999,28,1"], "input_size in its metadata takes height"),
            (["input_size": "28,28,1\n\u{1B}[2J"], "input_size in its metadata takes height"),
            // The largest that is read: a network that the tensors are too small for takes no memory.
            (["input_size": "1024,1024,3", "mean": "0,0,0", "std": "1,1,1"], "fc_loc.0.weight has shape"),
            (["mean": "nan"], "mean in its metadata takes a number"),
            (["mean": "0.1,0.2"], "mean in its metadata takes"),
            (["mean": ""], "mean in its metadata takes a number for each channel, but is missing"),
            (["std": "0"], "std in its metadata takes a positive number"),
            (["std": "inf"], "std in its metadata takes"),
            (["std": "-1"], "std in its metadata takes"), (["class_names": ""], "class_names in its metadata takes"),
            (["class_names": "a\nb"], "has shape"), (["model": "paper"], "model in its metadata takes"),
            (["transform": "rotation"], "fc_loc.4.weight has shape"), (["transform": "none"], "has no place"),
            (["dataset": ""], "does not say what it was trained on"),
        ])
    func malformedMetadata(changes: [String: String], message: String) throws {
        try inFolder { folder in
            try weights(changes).write(to: folder + "/bad.safetensors")
            let outcome = try predict("bad.safetensors a.png", in: folder)
            #expect(outcome.exitCode == (changes == ["dataset": ""] ? 64 : 65), "\(outcome.error)")
            #expect(outcome.output.isEmpty && outcome.error.hasPrefix("error: bad.safetensors"), "\(outcome.error)")
            #expect(outcome.error.contains(message), "\(outcome.error)")
            #expect(outcome.error.dropLast().allSatisfy { !$0.isNewline && $0 != "\u{1B}" })
        }
    }

    @Test("a model that is none is refused in one line")
    func malformedModels() throws {
        try inFolder { folder in
            let whole = try Data(contentsOf: URL(fileURLWithPath: folder + "/w.safetensors"))
            var flipped = whole
            flipped[0] ^= 0x80
            let files: [(name: String, data: Data)] = [
                ("empty", Data()), ("text", Data("text".utf8)), ("head", whole.prefix(100)),
                ("cut", whole.dropLast(1)), ("long", whole + Data([0])), ("flipped", flipped),
            ]
            for (name, data) in files {
                try data.write(to: URL(fileURLWithPath: "\(folder)/\(name).safetensors"))
                let outcome = try predict("\(name).safetensors a.png", in: folder)
                #expect(outcome.exitCode == 65, "\(name): \(outcome.error)")
                #expect(outcome.error.hasPrefix("error: \(name).safetensors: ") && outcome.output.isEmpty)
                #expect(outcome.error.split(separator: "\n").count == 1)
            }
            try weights { tensors in
                let first = tensors[0]
                var values = [Float](repeating: 0, count: first.shape.count)
                values[0] = .nan
                tensors[0] = .init(name: first.name, shape: first.shape, floats: values)
            }.write(to: folder + "/nan.safetensors")
            let broken = try predict("nan.safetensors a.png", in: folder)
            #expect(broken.exitCode == 65 && broken.error.contains("holds a value that is not finite"))
            for (path, message) in [("gone", "no such run folder or file"), (".", "not a run folder")] {
                let outcome = try predict("\(path) a.png", in: folder)
                #expect(outcome.exitCode == 66 && outcome.error.contains(message), "\(outcome.error)")
            }
        }
    }

    @Test(
        "a mistake is one line",
        arguments: [
            ("w.safetensors", "Missing expected argument '<image>"),
            ("w.safetensors a.png --top 0", "--top takes 1 to"),
            ("w.safetensors a.png --json --csv", "--json and --csv"), ("w.safetensors - -", "'-' stands twice"),
            ("w.safetensors a.png --enlarge 2", "--enlarge needs --save-aligned"),
            ("w.safetensors a.png --save-aligned .", "is an input"),
        ])
    func mistakes(arguments: String, message: String) throws {
        try inFolder { folder in
            let outcome = try predict(arguments, in: folder)
            #expect(outcome.exitCode == 64 && outcome.output.isEmpty)
            #expect(outcome.error.hasPrefix("error: ") && outcome.error.contains(message), "\(outcome.error)")
            #expect(outcome.error.split(separator: "\n").count == 1)
        }
    }
}
