import Foundation
import Tensors

/// A file that is read from start to end, with its length known beforehand.
package final class InputFile {
    /// The length when the file was opened.
    package let byteCount: Int
    private let path: String
    private let descriptor: Int32

    /// Opens the regular file at `path`.
    package init(path: String) throws(FileError) {
        self.path = path
        // Without O_NONBLOCK, opening a named pipe would wait for a writer for ever.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            let code = errno
            throw code == ENOENT || code == ENOTDIR
                ? .missing(path: path) : .unreadable(path: path, reason: systemReason(code))
        }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            let code = errno
            close(descriptor)
            throw .unreadable(path: path, reason: systemReason(code))
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw .notAFile(path: path)
        }
        self.descriptor = descriptor
        byteCount = Int(status.st_size)
    }

    /// Opens the regular file at `path` if it takes at most `limit` bytes; a sparse file may state any length.
    package convenience init(path: String, limit: Int) throws(FileError) {
        try self.init(path: path)
        guard byteCount <= limit else { throw .tooLarge(path: path, byteCount: byteCount, limit: limit) }
    }

    deinit { close(descriptor) }

    /// The next `count` bytes; `count` must have been checked against ``byteCount``.
    package func read(_ count: Int) throws(FileError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var done = 0
        while done < count {
            // The descriptor is at the place that `done` says: nothing else reads from it.
            let got = bytes.withUnsafeMutableBytes { systemRead(descriptor, $0[done...]) }
            if got > 0 {
                done += got
            } else if got == 0 {
                throw .unreadable(path: path, reason: "it became shorter while it was read")
            } else if errno != EINTR {
                throw .unreadable(path: path, reason: systemReason())
            }
        }
        return bytes
    }
}

// The two calls have wrappers because inside a type with a `read` or `write` of its own their plain names are taken.

/// Reads into the buffer; returns the number of bytes, or −1 with `errno` set.
func systemRead(_ descriptor: Int32, _ buffer: Slice<UnsafeMutableRawBufferPointer>) -> Int {
    let buffer = UnsafeMutableRawBufferPointer(rebasing: buffer)
    return read(descriptor, buffer.baseAddress, buffer.count)
}

/// Writes from the buffer; returns the number of bytes, or −1 with `errno` set.
func systemWrite(_ descriptor: Int32, _ buffer: Slice<UnsafeRawBufferPointer>) -> Int {
    let buffer = UnsafeRawBufferPointer(rebasing: buffer)
    return write(descriptor, buffer.baseAddress, buffer.count)
}
