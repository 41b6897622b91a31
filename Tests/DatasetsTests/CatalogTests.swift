import Datasets
import Foundation
import Testing

@Suite struct CatalogTests {
    @Test("names lead to sources, and an unknown name lists those that are known")
    func findsSources() throws {
        #expect(try DataCatalog.source(named: "fashion-mnist").files.count == 4)
        let error = try #require(throws: DatasetError.self) { try DataCatalog.source(named: "cifar100") }
        #expect(error.category == .usage)
        #expect(error.description.contains("cifar10, mnist, fashion-mnist"))
    }

    @Test("the table holds whole checksums and usable addresses")
    func holdsWholeTable() {
        for file in DataCatalog.sources.flatMap(\.files) {
            #expect(
                file.md5.count == 32 && file.md5.allSatisfy { $0.isHexDigit && !$0.isUppercase },
                "\(file.name)")
            #expect(
                !file.urls.isEmpty
                    && file.urls.allSatisfy { URL(string: $0)?.host != nil && $0.hasSuffix(file.name) })
        }
    }

    @Test("nothing there is missing")
    func findsNothing() async throws {
        try await withTemporaryFolder { root in
            let entries = DataCatalog.entries(in: DataFolder(path: root))
            #expect(entries.map(\.source.name) == ["cifar10", "mnist", "fashion-mnist"])
            #expect(entries.allSatisfy { $0.state == .missing && $0.folder == nil })
        }
    }

    @Test("files that read well under another checksum are an unofficial copy", arguments: [true, false])
    func recognisesUnofficialCopy(gzipped: Bool) async throws {
        try await withTemporaryFolder { root in
            try Synthetic.writeMNIST(to: root + "/MNIST/raw", gzipped: gzipped)
            let report = try DataCatalog.verify("mnist", in: DataFolder(path: root))
            #expect(report.state == .unofficialCopy)
            #expect(report.folder == root + "/MNIST/raw")
            #expect(report.files.count == 4 && report.files.allSatisfy { $0.state == .unofficial })
            let reason =
                gzipped ? "its checksum is not the published one" : "published for the gzipped files only"
            #expect(report.files[0].explanation.hasPrefix("reads well"))
            #expect(report.files[0].explanation.contains(reason))
            #expect(DataCatalog.entries(in: DataFolder(path: root))[1].state == .unofficialCopy)
        }
    }

    @Test("files with the published checksums are official")
    func recognisesOfficial() async throws {
        try await withTemporaryFolder { root in
            try Synthetic.writeMNIST(to: root + "/mnist", gzipped: true)
            let files = Synthetic.mnistFiles().map {
                Synthetic.remoteFile($0.name + ".gz", Synthetic.gzip($0.bytes))
            }
            let folder = DataFolder(path: root)
            let report = DataCatalog.verify(.mnist(.digits, "", files: files), in: folder)
            #expect(report.state == .official && report.problem(in: folder) == nil)
        }
    }

    @Test("each missing or damaged file is told apart")
    func tellsFilesApart() async throws {
        try await withTemporaryFolder { root in
            try Synthetic.writeMNIST(to: root, gzipped: false)
            try write([1, 2, 3], to: root + "/" + MNIST.trainingImages)
            try FileManager.default.removeItem(atPath: root + "/" + MNIST.testLabels)
            let report = try DataCatalog.verify("mnist", in: DataFolder(path: root))
            #expect(report.files.map(\.state) == [.damaged, .unofficial, .unofficial, .missing])
            #expect(report.state == .incomplete)
            let problem = report.problem(in: DataFolder(path: "/elsewhere"))
            #expect(
                problem == .incomplete(name: "mnist", folder: root, missing: 1, damaged: 1, option: nil))
        }
    }

    @Test("labels that are more than the images count as damaged")
    func comparesCounts() async throws {
        try await withTemporaryFolder { root in
            try Synthetic.writeMNIST(to: root, gzipped: false)
            try write(Synthetic.idxLabels(count: 4), to: root + "/" + MNIST.testLabels)
            let report = try DataCatalog.verify("mnist", in: DataFolder(path: root))
            #expect(report.files.map(\.state) == [.unofficial, .unofficial, .unofficial, .damaged])
            #expect(report.files[3].explanation.contains("3 images"))
        }
    }

    @Test(
        "CIFAR-10 files without a record of their origin are an unofficial copy, and damage in them is found")
    func verifiesCIFAR() async throws {
        try await withTemporaryFolder { root in
            try Synthetic.writeCIFAR(to: root, recordsPerFile: 2)
            let source = DataSource.cifar10(recordsPerFile: 2, archive: Synthetic.remoteFile("a.tar.gz", []))
            #expect(DataCatalog.verify(source, in: DataFolder(path: root)).state == .unofficialCopy)
            var bytes = Synthetic.cifarFile(records: 2)
            bytes[3073] = 99
            try write(bytes, to: root + "/data_batch_5.bin")
            let report = DataCatalog.verify(source, in: DataFolder(path: root))
            #expect(
                report.files.map(\.state) == [
                    .unofficial, .unofficial, .unofficial, .unofficial, .damaged, .unofficial,
                ])
            #expect(report.files[4].explanation.contains("record 1 has label 99"))
        }
    }
}

/// The real files, where a developer has them: set `STN_TEST_DATA_DIR` to a folder that holds them.
@Suite(
    .enabled(
        if: ProcessInfo.processInfo.environment["STN_TEST_DATA_DIR"] != nil,
        "set STN_TEST_DATA_DIR to read real files"))
struct RealDataTests {
    @Test("real files read whole", arguments: ["cifar10", "mnist"])
    func readsRealFiles(_ name: String) throws {
        let folder = DataFolder(path: try #require(ProcessInfo.processInfo.environment["STN_TEST_DATA_DIR"]))
        let clock = ContinuousClock()
        var data: Dataset?
        let elapsed = try clock.measure { data = try DataCatalog.load(name, from: folder) }
        let loaded = try #require(data)
        print("\(name): \(loaded.training.count) + \(loaded.test.count) images in \(elapsed)")
        #expect(loaded.test.count == 10_000 && [50_000, 60_000].contains(loaded.training.count))
        #expect(Set(loaded.training.labels).count == 10)
        // The published means: the files are the real ones, and channels are in their order.
        for (channel, mean) in loaded.normalization.mean.enumerated() {
            let channels = loaded.training.channels
            let sum = stride(from: channel, to: loaded.training.pixels.count, by: channels)
                .reduce(0) { $0 + Int(loaded.training.pixels[$1]) }
            let actual = Double(sum) / Double(loaded.training.pixels.count / channels) / 255
            #expect(abs(actual - Double(mean)) < 0.002, "\(name), channel \(channel): \(actual)")
        }
        var report: VerificationReport?
        let verifying = try clock.measure { report = try DataCatalog.verify(name, in: folder) }
        print("\(name): verified in \(verifying): \(report.map { "\($0.state)" } ?? "")")
        #expect(report?.state == .official || report?.state == .unofficialCopy)
    }
}
