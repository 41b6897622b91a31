import Datasets
import Foundation
import TestSupport
import Testing

/// Archives that carry the right checksum and the wrong contents, as if the published one had been replaced.
@Suite struct ArchiveTests {
    private static let folder = "cifar-10-batches-bin/"

    /// Entries put before the right ones, with what the error must mention.
    static let intruders: [(entry: TarArchive.Entry, mention: String)] = [
        (.file("../outside", [1]), "'../outside'"),
        (.file(folder + "../../outside", [1]), "outside"),
        (.file("/tmp/stn-outside", [1]), "stn-outside"),
        (.file("outside", [1]), "'outside'"),
        (.file(folder + "data_batch_6.bin", [1]), "data_batch_6.bin"),
        (.file(folder + "sub/test_batch.bin", [1]), "sub"),
        (
            .file(folder + "data_batch_1.bin", [UInt8](repeating: 0, count: 2 * 3073)),
            "data_batch_1.bin is in it twice"
        ),
        (.file(folder + "readme.html", [UInt8](repeating: 0, count: 4097)), "4097 bytes"),
        (.file(folder + "batches.meta.txt", [UInt8](repeating: 0, count: 4097)), "4097 bytes"),
        (.symbolicLink(folder + "readme.html", to: "/etc/passwd"), "is a link"),
        (.symbolicLink("cifar-10-batches-bin", to: "/tmp"), "is a link"),
        (.hardLink(folder + "readme.html", to: "/etc/passwd"), "is a link"),
        (.device(folder + "readme.html"), "is not a file"),
        (.folder("other/"), "'other/'"),
        (.folder("../"), "../"),
        (.file(folder + "\u{1B}[2J\nreadme", [1]), "/?[2J?readme'"),
    ]

    private func expectRefusal(_ archive: [UInt8], mention: String) async throws {
        try await withTemporaryFolder { root in
            let fixture = ArchiveFixture(archive: archive)
            try write(archive, to: root + "/in/cifar-10-binary.tar.gz")
            var options = quickOptions()
            options.archive = root + "/in"
            let error = try #require(throws: FetchError.self) {
                try fetcher(root + "/out", options).fetchBlocking(fixture.source)
            }
            #expect(error.category == .badData)
            #expect(error.description.contains(mention), "\(error)")
            let left = filesUnder(root).filter { !$0.hasPrefix("in/") }
            #expect(left == ["out/.fetch.lock"])
            #expect(DataCatalog.verify(fixture.source, in: DataFolder(path: root + "/out")).state == .missing)
        }
    }

    @Test("an entry that does not belong ends it", arguments: intruders.indices)
    func refusesIntruder(_ index: Int) async throws {
        let intruder = Self.intruders[index]
        var entries = ArchiveFixture.goodEntries()
        entries.insert(intruder.entry, at: 1)
        try await expectRefusal(TarArchive.make(entries), mention: intruder.mention)
        #expect(!FileManager.default.fileExists(atPath: "/tmp/stn-outside"))
    }

    @Test("a member that is missing, short or long ends it")
    func refusesOtherMembers() async throws {
        let entries = ArchiveFixture.goodEntries()
        try await expectRefusal(TarArchive.make(entries.dropLast()), mention: "test_batch.bin is not in it")
        for byteCount in [0, 2 * 3073 - 1, 2 * 3073 + 1] {
            let other = TarArchive.Entry.file(
                Self.folder + "test_batch.bin", [UInt8](repeating: 0, count: byteCount))
            try await expectRefusal(
                TarArchive.make(entries.dropLast() + [other]), mention: "\(byteCount) bytes")
        }
    }

    @Test("an archive that is cut off, empty or none ends it")
    func refusesNoArchive() async throws {
        let whole = try ArchiveFixture.good().archive
        for bytes in [
            Array(whole.prefix(whole.count / 2)), [], Array("no archive at all".utf8),
            Synthetic.gzip([1, 2, 3]),
        ] {
            try await expectRefusal(bytes, mention: "was not unpacked")
        }
    }

    @Test("a folder that comes again and again ends it")
    func refusesRepeatedFolders() async throws {
        let folders = [TarArchive.Entry](repeating: .folder(Self.folder), count: 100)
        try await expectRefusal(
            TarArchive.make(folders + ArchiveFixture.goodEntries()), mention: "more than 100 entries")
    }

    @Test("names with a leading dot are the same names")
    func acceptsLeadingDot() async throws {
        let entries = ArchiveFixture.goodEntries().map { entry -> TarArchive.Entry in
            if case .file(let name, let bytes) = entry { return .file("./" + name, bytes) }
            return entry
        }
        try await withTemporaryFolder { root in
            let fixture = try ArchiveFixture(entries: entries)
            try write(fixture.archive, to: root + "/a.tar.gz")
            var options = quickOptions()
            options.archive = root + "/a.tar.gz"
            _ = try fetcher(root + "/out", options).fetchBlocking(fixture.source)
            #expect(
                DataCatalog.verify(fixture.source, in: DataFolder(path: root + "/out")).state == .official)
        }
    }
}
