import Foundation
import Tensors

extension Image {
    /// The picture as an 8-bit PNG file, grey or colour.
    ///
    /// - Throws: `ImagingError.cannotEncode` when a side is longer than 1,000,000 pixels or there are more than 2³¹ samples.
    public func pngData() throws(ImagingError) -> [UInt8] { try PNGCodec.encode(self) }

    /// Writes the picture as a PNG file, which appears whole or not at all.
    ///
    /// The bytes go to a temporary file in the same folder that then takes the name, so a reader never sees half a
    /// picture and a failure leaves an earlier file as it was. A device or pipe is written to directly.
    ///
    /// - Throws: `ImagingError`: `cannotCreate` when the folder is missing or not writable, `writeFailed` on a full or
    ///   failing disk, `cannotEncode`.
    public func write(png path: String) throws(ImagingError) {
        try PictureFile.write(try pngData(), to: path)
    }
}

/// Files written whole or not at all.
package enum WholeFile {
    /// Puts `bytes` in place of the file at `path` in the way of ``Image/write(png:)``.
    ///
    /// - Throws: `ImagingError`: `cannotCreate`, `writeFailed`.
    package static func write(_ bytes: [UInt8], to path: String) throws(ImagingError) {
        try PictureFile.write(bytes, to: path)
    }
}

/// Files read and written whole.
enum PictureFile {
    /// The bytes of a regular file of at most `maximumBytes`.
    static func read(_ path: String, maximumBytes: Int) throws(ImagingError) -> [UInt8] {
        // Without O_NONBLOCK opening a named pipe would wait for its writer for ever.
        let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { throw openError(path, code: errno) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .unreadable(path: path, reason: systemReason()) }
        guard let kind = kindUnlessRegular(status) else {
            return try readAll(
                descriptor, path: path, expected: Int(status.st_size), maximumBytes: maximumBytes)
        }
        throw .notAFile(path: path, kind: kind)
    }

    private static func readAll(
        _ descriptor: Int32, path: String, expected: Int, maximumBytes: Int
    ) throws(ImagingError) -> [UInt8] {
        guard expected <= maximumBytes else {
            throw .fileTooLarge(name: path, bytes: expected, limit: maximumBytes)
        }
        var failure: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: expected) { buffer, count in
            while count < expected {
                let received = Self.retrying {
                    Foundation.read(descriptor, buffer.baseAddress?.advanced(by: count), expected - count)
                }
                if received < 0 { failure = errno }
                // A file that shrinks while it is read is noticed by the decoder, as a truncated picture.
                if received <= 0 { break }
                count += received
            }
        }
        if failure != 0 { throw .unreadable(path: path, reason: systemReason(failure)) }
        return bytes
    }

    /// Writes a file by way of a temporary file in the same folder; see ``Image/write(png:)``.
    static func write(_ bytes: [UInt8], to path: String) throws(ImagingError) {
        var status = stat()
        if stat(path, &status) == 0, let kind = kindUnlessRegular(status) {
            if kind == "a folder" {
                throw .cannotCreate(path: path, reason: "there is a folder of that name")
            }
            return try create(path, flags: O_WRONLY, bytes: bytes, reportedPath: path)
        }
        let temporary = temporaryPath(besides: path)
        try create(temporary, flags: O_WRONLY | O_CREAT | O_EXCL, bytes: bytes, reportedPath: path)
        if rename(temporary, path) != 0 {
            let error = outputError(path, code: errno)
            unlink(temporary)
            throw error
        }
    }

    private static func create(
        _ path: String, flags: Int32, bytes: [UInt8], reportedPath: String
    ) throws(ImagingError) {
        let descriptor = open(path, flags | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw outputError(reportedPath, code: errno) }
        var offset = 0
        var failure: Int32 = 0
        while offset < bytes.count, failure == 0 {
            let written = bytes.withUnsafeBytes { buffer in
                Self.retrying {
                    Foundation.write(descriptor, buffer.baseAddress?.advanced(by: offset), bytes.count - offset)
                }
            }
            if written < 0 { failure = errno } else { offset += written }
        }
        // Some file systems report a full disk only when the file is closed.
        if close(descriptor) != 0, failure == 0 { failure = errno }
        guard failure == 0 else {
            if flags & O_EXCL != 0 { unlink(path) }
            throw .writeFailed(path: reportedPath, reason: systemReason(failure))
        }
    }

    /// A name of its own in the folder of `path`; short, because the final name may be as long as the system allows.
    private static func temporaryPath(besides path: String) -> String {
        let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
        return "\(folder).png-\(getpid())-\(String(UInt64.random(in: 0 ... .max), radix: 36)).tmp"
    }

    private static func openError(_ path: String, code: Int32) -> ImagingError {
        switch code {
        case ENOENT, ENOTDIR: .missing(path: path)
        default: .unreadable(path: path, reason: systemReason(code))
        }
    }

    private static func outputError(_ path: String, code: Int32) -> ImagingError {
        switch code {
        case ENOSPC, EDQUOT, EIO: .writeFailed(path: path, reason: systemReason(code))
        default: .cannotCreate(path: path, reason: systemReason(code))
        }
    }

    private static func kindUnlessRegular(_ status: stat) -> String? {
        switch status.st_mode & S_IFMT {
        case S_IFREG: nil
        case S_IFDIR: "a folder"
        case S_IFIFO: "a pipe"
        case S_IFSOCK: "a socket"
        default: "a device"
        }
    }

    private static func retrying(_ call: () -> Int) -> Int {
        while true {
            let result = call()
            if result >= 0 || errno != EINTR { return result }
        }
    }
}
