import Datasets
import Foundation
import Imaging
import Interchange
import SpatialTransformers
import TestSupport
import Testing
import Training

/// Hostile files given to the program: it ends by itself with the documented exit code and one line, in little time and memory.
@Suite("stn: hostile files") struct HostileFileTests {
    /// What is run in a folder that ``prepare(_:)`` has filled, and how it must end.
    struct Case: Sendable {
        var arguments: String
        var exitCode: Int32
        var mention: String

        init(_ arguments: String, _ exitCode: Int32, _ mention: String) {
            (self.arguments, self.exitCode, self.mention) = (arguments, exitCode, mention)
        }
    }

    static let weights = [
        Case("info flipped.safetensors", 65, "flipped.safetensors: its checksum does not match"),
        Case("evaluate flipped.safetensors", 65, "flipped.safetensors: its checksum does not match"),
        Case("predict flipped.safetensors good.png", 65, "flipped.safetensors: its checksum does not match"),
        Case("visualize flipped.safetensors", 65, "flipped.safetensors: its checksum does not match"),
        Case("export flipped.safetensors --format onnx", 65, "flipped.safetensors: its checksum does not match"),
        Case("export flipped.safetensors --format safetensors -o o", 65, "its checksum does not match"),
        Case(
            "import flipped.safetensors --model tutorial --dataset mnist -o o", 65, "its checksum does not match"),
        Case("evaluate run", 65, "best.safetensors: its checksum does not match"),
        Case("report run", 65, "best.safetensors: its checksum does not match"),
        Case("info overflow.safetensors", 65, "overflows"),
        Case("predict overflow.safetensors good.png", 65, "overflows"),
        Case("info sparse.safetensors", 65, "exceed 4294967296"),
        Case("evaluate sparse.safetensors", 65, "exceed 4294967296"),
        Case("info deep.safetensors", 65, "nested deeper than 16"), Case("info pipe.safetensors", 65, "not a file"),
        Case("evaluate pipe.safetensors", 65, "not a file"), Case("info /dev/zero", 65, "not a file"),
    ]

    static let models = [
        Case("info parts.onnx", 65, "more than 1000000 parts"), Case("info large.onnx", 65, "more than the 67108864"),
        Case("info cut.onnx", 65, "no message"), Case("info zeros.tfevents", 65, "a checksum at byte 8"),
    ]

    static let pictures = [
        Case("info wide.png", 65, "65535×65535 pixels"), Case("warp wide.png -o o.png", 65, "65535×65535 pixels"),
        Case("predict whole.safetensors wide.png", 65, "65535×65535 pixels"),
        Case("predict whole.safetensors cut.png", 65, "cut off"),
        Case("predict whole.safetensors - < wide.png", 65, "pixels"),
        Case("predict whole.safetensors - < /dev/zero", 65, "more than the 67108864 allowed"),
        Case("predict whole.safetensors pipe.png", 65, "not a picture file"),
        Case("predict whole.safetensors /dev/zero", 65, "not a picture file"),
        Case("info scans.jpg", 65, "more than the 100 allowed"), Case("info cut.jpg", 65, "damaged JPEG"),
        Case("warp sparse.png -o o.png", 65, "more than the 67108864 allowed"),
    ]

    static let data = [
        Case("info huge-ubyte", 65, "more than any"), Case("info bomb-ubyte.gz", 65, "bytes follow"),
        Case("info sparse.bin", 65, "that are read"), Case("info label.bin", 65, "label 77"),
        Case("train mnist --data-dir wrong --epochs 1 --output r", 65, "27×27"),
    ]

    static let settings = [
        Case("train --config laughs.yaml --print-config", 78, "aliases"),
        Case("train --config deep.yaml --print-config", 78, "nested lists"),
        Case("train --config twice.yaml --print-config", 78, "twice.yaml:2"),
        Case("train --config pipe.yaml --print-config", 78, "not a regular file"),
        Case("train --config /dev/zero --print-config", 78, "not a regular file"),
        Case("train --config sparse.yaml --print-config", 78, "larger than 65536"),
    ]

    static let runs = [
        Case("info long", 65, "metrics.jsonl:1: longer than 4194304"), Case("report long", 65, "longer than 4194304"),
        Case("info piped", 65, "metrics.jsonl: not a file"), Case("report piped", 65, "metrics.jsonl: not a file"),
        Case("report twice", 65, "occurs twice"), Case("info pipedconfig", 78, "not a regular file"),
    ]

