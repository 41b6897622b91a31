import Crypto
import Foundation

/// Takes a published file from a local copy instead of the network, with the same demands.
struct LocalCopy {
    let file: RemoteFile
    /// The file, or the folder it is in.
    let archive: String
    /// Whether the archive may be the file itself: it cannot when the data set has several.
    let isOnlyFile: Bool

    /// Where the file is, as long as it must be.
    func locate() throws -> String {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: archive, isDirectory: &isFolder) else {
            throw FetchError.archiveMissing(path: archive)
        }
        let path = isFolder.boolValue || !isOnlyFile ? archive.appending(path: file.name) : archive
        guard let size = FileSystem.size(path) else { throw FetchError.archiveMissing(path: path) }
        guard size == file.byteCount else {
            throw wrongContents(path, "it has \(size) bytes, not \(file.byteCount)")
        }
        return path
    }

    /// Copies the file into a part, which is removed again unless its contents are right.
    func copy(into part: PartFile) throws {
        do {
            let path = try locate()
            try part.clear()
            try copy(FileReader(path: path), into: part)
            try part.synchronize()
            let md5 = try FileSystem.digest(of: part.path, using: Insecure.MD5.self)
            guard md5 == file.md5 else { throw wrongContents(path, "its MD5 is \(md5), not \(file.md5)") }
        } catch {
            try part.remove()
            throw error
        }
    }

    private func copy(_ source: FileReader, into part: PartFile) throws {
        var block = Data(count: 1 << 18)
        while part.byteCount < file.byteCount {
            let count = try block.withUnsafeMutableBytes { try source.read(into: $0) }
            if count == 0 { break }
            try part.append(block.prefix(count))
        }
    }

    private func wrongContents(_ path: String, _ reason: String) -> FetchError {
        .wrongContents(file: file.name, origin: path, reason: reason)
    }
}
