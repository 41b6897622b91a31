import Foundation
import Imaging
import Tensors
import TestSupport
import Testing

@Suite("Picture files")
struct FileTests {
    private func error(_ body: () throws -> Void) -> ImagingError? {
        do { try body() } catch { return error as? ImagingError }
        return nil
    }

    @Test("a written file is read back, alone in its folder, and replaces an earlier one")
    func writing() throws {
        try withScratchFolder { folder in
            let path = "\(folder)/picture.png"
            for seed in 1...2 as ClosedRange<UInt32> {
                let image = noisePicture(width: 5, height: 4, channels: 3, seed: seed)
                try image.write(png: path)
                #expect(try Image(contentsOf: path) == image)
            }
            let names = try FileManager.default.contentsOfDirectory(atPath: folder)
            #expect(names == ["picture.png"])
        }
    }

    @Test("a place that cannot be written to is told apart from a full disk")
    func unwritable() throws {
        let image = noisePicture(width: 5, height: 4, channels: 1)
        try withScratchFolder { folder in
            #expect(error { try image.write(png: "\(folder)/missing/a.png") }?.category == .cannotCreate)
            #expect(error { try image.write(png: folder) }?.category == .cannotCreate)
            #expect(error { try image.write(png: "") }?.category == .cannotCreate)
            let left = try FileManager.default.contentsOfDirectory(atPath: folder)
            #expect(left.isEmpty)
        }
        #if os(Linux)
            #expect(error { try image.write(png: "/dev/full") }?.category == .inputOutput)
        #endif
    }

    @Test("a name that no file can have, and a socket, are neither read nor written")
    func strange() throws {
        let image = noisePicture(width: 5, height: 4, channels: 1)
        try withScratchFolder { folder in
            let long = folder + "/" + String(repeating: "x", count: 256) + ".png"
            let reason = systemReason(ENAMETOOLONG)
            #expect(error { _ = try Image(contentsOf: long) } == .unreadable(path: long, reason: reason))
            #expect(error { try image.write(png: long) } == .cannotCreate(path: long, reason: reason))
            let socket = try makeSocket(in: folder)
            #expect(error { _ = try Image(contentsOf: socket) }?.category == .inputOutput)
            #expect(error { try image.write(png: socket) }?.category == .cannotCreate)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["socket"])
        }
    }

    /// A socket that nobody listens at, called `socket`.
    private func makeSocket(in folder: String) throws -> String {
        #if os(Linux)
            let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        #else
            let descriptor = socket(AF_UNIX, SOCK_STREAM, 0)
        #endif
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let path = folder + "/socket"
        try withUnsafeMutableBytes(of: &address.sun_path) {
            try #require(path.utf8.count < $0.count, "no address has room for \(path)")
            $0.copyBytes(from: path.utf8)
        }
        let size = socklen_t(MemoryLayout<sockaddr_un>.size)
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, size) }
        }
        try #require(bound == 0)
        return path
    }

    @Test("missing, empty, foreign and oversized files each have their own error")
    func unreadable() throws {
        try withScratchFolder { folder in
            let path = "\(folder)/a.png"
            #expect(error { _ = try Image(contentsOf: path) } == .missing(path: path))
            #expect(error { _ = try Image(contentsOf: folder) } == .notAFile(path: folder, kind: "a folder"))
            try writeFile(path, [])
            #expect(
                error { _ = try Image(contentsOf: path) }
                    == .unknownFormat(name: path, found: "the file is empty"))
            try writeFile(path, Array("Not a picture.\n".utf8))
            #expect(
                error { _ = try Image(contentsOf: path) }
                    == .unknownFormat(name: path, found: "it looks like text"))
            try writeFile(path, Array("GIF89a....".utf8))
            #expect(error { _ = try Image(contentsOf: path) } == .unknownFormat(name: path, found: "a GIF"))
            let limits = ImageLimits(fileBytes: 9)
            #expect(
                error { _ = try Image(contentsOf: path, limits: limits) }
                    == .fileTooLarge(name: path, bytes: 10, limit: 9))
        }
    }

    @Test("a named pipe is refused instead of waited for")
    func pipe() throws {
        try withScratchFolder { folder in
            #expect(mkfifo("\(folder)/pipe.png", 0o600) == 0)
            let found = error { _ = try Image(contentsOf: "\(folder)/pipe.png") }
            #expect(found == .notAFile(path: "\(folder)/pipe.png", kind: "a pipe"))
        }
    }

    @Test("the bytes decide what a file is, not its name")
    func wrongExtension() throws {
        try withScratchFolder { folder in
            let image = noisePicture(width: 5, height: 4, channels: 3)
            try image.write(png: "\(folder)/a.jpg")
            #expect(try Image(contentsOf: "\(folder)/a.jpg") == image)
        }
    }

    @Test("messages stay on one line whatever the file is called")
    func oneLine() {
        let message = ImagingError.missing(path: "a\nb\u{1B}[31m.png").description
        #expect(!message.contains("\n") && !message.contains("\u{1B}"))
    }

    @Test("a file of as many bytes as are allowed is read, one of a byte more is not")
    func fileBytes() throws {
        try withScratchFolder { folder in
            let path = "\(folder)/picture.png"
            let image = noisePicture(width: 5, height: 4, channels: 3)
            let bytes = try image.pngData()
            try writeFile(path, bytes)
            #expect(try Image(contentsOf: path, limits: ImageLimits(fileBytes: bytes.count)) == image)
            let limit = bytes.count - 1
            #expect(
                error { _ = try Image(contentsOf: path, limits: ImageLimits(fileBytes: limit)) }
                    == .fileTooLarge(name: path, bytes: bytes.count, limit: limit))
        }
    }
}
