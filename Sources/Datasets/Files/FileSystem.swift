import Crypto
import Foundation
import Tensors

/// The few operations on files that fetching needs, each failing with the path and the reason.
package enum FileSystem {
    /// Whether there is anything at `path`, links followed.
    package static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// Bytes of the regular file at `path`, or nil.
    package static func size(_ path: String) -> Int? {
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        return Int(status.st_size)
    }

    /// Creates a folder and those above it; returns whether it was not there before.
    @discardableResult
    package static func createFolder(_ path: String) throws -> Bool {
        if exists(path) { return false }
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            throw FetchError.cannotCreate(path: path, reason: systemReason(error))
        }
        return true
    }

    /// Removes whatever is at `path`, folders with all they hold; nothing there is fine.
    package static func remove(_ path: String) throws {
        do {
            try FileManager.default.removeItem(atPath: path)
        } catch let error as CocoaError where error.code == .fileNoSuchFile {
            return
        } catch {
            throw FetchError.inputOutput(path: path, reason: systemReason(error))
        }
    }

    /// Renames within one file system and makes the new name durable.
    package static func move(_ source: String, to destination: String) throws {
        guard rename(source, destination) == 0 else {
            throw FetchError.cannotCreate(path: destination, reason: systemReason())
        }
        try synchronize(destination.deletingLastComponent)
    }

    /// Moves what is at `path` out of the way under a name that ends in `.replaced`, and returns that name.
    package static func moveAside(_ path: String) throws -> String {
        var destination = path + ".replaced"
        var number = 1
        while exists(destination) {
            number += 1
            destination = path + ".replaced-\(number)"
        }
        try move(path, to: destination)
        return destination
    }

    /// Waits until the file or folder at `path` is on disk.
    package static func synchronize(_ path: String) throws {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FetchError.inputOutput(path: path, reason: systemReason()) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else {
            throw FetchError.inputOutput(path: path, reason: systemReason())
        }
    }

    /// Writes a small file under a temporary name, then renames it.
    static func write(_ text: String, to path: String) throws {
        let temporary = path + ".tmp"
        try remove(temporary)
        let output = try OutputFile(path: temporary, mode: .createNew)
        try Array(text.utf8).withUnsafeBytes { try output.write($0) }
        try output.synchronize()
        try move(temporary, to: path)
    }

    /// Bytes that an ordinary user may still write to the file system that holds `path`, or nil when it cannot say.
    static func freeBytes(_ path: String) -> Int? {
        let attributes = try? FileManager.default.attributesOfFileSystem(forPath: path)
        return (attributes?[.systemFreeSize] as? NSNumber)?.intValue
    }

    /// The digest of a file's contents in lower-case hexadecimal.
    static func digest<Function: HashFunction>(of path: String, using: Function.Type) throws -> String {
        let file = try FileReader(path: path)
        var function = Function()
        var block = [UInt8](repeating: 0, count: 1 << 18)
        while true {
            let count = try block.withUnsafeMutableBytes { try file.read(into: $0) }
            if count == 0 { break }
            block.withUnsafeBytes {
                function.update(bufferPointer: UnsafeRawBufferPointer(rebasing: $0[..<count]))
            }
        }
        return hexadecimal(function.finalize())
    }

    /// Bytes in lower-case hexadecimal.
    package static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

}

extension String {
    /// The path of something inside the folder with this path.
    func appending(path name: String) -> String { hasSuffix("/") ? self + name : self + "/" + name }

    /// The path of the folder that holds the thing with this path.
    package var deletingLastComponent: String {
        guard let slash = lastIndex(of: "/") else { return "." }
        return slash == startIndex ? "/" : String(self[..<slash])
    }
}