    @Test("each ends with its exit code and one line", arguments: [weights, models, pictures, data, settings, runs])
    func ends(_ cases: [Case]) throws {
        try withScratchFolder { folder in
            try Self.prepare(folder)
            for item in cases {
                // Ten seconds and 2 GB of addresses, most of which are the libraries' and the threads' own.
                let outcome = try Program.shell(
                    "cd '\(folder)'; ulimit -v ${STN_TEST_KILOBYTES:-2000000}; exec timeout -s KILL 10 \"$STN\" \(item.arguments)"
                )
                #expect(outcome.exitCode == item.exitCode, "\(item.arguments): \(outcome.exitCode) \(outcome.error)")
                #expect(
                    outcome.error.hasPrefix("error: ") && outcome.error.contains(item.mention),
                    "\(item.arguments): \(outcome.error)")
                #expect(outcome.error.count { $0 == "\n" } == 1, "\(item.arguments): \(outcome.error)")
            }
        }
    }

    @Test("the tables are not shortened")
    func count() {
        let all = Self.weights + Self.models + Self.pictures + Self.data + Self.settings + Self.runs
        #expect(all.count >= 49 && Set(all.map(\.arguments)).count == all.count)
    }

    @Test("weights that are whole, and those of other programs without a checksum, are taken")
    func taken() throws {
        try withScratchFolder { folder in
            try Self.prepare(folder)
            for name in ["whole", "unsealed"] {
                let outcome = try Program.run(["predict", "\(name).safetensors", "good.png"], in: folder)
                #expect(outcome.exitCode == 0, "\(name): \(outcome.error)")
                #expect(try Program.run(["info", "\(name).safetensors"], in: folder).exitCode == 0)
            }
        }
    }
}

extension HostileFileTests {
    /// Fills a folder with the files of all tables.
    private static func prepare(_ folder: String) throws {
        func write(_ name: String, _ bytes: [UInt8]) throws { try writeFile("\(folder)/\(name)", bytes) }
        func write(_ name: String, _ text: String) throws { try write(name, Array(text.utf8)) }
        func sparse(_ name: String, _ start: [UInt8], _ byteCount: Int) throws {
            try write(name, start)
            try growFile("\(folder)/\(name)", to: byteCount)
        }
        for name in ["pipe.safetensors", "pipe.png", "pipe.yaml"] {
            try #require(mkfifo("\(folder)/\(name)", 0o600) == 0)
        }
        try writeWeights(write, sparse)
        try writePictures(write, sparse)

        let nodes = (0..<1_000_001).flatMap { _ in [0x0A, 0] as [UInt8] }
        try write("parts.onnx", [0x08, 8, 0x3A, 0x82, 0x89, 0x7A] + nodes)
        try sparse("large.onnx", [0x08, 8], 1 << 26 + 1)
        try write("cut.onnx", [0x08, 8, 0x3A, 0x7F])
        try write("zeros.tfevents", [UInt8](repeating: 0, count: 64))

        try write("huge-ubyte", [0, 0, 8, 3] + [UInt8](repeating: 0xFF, count: 12))
        // Six labels by the header, and four megabytes behind them.
        try write("bomb-ubyte", [0, 0, 8, 1, 0, 0, 0, 6] + [UInt8](repeating: 0, count: 4_000_000))
        try #require(try Program.shell("gzip '\(folder)/bomb-ubyte'").exitCode == 0)
        try sparse("sparse.bin", [], 3073 << 28)
        try write("label.bin", [77] + [UInt8](repeating: 0, count: 3072))
        for (images, labels) in [("train-images-idx3", "train-labels-idx1"), ("t10k-images-idx3", "t10k-labels-idx1")] {
            try write(
                "wrong/\(images)-ubyte",
                [0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 27, 0, 0, 0, 27] + [UInt8](repeating: 9, count: 729))
            try write("wrong/\(labels)-ubyte", [0, 0, 8, 1, 0, 0, 0, 1, 5])
        }

        let levels = (1...30).map {
            "a\($0): &x\($0) [" + [String](repeating: "*x\($0 - 1)", count: 10).joined(separator: ",") + "]"
        }
        try write("laughs.yaml", "a0: &x0 [ha]\n" + levels.joined(separator: "\n") + "\n? *x30\n: 1\n")
        try write("deep.yaml", "epochs: " + String(repeating: "[", count: 60_000))
        try write("twice.yaml", "epochs: 5\nepochs: 6\n")
        try sparse("sparse.yaml", [], 1 << 40)
        try writeRuns(write, in: folder)
    }

