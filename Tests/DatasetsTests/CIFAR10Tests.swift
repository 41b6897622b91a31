import Datasets
import Foundation
import Testing

@Suite struct CIFAR10Tests {
    // One more than the block that files are read in.
    private let records = 65

    @Test("planes become pixels with channels side by side, in the order of the files")
    func readsImages() async throws {
        try await withTemporaryFolder { root in
            try Synthetic.writeCIFAR(to: root + "/cifar-10-batches-bin", recordsPerFile: records)
            let data = try CIFAR10.load(directory: root, recordsPerFile: records)
            #expect(data.name == "cifar10")
            #expect(data.classNames == CIFAR10.classNames)
            #expect(data.training.count == 5 * records && data.test.count == records)
            #expect(data.test.height == 32 && data.test.width == 32 && data.test.channels == 3)
            #expect(
                data.training.labels == (0..<5).flatMap { file in (0..<65).map { Int32((file + $0) % 10) } })
            #expect(data.test.labels == (0..<65).map { Int32((5 + $0) % 10) })
            for record in [0, 63, 64, 65 * 5 - 1] {
                let image = Array(data.training.pixels[(record * 3072)..<((record + 1) * 3072)])
                let expected = (0..<1024).flatMap { pixel in
                    (0..<3).map { Synthetic.cifarByte(record: record % records, plane: $0, at: pixel) }
                }
                #expect(image == expected, "record \(record)")
            }
        }
    }

    @Test("the folder with the files itself is taken, with the class names in it")
    func takesFolderItself() async throws {
        try await withTemporaryFolder { root in
            try Synthetic.writeCIFAR(to: root, recordsPerFile: 1)
            try write(Array("a\nb\nc\nd\r\ne\nf\ng\nh\ni\n j \n\n".utf8), to: root + "/batches.meta.txt")
            let data = try CIFAR10.load(directory: root + "/", recordsPerFile: 1)
            #expect(data.classNames == ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"])
        }
    }

    @Test(
        "class names that make no sense are ignored",
        arguments: [
            "one\ntwo\n", "", "a\nb\nc\nd\ne\nf\ng\nh\ni\ni\n", "\u{0}",
            String(repeating: "x\n", count: 9000),
        ])
    func ignoresSillyNames(_ text: String) async throws {
        try await withTemporaryFolder { root in
            try Synthetic.writeCIFAR(to: root, recordsPerFile: 1)
            try write(Array(text.utf8), to: root + "/batches.meta.txt")
            #expect(try CIFAR10.load(directory: root, recordsPerFile: 1).classNames == CIFAR10.classNames)
        }
    }

    @Test(
        "a file of another length is refused", arguments: [0, 1, 3073, 2 * 3073 - 1, 2 * 3073 + 1, 3 * 3073])
    func refusesWrongSize(_ byteCount: Int) async throws {
        try await withTemporaryFolder { root in
            try Synthetic.writeCIFAR(to: root, recordsPerFile: 2)
            let file = root + "/data_batch_3.bin"
            try write([UInt8](repeating: 0, count: byteCount), to: file)
            #expect(throws: DatasetError.wrongSize(file: file, expected: 2 * 3073, actual: byteCount)) {
                try CIFAR10.load(directory: root, recordsPerFile: 2)
            }
        }
    }

    @Test("a label that is no class is refused with its file and record", arguments: [0, 64])
    func refusesBadLabel(_ record: Int) async throws {
        try await withTemporaryFolder { root in
            try Synthetic.writeCIFAR(to: root, recordsPerFile: records)
            let file = root + "/data_batch_2.bin"
            var bytes = Synthetic.cifarFile(records: records)
            bytes[record * 3073] = 10
            try write(bytes, to: file)
            let error = DatasetError.badLabel(file: file, record: record, label: 10, classCount: 10)
            #expect(throws: error) { try CIFAR10.load(directory: root, recordsPerFile: records) }
            #expect(error.category == .badData)
            #expect(error.description.contains("data_batch_2.bin: record \(record) has label 10"))
        }
    }

    @Test("missing data names the folders looked in and the command that gets it")
    func namesFolders() async throws {
        try await withTemporaryFolder { root in
            let error = try #require(throws: DatasetError.self) { try CIFAR10.load(directory: root) }
            #expect(error == .missing(name: "cifar10", lookedIn: [root + "/cifar-10-batches-bin", root]))
            #expect(error.category == .missingInput)
            #expect(error.description.hasSuffix("stn data fetch cifar10"))
            #expect(!error.description.contains("\n"))
        }
    }

    @Test("one missing file is named")
    func namesMissingFile() async throws {
        try await withTemporaryFolder { root in
            try Synthetic.writeCIFAR(to: root, recordsPerFile: 1)
            try FileManager.default.removeItem(atPath: root + "/test_batch.bin")
            #expect(throws: DatasetError.missingFile(name: "cifar10", file: root + "/test_batch.bin")) {
                try CIFAR10.load(directory: root, recordsPerFile: 1)
            }
        }
    }

    @Test(
        "the Python variant is recognised",
        arguments: ["cifar-10-batches-py/test_batch", "cifar-10-python.tar.gz"])
    func recognisesPythonVariant(_ name: String) async throws {
        try await withTemporaryFolder { root in
            try write([1], to: root + "/" + name)
            let error = try #require(throws: DatasetError.self) { try CIFAR10.load(directory: root) }
            guard case .pythonVariant = error else { Issue.record("\(error)"); return }
            #expect(error.description.contains("binary archive"))
        }
    }

    @Test("a folder in place of a file is an error, not a crash")
    func refusesFolder() async throws {
        try await withTemporaryFolder { root in
            try Synthetic.writeCIFAR(to: root, recordsPerFile: 1)
            try FileManager.default.removeItem(atPath: root + "/test_batch.bin")
            try FileManager.default.createDirectory(
                atPath: root + "/test_batch.bin", withIntermediateDirectories: false)
            #expect(
                throws: DatasetError.unreadable(
                    file: root + "/test_batch.bin", reason: "it is not a regular file")
            ) {
                try CIFAR10.load(directory: root, recordsPerFile: 1)
            }
        }
    }
}
