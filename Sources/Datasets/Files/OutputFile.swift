import Foundation
import Tensors

/// A file being written with plain system calls, never through a link.
package final class OutputFile {
    /// How the file is opened.
    package enum Mode {
        /// There must be nothing under that name yet.
        case createNew
        /// What is there stays, and writing goes on at its end.
        case appendOrCreate
    }

    let path: String
    /// Bytes in the file so far.
    package private(set) var byteCount: Int
    private let descriptor: Int32

    package init(path: String, mode: Mode) throws {
        self.path = path
        let flags = mode == .createNew ? O_EXCL : O_APPEND
        descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | flags, 0o644)
        guard descriptor >= 0 else { throw FetchError.cannotCreate(path: path, reason: systemReason()) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw FetchError.cannotCreate(path: path, reason: "something else has that name")
        }
        byteCount = Int(status.st_size)
    }

    deinit { close(descriptor) }

    package func write(_ bytes: UnsafeRawBufferPointer) throws {
        var written = 0
        while written < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[written...])
            let count = Foundation.write(descriptor, rest.baseAddress, rest.count)
            if count < 0 {
                if errno == EINTR { continue }
                throw FetchError.inputOutput(path: path, reason: systemReason())
            }
            written += count
            byteCount += count
        }
    }

    /// Empties the file.
    package func truncate() throws {
        guard ftruncate(descriptor, 0) == 0 else {
            throw FetchError.inputOutput(path: path, reason: systemReason())
        }
        byteCount = 0
    }

    /// Waits until the contents are on disk.
    package func synchronize() throws {
        guard fsync(descriptor) == 0 else {
            throw FetchError.inputOutput(path: path, reason: systemReason())
        }
    }
}
