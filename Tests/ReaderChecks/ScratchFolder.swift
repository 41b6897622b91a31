import Foundation

/// A folder for readers that take a path; files in it are written over, as making new ones takes most of the time.
package final class ScratchFolder {
    /// Where it is.
    package let path: String
    private var descriptors: [String: Int32] = [:]

    /// Makes a folder among the temporary ones; `TMPDIR` may put it into memory.
    package init() throws {
        path = FileManager.default.temporaryDirectory.path + "/stn-readers-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        for descriptor in descriptors.values { close(descriptor) }
        try? FileManager.default.removeItem(atPath: path)
    }

    /// Makes `bytes` the content of the file called `name`; returns its path.
    func file(_ name: String, of bytes: [UInt8]) -> String {
        let path = "\(path)/\(name)"
        let descriptor = descriptors[name] ?? open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        descriptors[name] = descriptor
        let written = bytes.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
        guard written == bytes.count, ftruncate(descriptor, off_t(bytes.count)) == 0 else {
            preconditionFailure("cannot write \(path)")
        }
        return path
    }
}
