import Interchange
import Tensors
import Training

/// Something that a file holds, for people and for programs.
public indirect enum InformationValue: Sendable, Equatable {
    /// Words.
    case text(String)
    /// A count, an extent.
    case integer(Int)
    /// A measure; one that is not finite is null in JSON, which has no other way to write it.
    case number(Double)
    /// Yes or no.
    case flag(Bool)
    /// Several values, in one line for people.
    case list([InformationValue])
    /// Values under names, in an order.
    case record([Entry])
    /// Records with the same names.
    case table(columns: [String], rows: [[InformationValue]])

    /// A value under its name.
    public struct Entry: Sendable, Equatable {
        /// The name, as a key of JSON.
        public let name: String
        /// The value.
        public let value: InformationValue

        /// A value under its name.
        public init(_ name: String, _ value: InformationValue) { (self.name, self.value) = (name, value) }
    }

    /// Words, one for each.
    static func texts(_ texts: [String]) -> InformationValue { .list(texts.map(InformationValue.text)) }

    /// Words under names.
    static func texts(_ pairs: [(String, String)]) -> InformationValue {
        .record(pairs.map { Entry($0, .text($1)) })
    }

    /// Extents.
    static func integers(_ integers: [Int]) -> InformationValue { .list(integers.map(InformationValue.integer)) }

    /// Whether there is nothing to show.
    var isEmpty: Bool {
        switch self {
        case .text(let text): text.isEmpty
        case .list(let values): values.isEmpty
        case .record(let entries): entries.isEmpty
        case .table(_, let rows): rows.isEmpty
        case .integer, .number, .flag: false
        }
    }

    /// The value in JSON.
    public var json: String {
        switch self {
        case .text(let text): jsonString(text)
        case .integer(let integer): "\(integer)"
        case .number(let number): number.isFinite ? "\(number)" : "null"
        case .flag(let flag): "\(flag)"
        case .list(let values): "[\(values.map(\.json).joined(separator: ","))]"
        case .record(let entries):
            "{\(entries.map { "\(jsonString($0.name)):\($0.value.json)" }.joined(separator: ","))}"
        case .table(let columns, let rows):
            "[\(rows.map { InformationValue.record(zip(columns, $0).map { Entry($0, $1) }).json }.joined(separator: ","))]"
        }
    }

    /// The value in one line for people; files come from strangers, so control characters are left out and long texts cut.
    var line: String {
        switch self {
        case .text(let text): oneLine(text, limit: 200)
        case .integer(let integer): "\(integer)"
        case .number(let number): "\(number)"
        case .flag(let flag): flag ? "yes" : "no"
        case .list(let values):
            values.allSatisfy(\.isInteger) ? "[\(Self.joined(values))]" : Self.joined(values)
        case .record(let entries): entries.map { "\(oneLine($0.name)) \($0.value.line)" }.joined(separator: ", ")
        case .table(_, let rows): "\(rows.count) rows"
        }
    }

    private var isInteger: Bool { if case .integer = self { true } else { false } }

    private static func joined(_ values: [InformationValue]) -> String { values.map(\.line).joined(separator: ", ") }
}
