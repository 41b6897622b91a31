import Datasets
import Foundation
import TestSupport
import Testing

/// Servers that do what they should not.
///
/// Whatever they do, no file is accepted.
@Suite struct MisbehavingServerTests {
    /// What a server does wrong, and the exit code that must come of it.
    struct Misdeed: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let exitCode: Int32
        let steps: @Sendable (_ archive: [UInt8], _ request: HTTPTestServer.Request) -> [HTTPTestServer.Step]
        /// Whether the fetcher has to lose patience.
        let isStall: Bool

        init(
            _ description: String, _ exitCode: Int32, isStall: Bool = false,
            _ steps: @escaping @Sendable ([UInt8], HTTPTestServer.Request) -> [HTTPTestServer.Step]
        ) {
            testDescription = description
            self.exitCode = exitCode
            self.isStall = isStall
            self.steps = steps
        }
    }

    static let misdeeds = [
        Misdeed("closes without an answer", 69) { _, _ in [] },
        Misdeed("answers what is not HTTP", 69) { _, _ in [.send(Array("nonsense\r\n\r\n".utf8))] },
        Misdeed("answers 404", 69) { _, _ in [.answer(404, body: [1, 2, 3])] },
        Misdeed("answers 403", 69) { _, _ in [.answer(403)] },
        Misdeed("answers 500", 69) { _, _ in [.answer(500)] },
        Misdeed("answers 204", 69) { _, _ in [.head(204)] },
        Misdeed("promises all and sends half", 69) { archive, _ in
            [.answer(200, body: Array(archive.prefix(archive.count / 2)), contentLength: archive.count)]
        },
        Misdeed("sends half without saying how much it is", 69) { archive, _ in
            [.head(200, then: Array(archive.prefix(archive.count / 2)))]
        },
        Misdeed("sends some and stalls", 69, isStall: true) { archive, _ in
            [
                .answer(200, body: Array(archive.prefix(100)), contentLength: archive.count),
                .pause(seconds: 5),
            ]
        },
        Misdeed("never answers", 69, isStall: true) { _, _ in [.pause(seconds: 5)] },
        Misdeed("sends a page instead", 65) { _, _ in [.answer(200, body: Array("<html>log in</html>".utf8))]
        },
        Misdeed("sends other bytes of the same length", 65) { archive, _ in
            [.answer(200, body: [UInt8](repeating: 7, count: archive.count))]
        },
        Misdeed("flips one bit", 65) { archive, _ in
            var archive = archive
            archive[archive.count / 3] ^= 16
            return [.answer(200, body: archive)]
        },
        Misdeed("sends one byte too many without a length", 65) { archive, _ in
            [.head(200, then: archive + [0])]
        },
        Misdeed("never ends", 65) { archive, _ in [.head(200), .sendForever(archive)] },
        Misdeed("promises more than there is", 65) { archive, _ in
            [.answer(200, body: archive, contentLength: archive.count + 1000)]
        },
        Misdeed("answers a range nobody asked for", 65) { archive, _ in
            [
                .answer(
                    206, headers: ["Content-Range": "bytes 0-\(archive.count - 1)/\(archive.count)"],
                    body: archive)
            ]
        },
        Misdeed("sends a negative length", 69) { archive, _ in
            [.head(200, headers: ["Content-Length": "-5"], then: archive)]
        },
        Misdeed("sends headers that are none", 69) { _, _ in
            [
                .send(
                    Array("HTTP/1.1 404 ?\r\nno colon\r\n: no name\r\nX: ".utf8) + [
                        0xFF, 0xFE, 0, 0x0D, 0x0A, 0x0D, 0x0A,
                    ])
            ]
        },
        Misdeed("sends a megabyte of headers", 69) { _, _ in
            [.head(404, headers: ["X": String(repeating: "x", count: 1 << 20)])]
        },
        Misdeed("redirects to what is no address", 69) { _, _ in
            [.answer(302, headers: ["Location": "http://[::1/ %zz?%%#\u{1F4A5}"])]
        },
        Misdeed("redirects to a name with no path", 69) { _, _ in
            [.answer(307, headers: ["Location": "//a b?c%d"])]
        },
        Misdeed("redirects in a loop", 69) { _, request in [.answer(302, headers: ["Location": request.path])]
        },
        Misdeed("redirects to another host over http", 69) { _, _ in
            [.answer(302, headers: ["Location": "http://169.254.169.254/archive"])]
        },
        Misdeed("redirects to a local file", 69) { _, _ in
            [.answer(302, headers: ["Location": "file:///etc/passwd"])]
        },
        Misdeed("redirects to nowhere", 69) { _, _ in [.answer(302)] },
    ]

    @Test("no file is accepted from a server that", arguments: misdeeds)
    func acceptsNothing(_ misdeed: Misdeed) async throws {
        let fixture = try ArchiveFixture.good()
        let server = try HTTPTestServer { request, _ in misdeed.steps(fixture.archive, request) }
        defer { server.stop() }
        try await withTemporaryFolder { root in
            var options = quickOptions(mirror: server.address)
            if misdeed.isStall { options.stallTimeoutSeconds = 0.2 }
            let fetcher = fetcher(root, options)
            let error = try await #require(throws: FetchError.self) {
                _ = try await fetcher.fetch(fixture.source)
            }
            #expect(error.category.exitCode == misdeed.exitCode, "\(error)")
            #expect(!error.description.contains("\n"))
            let harmless = [
                ".fetch.lock", "cifar-10-binary.tar.gz.part", "cifar-10-binary.tar.gz.part.version",
            ]
            #expect(Set(filesUnder(root)).subtracting(harmless).isEmpty, "\(filesUnder(root))")
            #expect((FileSystem.size(root + "/cifar-10-binary.tar.gz.part") ?? 0) < fixture.archive.count)
            #expect(DataCatalog.verify(fixture.source, in: DataFolder(path: root)).state == .missing)
            #expect(server.requests.count <= 4, "\(server.requests.map(\.path))")
        }
    }

    @Test("nobody listening is reported as unavailable")
    func reportsNobody() async throws {
        let fixture = try ArchiveFixture.good()
        let server = try HTTPTestServer { _, _ in [] }
        server.stop()
        try await withTemporaryFolder { root in
            let error = try await #require(throws: FetchError.self) {
                _ = try await fetch(fixture, from: server, into: root)
            }
            #expect(error.category == .unavailable)
            #expect(error.description.contains("--mirror"))
        }
    }

    @Test("three redirections on the same host are followed, a fourth is not", arguments: [3, 4])
    func followsFewRedirections(_ count: Int) async throws {
        let fixture = try ArchiveFixture.good()
        let server = try HTTPTestServer { _, number in
            number < count
                ? [.answer(302, headers: ["Location": "/step\(number)"])]
                : [.answer(200, body: fixture.archive)]
        }
        defer { server.stop() }
        try await withTemporaryFolder { root in
            if count <= TransportPolicy.redirectLimit {
                _ = try await fetch(fixture, from: server, into: root)
                #expect(server.requests.count == count + 1)
            } else {
                let error = try await #require(throws: FetchError.self) {
                    _ = try await fetch(fixture, from: server, into: root)
                }
                #expect(error.description.contains("more than 3 redirections"))
            }
        }
    }

    @Test("a cancelled fetch stops and keeps what has come")
    func stopsWhenCancelled() async throws {
        let fixture = try ArchiveFixture.good()
        let server = try HTTPTestServer { _, _ in
            [
                .answer(200, body: Array(fixture.archive.prefix(1000)), contentLength: fixture.archive.count),
                .pause(seconds: 20),
            ]
        }
        defer { server.stop() }
        try await withTemporaryFolder { root in
            let fetcher = fetcher(root, quickOptions(mirror: server.address))
            let (stream, continuation) = AsyncStream.makeStream(of: Int.self)
            let task = Task { try await fetcher.fetch(fixture.source) { continuation.yield($0.bytes) } }
            for await _ in stream { break }
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
            #expect((1...1000).contains(FileSystem.size(root + "/cifar-10-binary.tar.gz.part") ?? 0))
        }
    }
}
