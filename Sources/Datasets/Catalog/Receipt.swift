import Crypto

/// The list of checksums that is left beside files unpacked from a checked archive.
///
/// Publishers give the checksum of the archive alone. The archive is removed once unpacked, so what its files must be
/// is written down then, in the format of `sha256sum`, whose `--check` reads it too.
package struct Receipt {
    package static let fileName = "SHA256SUMS"

    /// The published file that was unpacked.
    let archive: RemoteFile
    /// SHA-256 in lower-case hexadecimal by file name.
    package let digests: [String: String]

    package init(archive: RemoteFile, digests: [String: String]) {
        self.archive = archive
        self.digests = digests
    }

    /// Reads the receipt in `folder`; nil when there is none, or one for another archive.
    package init?(folder: String, archive: RemoteFile) {
        guard let file = try? FileReader(path: folder.appending(path: Self.fileName)),
            file.byteCount <= 1 << 16,
            let bytes = try? file.readBytes(file.byteCount),
            let text = String(validating: bytes, as: UTF8.self)
        else { return nil }
        var lines = text.split(separator: "\n")
        guard lines.first.map(String.init) == Self.title(archive) else { return nil }
        lines.removeFirst()
        var digests: [String: String] = [:]
        for line in lines {
            let parts = line.split(separator: " ", omittingEmptySubsequences: true)
            guard parts.count == 2 else { return nil }
            digests[String(parts[1])] = String(parts[0])
        }
        self.init(archive: archive, digests: digests)
    }

    package func write(to folder: String) throws {
        let lines = digests.sorted { $0.key < $1.key }.map { "\($0.value)  \($0.key)\n" }
        try FileSystem.write(
            Self.title(archive) + "\n" + lines.joined(), to: folder.appending(path: Self.fileName))
    }

    private static func title(_ archive: RemoteFile) -> String {
        "# unpacked from \(archive.name), \(archive.byteCount) bytes, MD5 \(archive.md5)"
    }
}