    private typealias Writer = (_ name: String, _ bytes: [UInt8]) throws -> Void
    private typealias SparseWriter = (_ name: String, _ start: [UInt8], _ byteCount: Int) throws -> Void

    private static func writeWeights(_ write: Writer, _ sparse: SparseWriter) throws {
        func header(_ text: String) -> [UInt8] {
            stride(from: 0, to: 64, by: 8).map { UInt8(truncatingIfNeeded: text.utf8.count >> $0) } + Array(text.utf8)
        }
        var configuration = RunConfiguration(dataset: DatasetRequest(source: .mnist))
        configuration.model = .tutorial
        let interface = try #require(configuration.dataset.knownInterface)
        let network = ReadyMade.tutorial(classes: 10, transform: AffineTransform())
        let classifier = try Classifier(network, input: [28, 28, 1], seed: 5, threadCount: 1)
        let metadata = ["dataset": "mnist", "model": "tutorial", "transform": "affine"]
        let file = classifier.weights(metadata: interface.metadata.merging(metadata) { $1 })
        try write("unsealed.safetensors", try file.encoded())
        var sealed = try Seal.sealed(file)
        try write("whole.safetensors", sealed)
        sealed[sealed.count - 100] ^= 1
        try write("flipped.safetensors", sealed)
        try write("run/checkpoints/best.safetensors", sealed)
        try write(
            "overflow.safetensors",
            header(#"{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}}"#))
        let count = 1 << 40
        let honest = header(#"{"a":{"dtype":"U8","shape":[\#(count)],"data_offsets":[0,\#(count)]}}"#)
        try sparse("sparse.safetensors", honest, honest.count + count)
        try write("deep.safetensors", header(#"{"a":"# + String(repeating: "[", count: 100_000)))
    }

    private static func writePictures(_ write: Writer, _ sparse: SparseWriter) throws {
        let good = try Image(width: 28, height: 28, channels: 1, filledWith: [100]).pngData()
        try write("good.png", good)
        try write("cut.png", Array(good.dropLast(20)))
        // A header alone suffices: the size is refused before anything else is looked at.
        let size: [UInt8] = [0, 0, 0xFF, 0xFF, 0, 0, 0xFF, 0xFF]
        let header = Array("IHDR".utf8) + size + [8, 0, 0, 0, 0]
        let sum = CRC32.checksum(of: header[...])
        let checksum = [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: sum >> UInt32($0)) }
        try write("wide.png", Array(good.prefix(12)) + header + checksum + Array(good.dropFirst(33)))
        try sparse("sparse.png", good, 1 << 40)
        let noise = (0..<256).map { UInt8(truncatingIfNeeded: $0 &* 73) }
        let jpeg = encodedJPEG(noise, width: 16, height: 16, channels: 1, progressive: true)
        try write("cut.jpg", Array(jpeg.dropLast(20)))
        let scan = try #require(jpeg.indices.dropLast().last { jpeg[$0] == 0xFF && jpeg[$0 + 1] == 0xDA })
        let passes = [[UInt8]](repeating: Array(jpeg[scan..<jpeg.count - 2]), count: 101).flatMap { $0 }
        try write("scans.jpg", Array(jpeg.dropLast(2)) + passes + [0xFF, 0xD9])
    }

    private static func writeRuns(_ write: (String, String) throws -> Void, in folder: String) throws {
        let line =
            #"{"epoch":1,"train_loss":1,"train_acc":0.5,"val_loss":1,"val_acc":0.5,"lr":0.01,"images_per_second":9,"epoch_seconds":9}"#
        try write("run/config.yaml", "dataset: mnist\nmodel: tutorial\n")
        try write("run/metrics.jsonl", line + "\n")
        for name in ["long", "piped", "twice"] { try write("\(name)/config.yaml", "dataset: mnist\n") }
        try write("long/metrics.jsonl", String(repeating: " ", count: 5_000_000) + "\n")
        try write("twice/metrics.jsonl", line.replacingOccurrences(of: "{", with: #"{"epoch":7,"#) + "\n")
        try #require(mkfifo("\(folder)/piped/metrics.jsonl", 0o600) == 0)
        try write("pipedconfig/metrics.jsonl", line + "\n")
        try #require(mkfifo("\(folder)/pipedconfig/config.yaml", 0o600) == 0)
    }
}
