import Interchange

/// A file that a run appends lines to, with a length that its checkpoints remember.
///
/// Before a checkpoint is written the file is brought to the disk; when a run goes on, the file is cut back to what the
/// checkpoint knows of it. So no line is lost and none stands there twice.
package final class Journal: TextSink {
    /// The file's name in the run's folder.
    package let name: String
    /// Bytes written so far.
    package private(set) var byteCount: Int

    private let path: String
    private let files: any Storage
    private let descriptor: Int32

    /// Opens a file to append to, cut back to `byteCount` bytes.
    ///
    /// A file that is shorter than that was tampered with, and is not filled up.
    ///
    /// - Throws: ``TextSinkError``.
    package init(_ name: String, in folder: String, keeping byteCount: Int, files: any Storage) throws(TextSinkError) {
        path = "\(folder)/\(name)"
        self.name = name
        self.files = files
        let present = (try? files.contents(of: path).count) ?? 0
        self.byteCount = min(present, max(0, byteCount))
        do {
            if present > self.byteCount { try files.truncate(path, to: self.byteCount) }
            descriptor = try files.openEnd(of: path)
            // Lines of a file whose name was lost are lost.
            try files.synchronizeFolder(folder)
        } catch {
            throw .cannotCreate(path: path, reason: error.reason)
        }
    }

    deinit { try? files.close(descriptor) }

    /// Writes all of `text` before it returns.
    package func write(_ text: String) throws {
        do {
            let bytes = Array(text.utf8)
            try files.writeAll(bytes, to: descriptor)
            byteCount += bytes.count
        } catch {
            throw TextSinkError.failed(name: path, reason: error.reason)
        }
    }

    /// Returns once all that was written is on the disk.
    ///
    /// - Throws: ``TextSinkError/failed(name:reason:)``.
    package func synchronize() throws(TextSinkError) {
        do {
            try files.synchronize(descriptor)
        } catch {
            throw .failed(name: path, reason: error.reason)
        }
    }
}
