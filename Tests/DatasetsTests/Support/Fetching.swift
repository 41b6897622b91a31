import Datasets
import Logging
import TestSupport

/// What a small CIFAR-10 archive and a server for it need.
struct ArchiveFixture {
    static let recordsPerFile = 2
    let archive: [UInt8]
    let source: DataSource

    /// A right archive.
    static func good() throws -> ArchiveFixture {
        try ArchiveFixture(entries: goodEntries())
    }

    init(entries: [TarArchive.Entry]) throws {
        try self.init(archive: TarArchive.make(entries))
    }

    init(archive: [UInt8]) {
        self.archive = archive
        source = .cifar10(
            recordsPerFile: Self.recordsPerFile,
            archive: Synthetic.remoteFile("cifar-10-binary.tar.gz", archive))
    }

    static func goodEntries() -> [TarArchive.Entry] {
        let names = Array("a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n\n".utf8)
        return [.folder("cifar-10-batches-bin/"), .file("cifar-10-batches-bin/batches.meta.txt", names)]
            + Synthetic.cifarFiles(recordsPerFile: recordsPerFile).map {
                .file("cifar-10-batches-bin/" + $0.name, $0.bytes)
            }
    }
}

/// Options for tests: no pause between attempts, and so much patience that a busy machine is not taken for a stall.
func quickOptions(mirror: String? = nil) -> Fetcher.Options {
    var options = Fetcher.Options()
    options.mirror = mirror
    options.stallTimeoutSeconds = 60
    options.retryDelaySeconds = 0
    return options
}

/// A fetcher that logs nothing.
func fetcher(_ root: String, _ options: Fetcher.Options) -> Fetcher {
    Fetcher(
        folder: DataFolder(path: root), options: options,
        logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
}

/// A fetcher of the fixture from the server.
func fetch(
    _ fixture: ArchiveFixture, from server: HTTPTestServer, into root: String,
    progress: @escaping @Sendable (FetchProgress) -> Void = { _ in }
) async throws -> FetchOutcome {
    try await fetcher(root, quickOptions(mirror: server.address)).fetch(fixture.source, progress: progress)
}
