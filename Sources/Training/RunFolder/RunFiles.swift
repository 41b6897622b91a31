import Foundation

/// Files that a run wrote, read back with a bound and with the line that is wrong.
enum RunFiles {
    /// A million epochs of metrics fit; more is another kind of file.
    private static let byteLimit = 1 << 28

    /// The text of a file; nil where there is none.
    ///
    /// - Throws: ``RunFolderError/damaged(path:line:reason:)``.
    static func text(_ path: String) throws(RunFolderError) -> String? {
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        let data: Data
        do {
            let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            defer { try? handle.close() }
            data = try handle.read(upToCount: byteLimit + 1) ?? Data()
        } catch {
            throw .damaged(path: path, line: nil, reason: systemReason(error))
        }
        guard data.count <= byteLimit else {
            throw .damaged(path: path, line: nil, reason: "larger than \(byteLimit) bytes")
        }
        return String(decoding: data, as: UTF8.self)
    }

    /// The lines of a file of JSON lines; none where there is no file.
    ///
    /// A last line without its end is left out when it cannot be read: a run that was killed may have left half a line.
    ///
    /// - Throws: ``RunFolderError/damaged(path:line:reason:)``.
    static func lines<Line: Decodable>(_ path: String, as type: Line.Type) throws(RunFolderError) -> [Line] {
        guard let text = try text(path) else { return [] }
        let decoder = JSONDecoder()
        var lines: [Line] = []
        let rows = text.split(separator: "\n", omittingEmptySubsequences: false)
        for (index, row) in rows.enumerated() where !row.allSatisfy(\.isWhitespace) {
            if let line = try? decoder.decode(type, from: Data(row.utf8)) {
                lines.append(line)
            } else if index + 1 < rows.count {
                throw .damaged(
                    path: path, line: index + 1,
                    reason: "not a line that a run writes: '\(oneLine(String(row), limit: 40))'")
            }
        }
        return lines
    }

    /// A file that is one JSON value; nil where there is none.
    ///
    /// - Throws: ``RunFolderError/damaged(path:line:reason:)``.
    static func value<Value: Decodable>(_ path: String, as type: Value.Type) throws(RunFolderError) -> Value? {
        guard let text = try text(path) else { return nil }
        guard let value = try? JSONDecoder().decode(type, from: Data(text.utf8)) else {
            throw .damaged(path: path, line: nil, reason: "not what a run writes there")
        }
        return value
    }
}
