import CArchive
import Foundation

/// Builds gzipped tar archives in memory, hostile ones included.
enum TarArchive {
    enum Entry {
        case file(String, [UInt8])
        case folder(String)
        case symbolicLink(String, to: String)
        case hardLink(String, to: String)
        case device(String)
    }

    // File types as tar has them: the macros of libarchive carry casts that Swift does not import, and those of the
    // system are ambiguous beside them.
    private static let regularType: UInt32 = 0o100000
    private static let folderType: UInt32 = 0o040000
    private static let linkType: UInt32 = 0o120000
    private static let deviceType: UInt32 = 0o020000

    struct Failure: Error { let message: String }

    static func make(_ entries: [Entry]) throws -> [UInt8] {
        guard let writer = archive_write_new() else { throw Failure(message: "archive_write_new") }
        defer { archive_write_free(writer) }
        archive_write_add_filter_gzip(writer)
        archive_write_set_format_pax_restricted(writer)
        let path = NSTemporaryDirectory() + "/datasets-tests-" + UUID().uuidString + ".tar.gz"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try check(archive_write_open_filename(writer, path), writer)
        for entry in entries { try add(entry, to: writer) }
        try check(archive_write_close(writer), writer)
        return try readBytes(path)
    }

    private static func add(_ entry: Entry, to writer: OpaquePointer) throws {
        guard let header = archive_entry_new() else { throw Failure(message: "archive_entry_new") }
        defer { archive_entry_free(header) }
        archive_entry_set_perm(header, 0o644)
        archive_entry_set_size(header, 0)
        var contents: [UInt8] = []
        switch entry {
        case .file(let name, let bytes):
            archive_entry_set_pathname(header, name)
            archive_entry_set_filetype(header, regularType)
            archive_entry_set_size(header, Int64(bytes.count))
            contents = bytes
        case .folder(let name):
            archive_entry_set_pathname(header, name)
            archive_entry_set_filetype(header, folderType)
        case .symbolicLink(let name, let target):
            archive_entry_set_pathname(header, name)
            archive_entry_set_filetype(header, linkType)
            archive_entry_set_symlink(header, target)
        case .hardLink(let name, let target):
            archive_entry_set_pathname(header, name)
            archive_entry_set_filetype(header, regularType)
            archive_entry_set_hardlink(header, target)
        case .device(let name):
            archive_entry_set_pathname(header, name)
            archive_entry_set_filetype(header, deviceType)
        }
        try check(archive_write_header(writer, header), writer)
        let written = contents.withUnsafeBytes { archive_write_data(writer, $0.baseAddress, $0.count) }
        guard written == contents.count else { throw Failure(message: "archive_write_data \(written)") }
    }

    private static func check(_ result: Int32, _ writer: OpaquePointer) throws {
        guard result == ARCHIVE_OK else {
            throw Failure(message: archive_error_string(writer).map { String(cString: $0) } ?? "\(result)")
        }
    }
}
