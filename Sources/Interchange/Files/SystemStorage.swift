import Foundation

/// The operating system's own file system.
package struct SystemStorage: Storage {
    /// It holds nothing.
    package init() {}

    package func create(_ path: String) throws(SystemFailure) -> Int32 { try open(path, O_EXCL) }

    package func openEnd(of path: String) throws(SystemFailure) -> Int32 { try open(path, O_APPEND) }

    package func write(_ bytes: ArraySlice<UInt8>, to descriptor: Int32) throws(SystemFailure) -> Int {
        let count = bytes.withUnsafeBytes { systemWrite(descriptor, $0[...]) }
        // Zero bytes without an error is how some file systems say that they are full.
        guard count > 0 else { throw SystemFailure(code: count == 0 ? ENOSPC : errno) }
        return count
    }

    package func synchronize(_ descriptor: Int32) throws(SystemFailure) {
        #if os(macOS)
            // There, fsync leaves the data in the disk's own cache; not all file systems know the call that does not.
            if fcntl(descriptor, F_FULLFSYNC) == 0 { return }
        #endif
        try check(fsync(descriptor))
    }

    package func close(_ descriptor: Int32) throws(SystemFailure) { try check(Foundation.close(descriptor)) }

    package func rename(_ path: String, to newPath: String) throws(SystemFailure) {
        try check(Foundation.rename(path, newPath))
    }

    package func remove(_ path: String) throws(SystemFailure) { try check(unlink(path)) }

    package func truncate(_ path: String, to byteCount: Int) throws(SystemFailure) {
        try check(Foundation.truncate(path, off_t(byteCount)))
    }

    package func synchronizeFolder(_ path: String) throws(SystemFailure) {
        let descriptor = Foundation.open(path, O_RDONLY | O_CLOEXEC)
        try check(descriptor)
        defer { _ = Foundation.close(descriptor) }
        // Some network file systems cannot synchronize folders and say EINVAL; the file's content is safe all the same.
        if fsync(descriptor) != 0 && errno != EINVAL { throw SystemFailure(code: errno) }
    }

    package func names(in folder: String) throws(SystemFailure) -> [String] {
        guard let stream = opendir(folder) else { throw SystemFailure(code: errno) }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    package func contents(of path: String) throws(SystemFailure) -> [UInt8] {
        // Without O_NONBLOCK, opening a named pipe would wait for a writer for ever.
        let descriptor = Foundation.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        try check(descriptor)
        defer { _ = Foundation.close(descriptor) }
        var status = stat()
        try check(fstat(descriptor, &status))
        guard status.st_mode & S_IFMT == S_IFREG else { throw SystemFailure(code: EINVAL) }
        // A sparse file may state any length.
        guard status.st_size <= Self.largestRead else { throw SystemFailure(code: EFBIG) }
        var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
        var done = 0
        while done < bytes.count {
            let got = bytes.withUnsafeMutableBytes { systemRead(descriptor, $0[done...]) }
            if got == 0 { break }
            if got > 0 { done += got } else if errno != EINTR { throw SystemFailure(code: errno) }
        }
        return Array(bytes[..<done])
    }

    /// The largest safetensors file.
    private static let largestRead = 8 + SafetensorsFile.maximumHeaderByteCount + SafetensorsFile.maximumDataByteCount

    private func open(_ path: String, _ flags: Int32) throws(SystemFailure) -> Int32 {
        let descriptor = Foundation.open(path, O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0o666)
        try check(descriptor)
        return descriptor
    }

    private func check(_ result: Int32) throws(SystemFailure) {
        if result < 0 { throw SystemFailure(code: errno) }
    }
}
