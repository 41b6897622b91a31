import Foundation
import Tensors

/// Bytes that are read once from front to back.
protocol ByteReader: AnyObject {
    /// The path, for messages.
    var path: String { get }

    /// Fills `buffer` and returns how many bytes it got; fewer than asked only at the end.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int
}

extension ByteReader {
    /// Reads exactly `count` bytes, or nil when there are fewer.
    func readBytes(_ count: Int) throws -> [UInt8]? {
        try MemoryShortage.check(count, for: "the contents of \(path)")
        let bytes = try [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            filled = try read(into: UnsafeMutableRawBufferPointer(start: buffer.baseAddress, count: count))
        }
        return bytes.count == count ? bytes : nil
    }
}

/// A regular file, read with plain system calls so that its size is known before anything is allocated.
package final class FileReader: ByteReader {
    /// Four times MNIST, the largest file of a data set that is read; anything larger belongs to none.
    static let byteLimit = 192 << 20

    let path: String
    /// Bytes in the file when it was opened.
    let byteCount: Int
    private let descriptor: Int32

    /// Opens a file.
    ///
    /// - Throws: ``DatasetError/unreadable(file:reason:)``, also for what is not a regular file: a pipe would block.
    package init(path: String) throws {
        self.path = path
        descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw DatasetError.unreadable(file: path, reason: systemReason()) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw DatasetError.unreadable(file: path, reason: "it is not a regular file")
        }
        byteCount = Int(status.st_size)
    }

    deinit { close(descriptor) }

    package func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        var filled = 0
        while filled < buffer.count {
            let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[filled...])
            let count = Foundation.read(descriptor, rest.baseAddress, rest.count)
            if count == 0 { break }
            if count < 0 {
                if errno == EINTR { continue }
                throw DatasetError.unreadable(file: path, reason: systemReason())
            }
            filled += count
        }
        return filled
    }
}
