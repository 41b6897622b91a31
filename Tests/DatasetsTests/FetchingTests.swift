import Datasets
import Foundation
import Synchronization
import TestSupport
import Testing

@Suite struct FetchingTests {
    private let accepted =
        (["SHA256SUMS", "batches.meta.txt"] + CIFAR10.trainingFiles + [CIFAR10.testFile])
        .sorted().map { "cifar-10-batches-bin/" + $0 }

    @Test("an archive is downloaded, unpacked, official, and not downloaded again")
    func fetchesArchive() async throws {
        let fixture = try ArchiveFixture.good()
        let server = try HTTPTestServer { _, _ in [.answer(200, body: fixture.archive)] }
        defer { server.stop() }
        try await withTemporaryFolder { root in
            let last = Mutex<FetchProgress?>(nil)
            let outcome = try await fetch(fixture, from: server, into: root) { report in
                last.withLock { $0 = report }
            }
            let folder = root + "/cifar-10-batches-bin"
            #expect(outcome == .fetched(folder: folder, movedAside: []))
            #expect(filesUnder(root) == [".fetch.lock"] + accepted)
            #expect(last.withLock { $0?.bytes } == fixture.archive.count)
            let data = try DataCatalog.load(fixture.source, from: DataFolder(path: root))
            #expect(data.training.count == 10 && data.classNames[0] == "a")
            #expect(DataCatalog.verify(fixture.source, in: DataFolder(path: root)).state == .official)

            let again = try await fetch(fixture, from: server, into: root)
            #expect(again == .alreadyPresent(folder: folder, state: .official))
            #expect(server.requests.map(\.path) == ["/cifar-10-binary.tar.gz"])
            #expect(server.requests[0].headers["range"] == nil)
        }
    }

