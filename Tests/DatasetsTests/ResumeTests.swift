import Datasets
import Foundation
import TestSupport
import Testing

@Suite struct ResumeTests {
    /// Serves ranges as a good server does; the first answer breaks off after `firstLength` bytes.
    private func server(
        _ archive: [UInt8], firstLength: Int, version: String = "\"one\""
    ) throws -> HTTPTestServer {
        try HTTPTestServer { request, number in
            if number == 0 {
                let body = Array(archive.prefix(firstLength))
                return [.answer(200, headers: ["ETag": version], body: body, contentLength: archive.count)]
            }
            return [Self.range(of: archive, request, version: version)]
        }
    }

    private static func range(
        of archive: [UInt8], _ request: HTTPTestServer.Request, version: String
    ) -> HTTPTestServer.Step {
        let start = request.headers["range"].flatMap { Int($0.dropFirst("bytes=".count).dropLast()) }
        let isSameVersion = request.headers["if-range"].map { $0 == version } ?? true
        guard let start, isSameVersion else { return .answer(200, headers: ["ETag": version], body: archive) }
        let field = "bytes \(start)-\(archive.count - 1)/\(archive.count)"
        return .answer(
            206, headers: ["Content-Range": field, "ETag": version], body: Array(archive[start...]))
    }

    @Test("an interrupted download goes on where it stopped, if the version is still the same")
    func resumes() async throws {
        let fixture = try ArchiveFixture.good()
        let server = try server(fixture.archive, firstLength: 1000)
        defer { server.stop() }
        try await withTemporaryFolder { root in
            _ = try await fetch(fixture, from: server, into: root)
            #expect(server.requests.count == 2)
            #expect(server.requests[1].headers["range"] == "bytes=1000-")
            #expect(server.requests[1].headers["if-range"] == "\"one\"")
            #expect(DataCatalog.verify(fixture.source, in: DataFolder(path: root)).state == .official)
        }
    }

    @Test("a later run goes on as well")
    func resumesLater() async throws {
        let fixture = try ArchiveFixture.good()
        let server = try server(fixture.archive, firstLength: 1000)
        defer { server.stop() }
        try await withTemporaryFolder { root in
            var options = quickOptions(mirror: server.address)
            options.attemptsPerAddress = 1
            #expect(throws: FetchError.self) { try fetcher(root, options).fetchBlocking(fixture.source) }
            #expect(FileSystem.size(root + "/cifar-10-binary.tar.gz.part") == 1000)
            _ = try fetcher(root, options).fetchBlocking(fixture.source)
            #expect(server.requests[1].headers["range"] == "bytes=1000-")
            #expect(filesUnder(root).filter { $0.contains(".part") }.isEmpty)
        }
    }

    @Test("a server with another version by now sends everything, and that is taken")
    func startsOverForOtherVersion() async throws {
        let fixture = try ArchiveFixture.good()
        let server = try HTTPTestServer { request, number in
            number == 0
                ? [
                    .answer(
                        200, headers: ["ETag": "\"old\""], body: [1, 2, 3],
                        contentLength: fixture.archive.count)
                ]
                : [Self.range(of: fixture.archive, request, version: "\"new\"")]
        }
        defer { server.stop() }
        try await withTemporaryFolder { root in
            _ = try await fetch(fixture, from: server, into: root)
            #expect(server.requests.count == 2)
            #expect(server.requests[1].headers["if-range"] == "\"old\"")
        }
    }

    @Test("a part that turns out wrong is dropped, and the whole fetched once from the start")
    func dropsWrongPart() async throws {
        let fixture = try ArchiveFixture.good()
        let server = try HTTPTestServer { request, _ in
            [Self.range(of: fixture.archive, request, version: "\"one\"")]
        }
        defer { server.stop() }
        try await withTemporaryFolder { root in
            try write([9, 9, 9], to: root + "/cifar-10-binary.tar.gz.part")
            _ = try await fetch(fixture, from: server, into: root)
            #expect(server.requests.map { $0.headers["range"] } == ["bytes=3-", nil])
            #expect(DataCatalog.verify(fixture.source, in: DataFolder(path: root)).state == .official)
        }
    }

