import CArchive
import Crypto
import Tensors

/// A file that may be in an archive.
package struct ArchiveMember: Sendable {
    package let name: String
    package let byteCounts: ClosedRange<Int>
    package let isRequired: Bool

    package init(name: String, byteCounts: ClosedRange<Int>, isRequired: Bool) {
        (self.name, self.byteCounts, self.isRequired) = (name, byteCounts, isRequired)
    }
}

/// Unpacks a gzipped tar archive of known members and of nothing else.
///
/// The checksum of the whole is checked before; this is the second lock. Names are never taken from the archive to
/// build a path: a member either equals a known name or ends the extraction, so `..`, absolute names, links, devices
/// and repetitions all fail for the same reason.
package struct ArchiveExtractor {
    /// The archive's path.
    let archive: String
    /// The folder that all members are in.
    let folderName: String
    let members: [ArchiveMember]

    /// A score are in the largest of the archives.
    static let mostEntries = 100

    /// An archive that is to hold `members` in one folder.
    package init(archive: String, folderName: String, members: [ArchiveMember]) {
        (self.archive, self.folderName, self.members) = (archive, folderName, members)
    }

    /// Writes the members into `destination`, an empty folder, and returns their SHA-256 by name.
    ///
    /// - Throws: ``FetchError``: `badArchive`, `cannotCreate`, `inputOutput`. The folder may then hold some members.
    package func extract(into destination: String) throws -> [String: String] {
        guard let reader = archive_read_new() else {
            throw FetchError.inputOutput(path: archive, reason: "out of memory")
        }
        defer { archive_read_free(reader) }
        archive_read_support_filter_gzip(reader)
        archive_read_support_format_tar(reader)
        try check(archive_read_open_filename(reader, archive, 1 << 17), reader)
        var digests: [String: String] = [:]
        var entry: OpaquePointer?
        var entryCount = 0
        while true {
            let result = archive_read_next_header(reader, &entry)
            if result == ARCHIVE_EOF { break }
            try check(result, reader)
            // The folder may stand in it any number of times, and takes next to no room when compressed.
            entryCount += 1
            guard entryCount <= Self.mostEntries else { throw problem("it has more than \(Self.mostEntries) entries") }
            guard let entry, let member = try member(for: entry) else { continue }
            guard digests[member.name] == nil else { throw problem("\(member.name) is in it twice") }
            digests[member.name] = try write(
                member, from: reader, to: destination.appending(path: member.name))
        }
        for member in members where member.isRequired && digests[member.name] == nil {
            throw problem("\(member.name) is not in it")
        }
        return digests
    }

    /// The member that an entry is, or nil for the folder itself.
    private func member(for entry: OpaquePointer) throws -> ArchiveMember? {
        guard let raw = archive_entry_pathname(entry) else { throw problem("a name in it is not text") }
        var path = String(cString: raw)
        if path.hasPrefix("./") { path.removeFirst(2) }
        guard archive_entry_hardlink(entry) == nil, archive_entry_symlink(entry) == nil else {
            throw problem("'\(path)' is a link")
        }
        if stn_archive_entry_is_directory(entry) != 0 {
            if [folderName, folderName + "/", ""].contains(path) { return nil }
            throw problem("the folder '\(path)' does not belong in it")
        }
        guard stn_archive_entry_is_regular(entry) != 0 else { throw problem("'\(path)' is not a file") }
        guard let member = members.first(where: { folderName + "/" + $0.name == path }) else {
            throw problem("'\(path)' does not belong in it")
        }
        let size = Int(archive_entry_size(entry))
        guard member.byteCounts.contains(size) else { throw problem("'\(path)' has \(size) bytes") }
        return member
    }

    private func write(_ member: ArchiveMember, from reader: OpaquePointer, to path: String) throws -> String {
        let output = try OutputFile(path: path, mode: .createNew)
        var digest = SHA256()
        var block = [UInt8](repeating: 0, count: 1 << 18)
        while true {
            let count = block.withUnsafeMutableBytes { archive_read_data(reader, $0.baseAddress, $0.count) }
            if count == 0 { break }
            guard count > 0 else { throw problem(message(of: reader)) }
            guard output.byteCount + count <= member.byteCounts.upperBound else {
                throw problem("\(member.name) is longer than it says")
            }
            try block.withUnsafeBytes {
                let bytes = UnsafeRawBufferPointer(rebasing: $0[..<count])
                digest.update(bufferPointer: bytes)
                try output.write(bytes)
            }
        }
        guard member.byteCounts.contains(output.byteCount) else {
            throw problem("\(member.name) ends after \(output.byteCount) bytes")
        }
        try output.synchronize()
        return FileSystem.hexadecimal(digest.finalize())
    }

    /// Warnings count as failures: in a known archive there is nothing to warn about.
    private func check(_ result: Int32, _ reader: OpaquePointer) throws {
        guard result == ARCHIVE_OK else { throw problem(message(of: reader)) }
    }

    private func message(of reader: OpaquePointer) -> String {
        archive_error_string(reader).map { String(cString: $0) } ?? "it is damaged"
    }

    /// Names of members come from strangers: cut, and without what a terminal takes for commands.
    private func problem(_ reason: String) -> FetchError {
        let text = reason.unicodeScalars.prefix(400).map { $0.isMoreThanText ? "?" : $0 }
        return .badArchive(file: archive, reason: String(String.UnicodeScalarView(text)))
    }
}
