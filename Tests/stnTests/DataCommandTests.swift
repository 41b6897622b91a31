import Foundation
import TestSupport
import Testing

@Suite("stn data and stn doctor")
struct DataCommandTests {
    @Test("the list has all data sets, where they are, and how to get those that are not")
    func list() throws {
        try withScratchFolder { folder in
            let outcome = try Program.run(["data", "list", "--data-dir", folder])
            #expect(outcome.exitCode == 0 && outcome.error.isEmpty)
            let lines = outcome.output.split(separator: "\n")
            #expect(lines.map { $0.prefix { $0 != " " } } == ["cifar10", "mnist", "fashion-mnist", "glyphs"])
            #expect(lines[0].hasSuffix("missing, get it with: stn data fetch cifar10 --data-dir \(folder)"))
            #expect(lines[3].hasSuffix("built in, needs no files"))
        }
    }

    @Test("verifying nothing is missing input, and names what to fetch")
    func verifyNothing() throws {
        try withScratchFolder { folder in
            let outcome = try Program.run(["data", "verify", "--data-dir", folder])
            #expect(outcome.exitCode == 66 && outcome.output.isEmpty)
            #expect(outcome.error.hasPrefix("error: no data set is in \(folder)"), "\(outcome.error)")
        }
    }

    @Test(
        "a fetch that cannot be is one line with its exit code, and makes nothing",
        arguments: [
            ("mnits", 64, "Did you mean 'mnist'?"),
            ("mnist --mirror https://example.org --archive a.tar", 64, "contradict each other"),
            ("mnist cifar10 --archive a.tar", 64, "--archive holds one data set"),
            ("mnist --mirror ftp://example.org", 64, "--mirror takes an https address"),
            ("cifar10 --archive none.tar.gz", 66, "none.tar.gz"),
            ("mnist --archive .", 66, "train-images-idx3-ubyte.gz is not there"),
        ] as [(String, Int32, String)])
    func refused(arguments: String, exitCode: Int32, message: String) throws {
        try withScratchFolder { folder in
            let outcome = try Program.run(
                ["data", "fetch", "--data-dir", "data"] + arguments.split(separator: " ").map(String.init), in: folder)
            #expect(outcome.exitCode == exitCode, "\(outcome.error)")
            #expect(outcome.error.contains(message), "\(outcome.error)")
            #expect(outcome.error.count { $0 == "\n" } == 1 && outcome.output.isEmpty, "\(outcome.error)")
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
        }
    }

    @Test("the doctor says what a bug report needs, as text and as JSON")
    func doctor() throws {
        let text = try Program.run(["doctor"])
        #expect(text.exitCode == 0 && text.error.isEmpty)
        let names = ["stn", "system", "processor", "kernels", "peak", "threads", "data folder"]
        for name in names {
            #expect(text.output.contains("\n\(name) ") || text.output.hasPrefix("\(name) "), "\(name)")
        }
        let json = try Program.run(["doctor", "--json"])
        let report = try #require(
            try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
        let set = try #require(report["instruction_set"] as? String)
        #expect((report["available_instruction_sets"] as? [String])?.contains(set) == true)
        #expect((report["peak_gflops_one_core"] as? Double ?? 0) > 0 && (report["cores"] as? Int ?? 0) > 0)
        #expect((report["data"] as? [String])?.count == 4)
    }
}