    @Test("a part that is wrong twice is given up")
    func givesUp() async throws {
        let fixture = try ArchiveFixture.good()
        let wrong = [UInt8](repeating: 1, count: fixture.archive.count)
        let server = try HTTPTestServer { request, _ in [Self.range(of: wrong, request, version: "\"one\"")] }
        defer { server.stop() }
        try await withTemporaryFolder { root in
            try write([9, 9, 9], to: root + "/cifar-10-binary.tar.gz.part")
            let error = try await #require(throws: FetchError.self) {
                _ = try await fetch(fixture, from: server, into: root)
            }
            #expect(error.category == .badData)
            #expect(server.requests.count == 2)
            #expect((FileSystem.size(root + "/cifar-10-binary.tar.gz.part") ?? 0) == 0)
        }
    }

    @Test("a range that begins elsewhere than asked, or none at all, starts over", arguments: [206, 416])
    func startsOver(_ status: Int) async throws {
        let fixture = try ArchiveFixture.good()
        let archive = fixture.archive
        let server = try HTTPTestServer { request, _ in
            guard request.headers["range"] != nil else { return [.answer(200, body: archive)] }
            return [
                .answer(
                    status, headers: ["Content-Range": "bytes 0-\(archive.count - 1)/\(archive.count)"],
                    body: archive)
            ]
        }
        defer { server.stop() }
        try await withTemporaryFolder { root in
            try write(Array(archive.prefix(500)), to: root + "/cifar-10-binary.tar.gz.part")
            _ = try await fetch(fixture, from: server, into: root)
            #expect(server.requests.map { $0.headers["range"] } == ["bytes=500-", nil])
        }
    }

    @Test("a part that is complete already needs no server", arguments: [true, false])
    func takesCompletePart(isRight: Bool) async throws {
        let fixture = try ArchiveFixture.good()
        let server = try HTTPTestServer { _, _ in [.answer(200, body: fixture.archive)] }
        defer { server.stop() }
        try await withTemporaryFolder { root in
            let part = isRight ? fixture.archive : [UInt8](repeating: 3, count: fixture.archive.count)
            try write(part, to: root + "/cifar-10-binary.tar.gz.part")
            _ = try await fetch(fixture, from: server, into: root)
            #expect(server.requests.count == (isRight ? 0 : 1))
            #expect(server.requests.allSatisfy { $0.headers["range"] == nil })
        }
    }

    @Test("a page sent in place of the file does not cost the part that has come")
    func keepsPart() async throws {
        let fixture = try ArchiveFixture.good()
        let server = try HTTPTestServer { _, _ in [.answer(200, body: Array("<html>log in</html>".utf8))] }
        defer { server.stop() }
        try await withTemporaryFolder { root in
            let part = Array(fixture.archive.prefix(500))
            try write(part, to: root + "/cifar-10-binary.tar.gz.part")
            await #expect(throws: FetchError.self) { _ = try await fetch(fixture, from: server, into: root) }
            #expect(try readBytes(root + "/cifar-10-binary.tar.gz.part") == part)
        }
    }

    @Test("a link in place of the part is not written through")
    func refusesLink() async throws {
        let fixture = try ArchiveFixture.good()
        let server = try HTTPTestServer { _, _ in [.answer(200, body: fixture.archive)] }
        defer { server.stop() }
        try await withTemporaryFolder { root in
            try write([5], to: root + "/precious")
            try FileManager.default.createSymbolicLink(
                atPath: root + "/cifar-10-binary.tar.gz.part", withDestinationPath: root + "/precious")
            let error = try await #require(throws: FetchError.self) {
                _ = try await fetch(fixture, from: server, into: root)
            }
            #expect(error.category == .cannotCreate)
            #expect(try readBytes(root + "/precious") == [5])
        }
    }
}
