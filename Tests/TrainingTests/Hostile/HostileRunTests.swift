import Foundation
import Tensors
import TestSupport
import Testing
import Training

@Suite("Run folders: hostile files")
struct HostileRunTests {
    /// A line of metrics as runs write it, with some text replaced.
    private static func line(_ old: String = "", _ new: String = "") -> String {
        let line =
            #"{"epoch":1,"train_loss":1,"train_acc":0.5,"val_loss":1,"val_acc":0.5,"lr":0.01,"images_per_second":9,"epoch_seconds":9}"#
        return (old.isEmpty ? line : line.replacingOccurrences(of: old, with: new)) + "\n"
    }

    private static func file(_ name: String, _ text: String, _ mention: String = "not a line") -> HostileFile {
        HostileFile(name, text: text, mention)
    }

    static let metrics = [
        file("text", "hello\n"), file("an empty object", "{}\n"), file("a list", "[]\n"), file("a number", "1\n"),
        file("epoch 0", line(#"epoch":1"#, #"epoch":0"#)), file("epoch −1", line(#"epoch":1"#, #"epoch":-1"#)),
        file("epoch 1,000,001", line(#"epoch":1"#, #"epoch":1000001"#)),
        file("epoch 2⁶³ − 1", line(#"epoch":1"#, #"epoch":9223372036854775807"#)),
        file("epoch 2⁶⁴", line(#"epoch":1"#, #"epoch":18446744073709551616"#)),
        file("epoch 1.5", line(#"epoch":1"#, #"epoch":1.5"#)), file("an epoch in words", line(":1,", #":"1","#)),
        file("an epoch twice", line(#""epoch":1"#, #""epoch":1,"epoch":2"#), "occurs twice"),
        file("no accuracy", line(#","val_acc":0.5"#)), file("a loss of 1e300", line(#"loss":1"#, #"loss":1e300"#)),
        file("a loss of 1e999", line(#"loss":1"#, #"loss":1e999"#)),
        file("a loss of NaN", line(#"loss":1"#, #"loss":NaN"#)),
        file("no loss", line(#"loss":1"#, #"loss":null"#)), file("two lines in one", line() + line("}", "},{}")),
        file("a line in half", String(line().prefix(40)) + "\n" + line()),
        file("17 levels", line("{", #"{"x":"# + String(repeating: "[", count: 17)), "nested deeper than 16"),
        file("100,000 levels", String(repeating: "[", count: 100_000) + "\n", "nested deeper than 16"),
        file("a line of 4 MiB", String(repeating: " ", count: 1 << 22 + 1) + "\n", "longer than 4194304 bytes"),
        file("a long line behind good ones", line() + String(repeating: "x", count: 5_000_000), "jsonl:2: longer than"),
        HostileFile("not UTF-8", Array("{\"".utf8) + [0xC3, 0x28] + Array("\":1}\n".utf8), "not a line"),
        HostileFile("zeros", [UInt8](repeating: 0, count: 1000) + [10], "not a line"),
        HostileFile("nothing", [], "no finished epoch", .missingInput),
        HostileFile("line breaks alone", [UInt8](repeating: 10, count: 1000), "no finished epoch", .missingInput),
    ]

    static let evolution = [
        file("no images", #"{"epoch":1,"images":[],"theta":[]}"# + "\n"),
        file("1,025 images", evolutionLine(images: 1025, numbers: 1)),
        file("a list missing", #"{"epoch":1,"images":[1]}"# + "\n"),
        file("fewer θ than images", #"{"epoch":1,"images":[1,2],"theta":[[1]]}"# + "\n"),
        file("a place below zero", #"{"epoch":1,"images":[-1],"theta":[[1]]}"# + "\n"),
        file("θ of two lengths", #"{"epoch":1,"images":[1,2],"theta":[[1],[1,2]]}"# + "\n"),
        file("θ of 10,001 numbers", evolutionLine(images: 1, numbers: 10_001)),
        file("θ in words", #"{"epoch":1,"images":[1],"theta":[["1"]]}"# + "\n"),
        file("epoch 0", #"{"epoch":0,"images":[1],"theta":[[1]]}"# + "\n"),
        file("θ twice", #"{"epoch":1,"images":[1],"theta":[[1]],"theta":[[2]]}"# + "\n", "occurs twice"),
    ]

    private static func evolutionLine(images: Int, numbers: Int) -> String {
        let row = "[" + [String](repeating: "1", count: numbers).joined(separator: ",") + "]"
        let rows = [String](repeating: row, count: images).joined(separator: ",")
        return #"{"epoch":1,"images":[\#((0..<images).map(String.init).joined(separator: ","))],"theta":[\#(rows)]}"#
            + "\n"
    }

    static let environments = [
        file("nothing", "", "not what a run writes"), file("text", "hello", "not what a run writes"),
        file("a list", "[]", "not what a run writes"), file("an empty object", "{}", "not what a run writes"),
        file("100,000 levels", String(repeating: "[", count: 60_000), "not what a run writes"),
        file("above 64 KiB", String(repeating: " ", count: 65_537), "more than the 65536"),
    ]

    /// Reads the run in the folder of `path`, whose other files are good.
    private func readRun(around path: String) throws {
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
        try writeFile("\(folder)/config.yaml", Array("dataset: mnist\n".utf8))
        if !path.hasSuffix("metrics.jsonl") { try writeFile("\(folder)/metrics.jsonl", Array(Self.line().utf8)) }
        _ = try RunRecord(folder)
    }

    @Test("each is refused")
    func refused() throws {
        let tables = [
            ("metrics.jsonl", Self.metrics, 27), ("evolution.jsonl", Self.evolution, 10),
            ("environment.json", Self.environments, 6),
        ]
        for (fileName, files, count) in tables {
            // What is missing is said of the run's folder.
            let files = files.filter { $0.category == .badData }
            try expectRefusals(of: files, atLeast: count - 2, fileName: fileName, read: readRun)
        }
        try expectRefusals(
            of: Self.metrics.filter { $0.category == .missingInput }, atLeast: 2, fileName: "metrics.jsonl",
            read: readRun)
    }

    @Test("a pipe, a folder or a sparse file in the place of a file of a run is refused at once")
    func notFiles() throws {
        for name in ["metrics.jsonl", "evolution.jsonl", "environment.json", "stn.log"] {
            try withScratchFolder { folder in
                let path = "\(folder)/\(name)"
                #expect(mkfifo(path, 0o600) == 0)
                expectRefusal("a pipe", naming: name, mention: "not a file", category: .badData) {
                    try readRun(around: path)
                }
                try FileManager.default.removeItem(atPath: path)
                try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
                expectRefusal("a folder", naming: name, mention: "not a file", category: .badData) {
                    try readRun(around: path)
                }
                guard name != "stn.log" else { return }
                try FileManager.default.removeItem(atPath: path)
                try writeFile(path, [])
                try growFile(path, to: 1 << 40)
                expectRefusal("a terabyte of zeros", naming: name, mention: "more than the", category: .badData) {
                    try readRun(around: path)
                }
            }
        }
    }

    @Test("a log may be of any length, and its warnings are kept up to a limit")
    func longLog() throws {
        try withScratchFolder { folder in
            try writeFile("\(folder)/config.yaml", Array("dataset: mnist\n".utf8))
            try writeFile("\(folder)/metrics.jsonl", Array(Self.line().utf8))
            let lines = String(repeating: "warning: again\nTrain Epoch: 1\n", count: 10_001)
            try writeFile("\(folder)/stn.log", Array(lines.utf8))
            let record = try RunRecord(folder)
            #expect(record.warnings.count == 10_000 && Set(record.warnings) == ["again"])
        }
    }
}