    @Test("a file that changed after unpacking is found, and fetched anew with the old one moved aside")
    func replacesDamage() async throws {
        let fixture = try ArchiveFixture.good()
        let server = try HTTPTestServer { _, _ in [.answer(200, body: fixture.archive)] }
        defer { server.stop() }
        try await withTemporaryFolder { root in
            _ = try await fetch(fixture, from: server, into: root)
            let folder = root + "/cifar-10-batches-bin"
            var bytes = try readBytes(folder + "/test_batch.bin")
            bytes[100] ^= 1
            try write(bytes, to: folder + "/test_batch.bin")
            let report = DataCatalog.verify(fixture.source, in: DataFolder(path: root))
            #expect(report.state == .incomplete)
            #expect(
                report.files.last?.explanation == "changed since it was unpacked from the official archive")
            let outcome = try await fetch(fixture, from: server, into: root)
            #expect(outcome == .fetched(folder: folder, movedAside: [folder + ".replaced"]))
            #expect(try readBytes(folder + ".replaced/test_batch.bin") == bytes)
            #expect(DataCatalog.verify(fixture.source, in: DataFolder(path: root)).state == .official)
        }
    }

    @Test("a complete unofficial copy is left alone unless told otherwise")
    func leavesUnofficialCopy() async throws {
        let fixture = try ArchiveFixture.good()
        let server = try HTTPTestServer { _, _ in [.answer(200, body: fixture.archive)] }
        defer { server.stop() }
        try await withTemporaryFolder { root in
            let folder = root + "/cifar-10-batches-bin"
            try Synthetic.writeCIFAR(to: folder, recordsPerFile: ArchiveFixture.recordsPerFile)
            let outcome = try await fetch(fixture, from: server, into: root)
            #expect(outcome == .alreadyPresent(folder: folder, state: .unofficialCopy))
            #expect(server.requests.isEmpty)
            var options = quickOptions(mirror: server.address)
            options.replacesUnofficialCopy = true
            let replaced = try await fetcher(root, options).fetch(fixture.source)
            #expect(replaced == .fetched(folder: folder, movedAside: [folder + ".replaced"]))
        }
    }

    @Test("single files are fetched, those that are right are left alone, others moved aside")
    func fetchesFiles() async throws {
        let contents = Dictionary(
            uniqueKeysWithValues: Synthetic.mnistFiles().map {
                ("/" + $0.name + ".gz", Synthetic.gzip($0.bytes))
            })
        let server = try HTTPTestServer { request, _ in
            contents[request.path].map { [.answer(200, body: $0)] } ?? [.answer(404)]
        }
        defer { server.stop() }
        let source = DataSource.mnist(
            .digits, "",
            files: contents.keys.sorted().map {
                Synthetic.remoteFile(String($0.dropFirst()), contents[$0] ?? [])
            })
        try await withTemporaryFolder { root in
            let folder = root + "/MNIST/raw"
            try write(
                contents["/train-labels-idx1-ubyte.gz"] ?? [], to: folder + "/train-labels-idx1-ubyte.gz")
            try write([1, 2, 3], to: folder + "/t10k-labels-idx1-ubyte")
            let outcome = try await fetcher(root, quickOptions(mirror: server.address)).fetch(source)
            let old = folder + "/t10k-labels-idx1-ubyte.replaced"
            #expect(outcome == .fetched(folder: folder, movedAside: [old]))
            #expect(server.requests.count == 3)
            #expect(try DataCatalog.load(source, from: DataFolder(path: root)).training.count == 7)
            #expect(DataCatalog.verify(source, in: DataFolder(path: root)).state == .official)
        }
    }

    @Test("the next address is tried when one fails")
    func triesNextAddress() async throws {
        let fixture = try ArchiveFixture.good()
        let server = try HTTPTestServer { request, _ in
            request.path.hasPrefix("/gone/") ? [.answer(404)] : [.answer(200, body: fixture.archive)]
        }
        defer { server.stop() }
        let file = Synthetic.remoteFile(
            "a.tar.gz", fixture.archive,
            urls: [server.address + "gone/a.tar.gz", server.address + "a.tar.gz"])
        try await withTemporaryFolder { root in
            _ = try await fetcher(root, quickOptions())
                .fetch(.cifar10(recordsPerFile: ArchiveFixture.recordsPerFile, archive: file))
            #expect(server.requests.map(\.path) == ["/gone/a.tar.gz", "/a.tar.gz"])
        }
    }

    @Test("a local archive is taken under the same checksum, as a file or in a folder")
    func takesLocalArchive() async throws {
        let fixture = try ArchiveFixture.good()
        try await withTemporaryFolder { root in
            try write(fixture.archive, to: root + "/download/cifar-10-binary.tar.gz")
            for (number, archive) in ["/download/cifar-10-binary.tar.gz", "/download"].enumerated() {
                var options = quickOptions()
                options.archive = root + archive
                let data = root + "/data\(number)"
                let outcome = try fetcher(data, options).fetchBlocking(fixture.source)
                #expect(outcome == .fetched(folder: data + "/cifar-10-batches-bin", movedAside: []))
                #expect(filesUnder(data) == [".fetch.lock"] + accepted)
            }
            #expect(try readBytes(root + "/download/cifar-10-binary.tar.gz") == fixture.archive)
        }
    }

    @Test("a wrong, short or missing local archive is refused and leaves nothing")
    func refusesLocalArchive() async throws {
        let fixture = try ArchiveFixture.good()
        try await withTemporaryFolder { root in
            var wrong = fixture.archive
            wrong[wrong.count / 2] ^= 1
            try write(wrong, to: root + "/wrong")
            try write(fixture.archive.dropLast(), to: root + "/short")
            for (name, category) in [("wrong", 65), ("short", 65), ("nothing", 66)] {
                var options = quickOptions()
                options.archive = root + "/" + name
                let error = try #require(throws: FetchError.self) {
                    try fetcher(root + "/data", options).fetchBlocking(fixture.source)
                }
                #expect(error.category.exitCode == Int32(category), "\(name): \(error)")
                #expect(filesUnder(root + "/data") == [".fetch.lock"])
            }
        }
    }

    @Test("a second fetch into the same folder is turned away")
    func turnsAwaySecond() async throws {
        try await withTemporaryFolder { root in
            let lock = try FolderLock(folder: root)
            let error = try #require(throws: FetchError.self) {
                try fetcher(root, quickOptions()).fetchBlocking(.cifar10)
            }
            #expect(error == .busy(path: root) && error.category.exitCode == 75)
            withExtendedLifetime(lock) {}
        }
    }

    @Test("a data set that is there needs no folder that can be written to")
    func needsNoWritableFolder() async throws {
        try await withTemporaryFolder { root in
            try Synthetic.writeMNIST(to: root, gzipped: true)
            let outcome = try fetcher(root, quickOptions()).fetchBlocking(.mnist)
            #expect(outcome == .alreadyPresent(folder: root, state: .unofficialCopy))
            #expect(filesUnder(root).count == 4)
        }
    }

    @Test("a download larger than the free space is not begun")
    func checksFreeSpace() async throws {
        try await withTemporaryFolder { root in
            let file = RemoteFile(name: "a", urls: ["http://127.0.0.1:9/a"], byteCount: 1 << 60, md5: "")
            let error = try #require(throws: FetchError.self) {
                try fetcher(root, quickOptions()).fetchBlocking(.cifar10(recordsPerFile: 1, archive: file))
            }
            guard case .notEnoughSpace = error else { Issue.record("\(error)"); return }
            #expect(error.category.exitCode == 74)
        }
    }

    @Test("a plain http mirror elsewhere is refused before anything is touched")
    func refusesInsecureMirror() async throws {
        try await withTemporaryFolder { root in
            let fetcher = fetcher(root + "/data", quickOptions(mirror: "http://mirror.example/"))
            #expect(throws: FetchError.insecureMirror("http://mirror.example/")) {
                try fetcher.fetchBlocking(.mnist)
            }
            #expect(!FileManager.default.fileExists(atPath: root + "/data"))
        }
    }

    @Test("a data folder that cannot be made is reported as such")
    func reportsFolder() async throws {
        try await withTemporaryFolder { root in
            try write([], to: root + "/file")
            let error = try #require(throws: FetchError.self) {
                try fetcher(root + "/file", quickOptions()).fetchBlocking(.mnist)
            }
            #expect(error.category == .cannotCreate)
        }
    }
}
