import Foundation

/// The beginning of a download, kept so that a later attempt can go on where an earlier one stopped.
///
/// It is never trusted: only the checksum of the whole decides. Beside it stands what the server called the version it
/// belongs to, so that a server that has another one by then starts over.
final class PartFile {
    let path: String
    private let output: OutputFile
    private var versionPath: String { path + ".version" }

    /// Opens or creates the part of a file that is to become `path` without its `.part`.
    init(path: String) throws {
        self.path = path
        output = try OutputFile(path: path, mode: .appendOrCreate)
    }

    var byteCount: Int { output.byteCount }

    func append(_ data: Data) throws {
        try data.withUnsafeBytes { try output.write($0) }
    }

    func synchronize() throws { try output.synchronize() }

    /// Starts over from nothing.
    func clear() throws {
        try output.truncate()
        try FileSystem.remove(versionPath)
    }

    /// Removes everything but what has become of the part itself.
    func removeVersion() throws { try FileSystem.remove(versionPath) }

    /// Removes the part and its version.
    func remove() throws {
        try FileSystem.remove(path)
        try removeVersion()
    }

    /// The validator for `If-Range`, when what is there came from `url`.
    func version(for url: URL) -> String? {
        guard let file = try? FileReader(path: versionPath), file.byteCount <= 4096,
            let bytes = try? file.readBytes(file.byteCount),
            let text = String(validating: bytes, as: UTF8.self)
        else { return nil }
        let lines = text.split(separator: "\n")
        return lines.count == 2 && lines[0] == url.absoluteString ? String(lines[1]) : nil
    }

    /// Notes which version of `url` is being written.
    ///
    /// A weak validator says nothing about bytes, so it is not kept.
    func setVersion(_ headers: [String: String], url: URL) throws {
        let strong = headers["etag"].flatMap { $0.hasPrefix("W/") ? nil : $0 }
        guard let validator = strong ?? headers["last-modified"] else { return try removeVersion() }
        try FileSystem.write("\(url.absoluteString)\n\(validator)\n", to: versionPath)
    }
}
