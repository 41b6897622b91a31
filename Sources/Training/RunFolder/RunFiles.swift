import Foundation
import Interchange
import Tensors

/// Files that a run wrote, read back with bounds and with the line that is wrong.
package enum RunFiles {
    /// Hundreds of thousands of epochs of metrics fit; more is another kind of file.
    static let longestFile = 1 << 26
    /// Thirty times θ of sixteen images under the richest transformation.
    static let longestLine = 1 << 22
    /// What it ran on takes some hundred bytes.
    private static let longestValue = 1 << 16

    /// Calls `body` with each line of a file; not at all where there is no file.
    ///
    /// - Throws: ``RunFolderError/damaged(path:line:reason:)``, and what `body` throws.
    private static func forEachLine(
        of path: String, longestFile: Int, _ body: (LineReader.Line) throws(RunFolderError) -> Void
    ) throws(RunFolderError) {
        var reader: LineReader
        do throws(FileError) {
            reader = try LineReader(path: path, longestFile: longestFile, longestLine: longestLine)
        } catch .missing {
            return
        } catch {
            throw damage(error, path: path)
        }
        while let line = try nextLine(of: &reader, path: path) { try body(line) }
    }

    private static func nextLine(
        of reader: inout LineReader, path: String
    ) throws(RunFolderError) -> LineReader.Line? {
        do throws(FileError) {
            return try reader.next()
        } catch {
            throw damage(error, path: path)
        }
    }

    /// The lines of a log that begin with `prefix`, without it; none where there is no log.
    ///
    /// - Throws: ``RunFolderError/damaged(path:line:reason:)``.
    static func lines(of path: String, startingWith prefix: String, limit: Int) throws(RunFolderError) -> [String] {
        var found: [String] = []
        // A log grows with every batch, so only its lines are bounded.
        try forEachLine(of: path, longestFile: .max) { line throws(RunFolderError) in
            guard found.count < limit, line.bytes.starts(with: prefix.utf8) else { return }
            found.append(String(decoding: line.bytes.dropFirst(prefix.utf8.count), as: UTF8.self))
        }
        return found
    }

    /// The lines of a file of JSON lines; none where there is no file.
    ///
    /// A last line without its end is left out when it cannot be read: a run that was killed may have left half a line.
    ///
    /// - Throws: ``RunFolderError/damaged(path:line:reason:)``, also for a line that has a key twice.
    package static func lines<Line: Decodable>(_ path: String, as type: Line.Type) throws(RunFolderError) -> [Line] {
        let decoder = JSONDecoder()
        var lines: [Line] = []
        try forEachLine(of: path, longestFile: longestFile) { line throws(RunFolderError) in
            let text = String(decoding: line.bytes, as: UTF8.self)
            if text.allSatisfy(\.isWhitespace) { return }
            let flaw = JSONText.flaw(in: line.bytes)
            if flaw == nil, let value = try? decoder.decode(type, from: Data(line.bytes)) {
                lines.append(value)
            } else if line.isEnded {
                let reason = flaw.map { " (\($0))" } ?? ""
                throw .damaged(
                    path: path, line: line.number,
                    reason: "not a line that a run writes\(reason): '\(oneLine(text, limit: 40))'")
            }
        }
        return lines
    }

    /// A file that is one JSON value; nil where there is none.
    ///
    /// - Throws: ``RunFolderError/damaged(path:line:reason:)``.
    package static func value<Value: Decodable>(_ path: String, as type: Value.Type) throws(RunFolderError) -> Value? {
        let bytes: [UInt8]
        do throws(FileError) {
            let file = try InputFile(path: path, limit: longestValue)
            bytes = try file.read(file.byteCount)
        } catch .missing {
            return nil
        } catch {
            throw damage(error, path: path)
        }
        guard JSONText.flaw(in: bytes) == nil, let value = try? JSONDecoder().decode(type, from: Data(bytes)) else {
            throw .damaged(path: path, line: nil, reason: "not what a run writes there")
        }
        return value
    }

    private static func damage(_ error: FileError, path: String) -> RunFolderError {
        switch error {
        case .lineTooLong(_, let line, let limit):
            .damaged(path: path, line: line, reason: "longer than \(limit) bytes, so not a line that a run writes")
        case .tooLarge(_, let byteCount, let limit):
            .damaged(path: path, line: nil, reason: "takes \(byteCount) bytes, more than the \(limit) that are read")
        case .unreadable(_, let reason): .damaged(path: path, line: nil, reason: reason)
        default: .damaged(path: path, line: nil, reason: "not a file")
        }
    }
}
