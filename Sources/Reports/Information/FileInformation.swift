import Foundation
import Interchange
import Tensors
import Training

/// What a file, or a run's folder, holds: the text of `stn info`.
public struct FileInformation: Sendable, Equatable {
    /// The file's format in a word or two: "safetensors", "ONNX", "run".
    public let kind: String
    /// What is in it, in the order in which it is shown.
    public let entries: [InformationValue.Entry]

    /// Looks into the file or folder at `path`; what it is shows in its first bytes, and in its name where those say nothing.
    ///
    /// - Throws: ``FileError`` when there is nothing or it cannot be read; ``InformationError`` when it is of no known kind; what
    ///   the reader of its kind throws when it is damaged.
    public init(of path: String) throws {
        let kind = try FileKind(of: path)
        self.kind = kind.name
        entries = try kind.read(path)
    }

    /// One JSON object: `file`, `kind`, and what is in it.
    public func json(path: String) -> String {
        InformationValue.record([.init("file", .text(path)), .init("kind", .text(kind))] + entries).json
    }

    /// Lines for people: names and values, tables below their names.
    public var text: String {
        let shown = [InformationValue.Entry("kind", .text(kind))] + entries.filter { !$0.value.isEmpty }
        return Self.lines(of: shown).joined(separator: "\n") + "\n"
    }

    private static func lines(of entries: [InformationValue.Entry]) -> [String] {
        let width = entries.map { $0.name.count }.max() ?? 0
        return entries.flatMap { entry -> [String] in
            let label = oneLine(entry.name).replacing("_", with: " ")
            switch entry.value {
            case .table(let columns, let rows): return [label] + table(columns, rows).map { "  \($0)" }
            case .record(let entries): return [label] + lines(of: entries).map { "  \($0)" }
            default: return [padded(label, width) + "  \(entry.value.line)"]
            }
        }
    }

    private static func table(_ columns: [String], _ rows: [[InformationValue]]) -> [String] {
        let cells = [columns] + rows.map { $0.map(\.line) }
        let widths = columns.indices.map { column in cells.map { $0[column].count }.max() ?? 0 }
        return cells.map { row in
            let line = zip(row, widths).map { padded($0, $1) }.joined(separator: "  ")
            return String(line.reversed().drop { $0 == " " }.reversed())
        }
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }
}
