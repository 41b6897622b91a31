import Foundation
import Tensors

/// The calls that saving asks of a file system: few, so that tests can stand in for one that fails or loses power at any.
///
/// Descriptors belong to the caller from ``create(_:)`` or ``openEnd(of:)`` to ``close(_:)``.
package protocol Storage {
    /// Makes a file that is not there yet and opens it for writing.
    func create(_ path: String) throws(SystemFailure) -> Int32
    /// Opens a file to write behind its end; makes it if it is not there.
    func openEnd(of path: String) throws(SystemFailure) -> Int32
    /// Writes as many of the bytes as the system takes at once; returns their number, at least 1.
    func write(_ bytes: ArraySlice<UInt8>, to descriptor: Int32) throws(SystemFailure) -> Int
    /// Returns once the file's content is on the disk.
    func synchronize(_ descriptor: Int32) throws(SystemFailure)
    /// Gives the descriptor back, whether it throws or not.
    func close(_ descriptor: Int32) throws(SystemFailure)
    /// Puts a file in the place of another at once.
    func rename(_ path: String, to newPath: String) throws(SystemFailure)
    /// Takes a file away.
    func remove(_ path: String) throws(SystemFailure)
    /// Cuts a file off after `byteCount` bytes.
    func truncate(_ path: String, to byteCount: Int) throws(SystemFailure)
    /// Returns once the names in the folder are on the disk as they are now.
    func synchronizeFolder(_ path: String) throws(SystemFailure)
    /// What lies in a folder, in any order.
    func names(in folder: String) throws(SystemFailure) -> [String]
    /// The whole of a file.
    func contents(of path: String) throws(SystemFailure) -> [UInt8]
}

extension Storage {
    /// What lies in a folder, in any order; nothing where it cannot be listed.
    package func namesIfReadable(in folder: String) -> [String] { (try? names(in: folder)) ?? [] }
}

/// A call that the system refused.
package struct SystemFailure: Error, Equatable {
    /// `errno`.
    package let code: Int32

    /// A failure with the system's number.
    package init(code: Int32) { self.code = code }

    /// The system's own words.
    package var reason: String { systemReason(code) }
}

extension Storage {
    /// Puts `bytes` at `path`: into a new file in the same folder, to the disk, and only then under its name.
    ///
    /// A reader, or the next start after a crash, finds the old content or the new one. The temporary file is called
    /// `.<name>.<process>-<random>.tmp`; after a failure it is removed, after a crash it stays behind. A failed `fsync`
    /// is a failed write: the kernel may have dropped the data, so it is not retried.
    ///
    /// - Throws: ``FileError/cannotCreate(path:reason:)`` or ``FileError/writeFailed(path:reason:)``.
    package func replace(_ path: String, with bytes: [UInt8]) throws(FileError) {
        let (folder, name) = Self.split(path)
        let suffix = String(UInt32.random(in: 0 ... .max), radix: 16)
        let temporary = "\(folder)/.\(name).\(getpid())-\(suffix)\(Self.temporarySuffix)"
        let descriptor: Int32
        do {
            descriptor = try create(temporary)
        } catch {
            throw .cannotCreate(path: path, reason: error.reason)
        }
        do throws(SystemFailure) {
            try fill(descriptor, with: bytes)
            try rename(temporary, to: path)
        } catch {
            try? remove(temporary)
            throw .writeFailed(path: path, reason: error.reason)
        }
        do {
            try synchronizeFolder(folder)
        } catch {
            throw .writeFailed(path: path, reason: error.reason)
        }
    }

    /// Takes away what crashes left half-written in a folder; call it only while nobody else writes there.
    package func sweepTemporaries(in folder: String) {
        for name in (try? names(in: folder)) ?? [] where name.hasPrefix(".") && name.hasSuffix(Self.temporarySuffix) {
            try? remove("\(folder)/\(name)")
        }
    }

    /// Writes all bytes, however few the system takes at a time.
    package func writeAll(_ bytes: [UInt8], to descriptor: Int32) throws(SystemFailure) {
        var rest = bytes[...]
        while !rest.isEmpty {
            do throws(SystemFailure) {
                rest = rest.dropFirst(try write(rest, to: descriptor))
            } catch  where error.code == EINTR {
                continue
            }
        }
    }

    private func fill(_ descriptor: Int32, with bytes: [UInt8]) throws(SystemFailure) {
        do {
            try writeAll(bytes, to: descriptor)
            try synchronize(descriptor)
        } catch {
            try? close(descriptor)
            throw error
        }
        try close(descriptor)
    }

    private static var temporarySuffix: String { ".tmp" }

    private static func split(_ path: String) -> (folder: String, name: String) {
        guard let slash = path.lastIndex(of: "/") else { return (".", path) }
        let folder = path[..<slash]
        return (folder.isEmpty ? "/" : String(folder), String(path[path.index(after: slash)...]))
    }
}
