import Foundation

/// Writes files whole or not at all.
package enum AtomicFile {
    /// Puts `bytes` at `path`: into a new file in the same folder, to the disk, and only then under its name.
    ///
    /// A reader, or the next start after a crash, finds the old content or the new one. The temporary file is called
    /// `.<name>.<process>-<random>.tmp`; after a failure it is removed, after a crash it stays behind. A failed `fsync`
    /// is a failed write: the kernel may have dropped the data, so it is not retried.
    ///
    /// - Throws: ``FileError/cannotCreate(path:reason:)`` or ``FileError/writeFailed(path:reason:)``.
    package static func write(_ bytes: [UInt8], to path: String) throws(FileError) {
        let target = URL(fileURLWithPath: path)
        let folder = target.deletingLastPathComponent().path
        let suffix = String(UInt32.random(in: 0 ... .max), radix: 16)
        let temporary = "\(folder)/.\(target.lastPathComponent).\(getpid())-\(suffix).tmp"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw .cannotCreate(path: path, reason: systemMessage(errno)) }
        var failure = writeAll(bytes, to: descriptor)
        if failure == nil && fsync(descriptor) != 0 { failure = errno }
        if close(descriptor) != 0 && failure == nil { failure = errno }
        if failure == nil && rename(temporary, path) != 0 { failure = errno }
        if let failure {
            unlink(temporary)
            throw .writeFailed(path: path, reason: systemMessage(failure))
        }
        try synchronize(folder: folder, path: path)
    }

    /// Writes all bytes; returns the error number when that fails.
    private static func writeAll(_ bytes: [UInt8], to descriptor: Int32) -> Int32? {
        bytes.withUnsafeBytes { buffer in
            var done = 0
            while done < buffer.count {
                let count = systemWrite(descriptor, buffer[done...])
                if count > 0 {
                    done += count
                } else if count == 0 {
                    return ENOSPC
                } else if errno != EINTR {
                    return errno
                }
            }
            return nil
        }
    }

    /// Makes the new name durable.
    private static func synchronize(folder: String, path: String) throws(FileError) {
        let descriptor = open(folder, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .writeFailed(path: path, reason: systemMessage(errno)) }
        defer { close(descriptor) }
        // Some network file systems cannot synchronize folders and say EINVAL; the file's content is safe all the same.
        if fsync(descriptor) != 0 && errno != EINVAL {
            throw .writeFailed(path: path, reason: systemMessage(errno))
        }
    }
}
