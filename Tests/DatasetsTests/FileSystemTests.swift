import Datasets
import Foundation
import Tensors
import TestSupport
import Testing

@Suite("Files of data sets and downloads")
struct FileSystemTests {
    private func kind(_ body: () throws -> Void) -> String {
        do {
            try body()
            return "none"
        } catch FetchError.cannotCreate {
            return "cannot create"
        } catch FetchError.inputOutput {
            return "input/output"
        } catch DatasetError.unreadable {
            return "unreadable"
        } catch {
            return "\(error)"
        }
    }

    @Test("what is moved aside gets the next free name")
    func asides() throws {
        try withScratchFolder { folder in
            let path = "\(folder)/data"
            for expected in ["data.replaced", "data.replaced-2", "data.replaced-3"] {
                try writeFile(path, Array(expected.utf8))
                #expect(try FileSystem.moveAside(path) == "\(folder)/\(expected)")
                #expect(try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(expected)")) == Data(expected.utf8))
                #expect(!FileSystem.exists(path))
            }
        }
    }

    #if os(Linux)
        /// Takes numbers only, and is on no disk.
        private static let numbers = "/proc/self/oom_score_adj"

        @Test(
            "a write and a wait that the system refuses say so",
            .enabled(if: access(FileSystemTests.numbers, W_OK) == 0, "/proc cannot be written to here"))
        func refusedWrite() throws {
            let output = try OutputFile(path: Self.numbers, mode: .appendOrCreate)
            #expect(kind { try Array("no number".utf8).withUnsafeBytes { try output.write($0) } } == "input/output")
            #expect(kind { try output.synchronize() } == "input/output")
            #expect(output.byteCount == 0)
        }
    #endif

    @Test("what cannot be moved, removed, made or put on the disk says so")
    func refusals() throws {
        try withScratchFolder { folder in
            try writeFile("\(folder)/file", [1])
            #expect(kind { try FileSystem.move("\(folder)/none", to: "\(folder)/other") } == "cannot create")
            #expect(kind { try FileSystem.synchronize("\(folder)/none") } == "input/output")
            #expect(kind { try FileSystem.createFolder("\(folder)/file/below") } == "cannot create")
            #expect(kind { try FileSystem.remove("\(folder)/none") } == "none")
            let tooLong = folder + "/" + String(repeating: "n", count: 300)
            #expect(throws: FetchError.inputOutput(path: tooLong, reason: systemReason(ENAMETOOLONG))) {
                try FileSystem.remove(tooLong)
            }
            #expect(kind { try FileSystem.remove("\(folder)/file") } == "none")
            #expect(!FileSystem.exists("\(folder)/file"))
        }
    }

    @Test("a file to be written is never something else of that name")
    func otherKinds() throws {
        try withScratchFolder { folder in
            try writeFile("\(folder)/file", [1])
            #expect(symlink("file", "\(folder)/link") == 0)
            for mode in [OutputFile.Mode.createNew, .appendOrCreate] {
                #expect(kind { _ = try OutputFile(path: "\(folder)/link", mode: mode) } == "cannot create")
            }
            #expect(kind { _ = try OutputFile(path: "/dev/null", mode: .appendOrCreate) } == "cannot create")
            #expect(try Data(contentsOf: URL(fileURLWithPath: "\(folder)/file")) == Data([1]))
        }
    }

    @Test("writing goes on at the end, and from nothing once it was emptied")
    func appending() throws {
        try withScratchFolder { folder in
            let path = "\(folder)/file"
            try writeFile(path, [1, 2])
            let output = try OutputFile(path: path, mode: .appendOrCreate)
            #expect(output.byteCount == 2)
            try [UInt8]([3]).withUnsafeBytes { try output.write($0) }
            try output.synchronize()
            #expect(output.byteCount == 3 && FileSystem.size(path) == 3)
            try output.truncate()
            #expect(output.byteCount == 0 && FileSystem.size(path) == 0)
        }
    }

    #if os(Linux)
        @Test("a read that the system refuses is unreadable")
        func refusedRead() throws {
            // Nothing is mapped at the address 0.
            let file = try FileReader(path: "/proc/self/mem")
            var byte: UInt8 = 0
            #expect(kind { _ = try withUnsafeMutableBytes(of: &byte) { try file.read(into: $0) } } == "unreadable")
        }
    #endif

    @Test("a receipt of another archive, or with a line that is none, does not count")
    func receipts() throws {
        try withScratchFolder { folder in
            let archive = Synthetic.remoteFile("a.tar.gz", [1, 2, 3])
            let written = Receipt(archive: archive, digests: ["x.bin": "00", "y.bin": "11"])
            try written.write(to: folder)
            #expect(Receipt(folder: folder, archive: archive)?.digests == ["x.bin": "00", "y.bin": "11"])
            #expect(Receipt(folder: folder, archive: Synthetic.remoteFile("b.tar.gz", [1, 2, 3])) == nil)
            #expect(Receipt(folder: folder, archive: Synthetic.remoteFile("a.tar.gz", [1, 2])) == nil)
            let path = "\(folder)/\(Receipt.fileName)"
            let text = try String(contentsOfFile: path, encoding: .utf8)
            try writeFile(path, Array((text + "lonely\n").utf8))
            #expect(Receipt(folder: folder, archive: archive) == nil)
        }
    }

    @Test("the folder above a path")
    func parents() {
        #expect("/a/b".deletingLastComponent == "/a" && "/a".deletingLastComponent == "/")
        #expect("a".deletingLastComponent == ".")
    }

    @Test("a home that is no absolute path is not taken")
    func home() {
        let folder = DataFolder.resolve(option: nil, environment: ["HOME": "relative"])
        #expect(folder.path.hasPrefix("/") && !folder.path.contains("relative"))
    }

    @Test("a part of MNIST that is missing is named as it would be fetched")
    func missingPart() throws {
        try withScratchFolder { folder in
            try Synthetic.writeMNIST(to: "\(folder)/MNIST/raw", gzipped: false)
            try FileManager.default.removeItem(atPath: "\(folder)/MNIST/raw/t10k-labels-idx1-ubyte")
            let missing = DatasetError.missingFile(
                name: "mnist", file: "\(folder)/MNIST/raw/t10k-labels-idx1-ubyte.gz")
            #expect(throws: missing) { try MNIST.load(directory: folder, variant: .digits) }
        }
    }

    @Test("the whole of CIFAR-10 is what is looked for when nothing else is said")
    func officialSize() throws {
        try withScratchFolder { folder in
            try Synthetic.writeCIFAR(to: "\(folder)/cifar-10-batches-bin", recordsPerFile: 2)
            #expect(throws: DatasetError.self) { try CIFAR10.load(directory: folder) }
            #expect(throws: DatasetError.unknownName("cifar11", known: DataCatalog.sources.map(\.name))) {
                try DataCatalog.load("cifar11", from: DataFolder(path: folder))
            }
        }
    }
}
