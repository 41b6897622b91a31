import Foundation

/// The reason of the last failed system call, as the C library words it.
func lastSystemReason() -> String { String(cString: strerror(errno)) }

/// The system's own words for a Foundation error, without its sentence around them.
package func systemReason(_ error: any Error) -> String {
    var error = error as NSError
    while error.domain != NSPOSIXErrorDomain, let inner = error.userInfo[NSUnderlyingErrorKey] as? NSError {
        error = inner
    }
    if error.domain == NSPOSIXErrorDomain, let code = Int32(exactly: error.code) {
        return String(cString: strerror(code))
    }
    if error.domain == NSCocoaErrorDomain, error.code == CocoaError.fileReadNoSuchFile.rawValue {
        return String(cString: strerror(ENOENT))
    }
    return oneLine(error.localizedDescription)
}

/// Writing files so that a reader finds the old one or the new one whole, whatever happens in between.
enum AtomicFile {
    /// Has `body` write a temporary file beside `path`, flushes it to the disk and puts it in place of `path`.
    ///
    /// - Throws: ``RunFolderError/writeFailed(path:reason:)``, or what `body` throws; the file at `path` is then untouched
    ///   and the temporary file gone.
    static func replace(_ path: String, _ body: (_ temporaryPath: String) throws -> Void) throws {
        let url = URL(fileURLWithPath: path)
        let temporary = url.deletingLastPathComponent().path + "/.\(url.lastPathComponent).\(getpid()).tmp"
        do {
            try body(temporary)
            try synchronize(temporary)
            guard rename(temporary, path) == 0 else {
                throw RunFolderError.writeFailed(path: path, reason: lastSystemReason())
            }
        } catch {
            unlink(temporary)
            throw error
        }
        // Best effort: the rename itself is only durable once the folder is, and some file systems refuse this call.
        try? synchronize(url.deletingLastPathComponent().path)
    }

    /// Writes text in place of the file at `path`.
    static func write(_ text: String, to path: String) throws {
        try replace(path) { temporary in
            let sink = try DescriptorSink(creating: temporary)
            try sink.write(text)
        }
    }

    private static func synchronize(_ path: String) throws {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw RunFolderError.writeFailed(path: path, reason: lastSystemReason())
        }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else {
            throw RunFolderError.writeFailed(path: path, reason: lastSystemReason())
        }
    }
}
