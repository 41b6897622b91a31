import Foundation
import Imaging
import ModelFormats
import Reports
import SpatialTransformers
import TestSupport
import Testing

@Suite struct InformationTests {
    /// What is said of a file of these bytes.
    private func information(_ name: String, _ bytes: [UInt8]) throws -> FileInformation {
        try withScratchFolder { folder in
            try writeFile("\(folder)/\(name)", bytes)
            return try FileInformation(of: "\(folder)/\(name)")
        }
    }

    private func value(_ name: String, of information: FileInformation) -> InformationValue? {
        information.entries.first { $0.name == name }?.value
    }

    private var classifier: Classifier {
        get throws {
            try Classifier(
                Sequential {
                    Conv2d(2, kernel: 3); Flatten(); Linear(2)
                }, input: [4, 5, 1], seed: 1, threadCount: 1)
        }
    }

    @Test func weights() throws {
        let bytes = try classifier.weights(metadata: ["epoch": "3"]).encoded()
        for name in ["w.safetensors", "weights"] {
            let information = try information(name, bytes)
            #expect(information.kind == "safetensors")
            #expect(value("numbers", of: information) == .integer(46))
            #expect(information.text.contains("  conv1.weight  F32   [2, 1, 3, 3]\n"))
            #expect(information.text.contains("  epoch   3\n"))
        }
    }

    @Test func models() throws {
        let information = try information("m.onnx", try ONNXExport().model(of: try classifier).encoded())
        #expect(information.kind == "ONNX")
        #expect(value("nodes", of: information) == .integer(3))
        #expect(information.text.contains("images  float32  N, 1, 4, 5\n"))
    }

    @Test func pictures() throws {
        let image = Image(width: 3, height: 2, channels: 3, pixels: [UInt8](repeating: 7, count: 18))
        let information = try information("p.png", try image.pngData())
        #expect(information.kind == "picture")
        #expect(value("width", of: information) == .integer(3))
        #expect(value("format", of: information) == .text("PNG"))
    }

    @Test func labelsAndImages() throws {
        let labels: [UInt8] = [0, 0, 8, 1, 0, 0, 0, 3, 7, 2, 7]
        #expect(try information("labels", labels).text.contains("  7      2\n"))
        let images: [UInt8] = [0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 2, 9, 4]
        #expect(
            value("shape", of: try information("images", images)) == .list([.integer(1), .integer(1), .integer(2)]))
        let record = [4] + [UInt8](repeating: 1, count: 3072)
        let cifar = try information("batch.bin", record + record)
        #expect(value("images", of: cifar) == .integer(2))
        #expect(cifar.text.contains("  4      deer        2\n"))
    }

    @Test func aRun() throws {
        try withScratchFolder { folder in
            try writeFile("\(folder)/config.yaml", Array("dataset: mnist\nepochs: 2\n".utf8))
            let lines = [1, 2].map { #"{"epoch":\#($0),"val_loss":0.5,"val_acc":0.\#(3 - $0),"x":1}"# }
            try writeFile("\(folder)/metrics.jsonl", Array((lines.joined(separator: "\n") + "\n{\"epo").utf8))
            let information = try FileInformation(of: folder)
            #expect(information.kind == "run")
            #expect(value("epochs", of: information) == .integer(2))
            let best = value("best", of: information)
            #expect(best?.json == #"{"epoch":1,"accuracy":0.2,"loss":0.5}"#)
            #expect(information.text.contains("  dataset  mnist\n"))
            let json =
                try JSONSerialization.jsonObject(with: Data(information.json(path: folder).utf8)) as? [String: Any]
            #expect(json?["kind"] as? String == "run")
            #expect((json?["files"] as? [[String: Any]])?.count == 2)
        }
    }

    @Test func whatIsMissingDamagedOrUnknownIsRefusedInOneLine() throws {
        let weights = try classifier.weights().encoded()
        let cases: [(String, [UInt8])] = [
            ("empty", []), ("text.txt", Array("hello".utf8)), ("w.safetensors", Array(weights.dropLast())),
            ("w.safetensors", [0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0, 0x7B]), ("m.onnx", Array("hello".utf8)),
            ("a.bin", [1, 2, 3]), ("b.bin", [77] + [UInt8](repeating: 0, count: 3072)),
            ("p.png", [0x89, 0x50, 0x4E, 0x47]),
            ("j.jpg", [0xFF, 0xD8, 0xFF, 0xE0, 0, 4]),
            ("i", [0, 0, 8, 2, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]),
            ("i.gz", [0x1F, 0x8B, 8, 0, 0, 0, 0, 0]), ("events.out.tfevents.1", [1, 2, 3]),
        ]
        for (name, bytes) in cases {
            expectRefusal(name, exitCode: 65) { _ = try information(name, bytes) }
        }
        try withScratchFolder { folder in
            expectRefusal("a folder", exitCode: 65) { _ = try FileInformation(of: folder) }
            expectRefusal("nothing", exitCode: 66) { _ = try FileInformation(of: folder + "/nothing") }
            try writeFile("\(folder)/config.yaml", Array("dataset: mnist\n".utf8))
            try writeFile("\(folder)/metrics.jsonl", Array("{}\n{}\n".utf8))
            expectRefusal("a damaged run", exitCode: 65) { _ = try FileInformation(of: folder) }
        }
    }

    @Test func namesOutOfFilesCannotPlayWithTheTerminal() throws {
        let file = SafetensorsFile(
            metadata: ["a": "\u{1B}[31mred\nline"], tensors: [.init(name: "x\u{1B}]0;y\u{7}", shape: [0], floats: [])])
        let information = try information("w.safetensors", try file.encoded())
        #expect(!information.text.unicodeScalars.contains { $0.value < 32 && $0 != "\n" })
        #expect(information.text.count { $0 == "\n" } == 8)
    }

    private func expectRefusal(_ what: String, exitCode: Int32, _ body: () throws -> Void) {
        do {
            try body()
            Issue.record("\(what) was accepted")
        } catch let error as any UserFacingError {
            #expect(error.category.exitCode == exitCode, "\(what): \(error)")
            #expect(!"\(error)".contains("\n"), "\(what): \(error)")
        } catch {
            Issue.record("\(what): \(error)")
        }
    }
}
