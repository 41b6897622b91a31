import Tensors

/// A JSON value as it stands in a file: objects keep their order, and no key occurs twice.
enum StrictJSONValue: Sendable {
    case null
    case boolean(Bool)
    /// A number written without fraction or exponent that fits in `Int`; "-0" is not one.
    case integer(Int)
    /// Any other number; headers have no use for its value.
    case otherNumber
    case string(String)
    case array([StrictJSONValue])
    case object([(key: String, value: StrictJSONValue)])
}

/// Where and why a text is not JSON.
struct StrictJSONProblem: Error, Equatable {
    let offset: Int
    let reason: String
}

/// Whether bytes are JSON, for files whose values Foundation decodes, which keeps one of two equal keys without a word.
package enum JSONText {
    /// What is wrong with `bytes` as one JSON value, in a few words; nil for one without repeated keys or deep nesting.
    package static func flaw(in bytes: [UInt8]) -> String? {
        do {
            _ = try StrictJSONParser.parse(bytes)
            return nil
        } catch {
            return "\(error.reason) at byte \(error.offset)"
        }
    }
}

/// Reads JSON from untrusted bytes (RFC 8259) in one pass.
///
/// Foundation's parser is not used because it keeps one of two equal keys without a word, and a header with two entries
/// for one tensor means different things to different readers.
struct StrictJSONParser {
    /// Deeper nesting is refused, so that recursion cannot exhaust the stack.
    ///
    /// A safetensors header needs 3 levels.
    static let maximumDepth = 16

    private let bytes: [UInt8]
    private var position = 0

    private init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// The one value that `bytes` hold, surrounded by nothing but white space.
    static func parse(_ bytes: [UInt8]) throws(StrictJSONProblem) -> StrictJSONValue {
        var parser = StrictJSONParser(bytes)
        let value = try parser.value(depth: 0)
        parser.skipSpace()
        if parser.position < bytes.count { throw parser.problem("something follows the JSON value") }
        return value
    }

    private func problem(_ reason: String) -> StrictJSONProblem {
        StrictJSONProblem(offset: position, reason: reason)
    }

    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func skipSpace() {
        while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
    }

    /// Steps over `byte` when it is the next one.
    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard let byte = next, UInt32(byte) == character.value else { return false }
        position += 1
        return true
    }

    private mutating func expect(_ character: Unicode.Scalar) throws(StrictJSONProblem) {
        if !take(character) { throw problem("expected '\(character)'") }
    }

    private mutating func value(depth: Int) throws(StrictJSONProblem) -> StrictJSONValue {
        if depth > Self.maximumDepth { throw problem("nested deeper than \(Self.maximumDepth) levels") }
        skipSpace()
        guard let byte = next else { throw problem("the text ends where a value is expected") }
        switch Unicode.Scalar(byte) {
        case "{": return .object(try object(depth: depth))
        case "[": return .array(try array(depth: depth))
        case "\"": return .string(try string())
        case "t": return try word("true", .boolean(true))
        case "f": return try word("false", .boolean(false))
        case "n": return try word("null", .null)
        default: return try number()
        }
    }

    private mutating func word(
        _ word: StaticString, _ value: StrictJSONValue
    ) throws(StrictJSONProblem) -> StrictJSONValue {
        for character in "\(word)".unicodeScalars { try expect(character) }
        return value
    }

    private mutating func object(
        depth: Int
    ) throws(StrictJSONProblem) -> [(key: String, value: StrictJSONValue)] {
        var members: [(key: String, value: StrictJSONValue)] = []
        var keys: Set<String> = []
        try expect("{")
        skipSpace()
        if take("}") { return members }
        while true {
            skipSpace()
            let start = position
            let key = try string()
            // Swift compares strings by canonical equivalence, so "é" in one and in two code points count as equal:
            // look-ups by name could not tell them apart either.
            if !keys.insert(key).inserted {
                throw StrictJSONProblem(offset: start, reason: "the key \(quoted(key)) occurs twice")
            }
            skipSpace()
            try expect(":")
            members.append((key, try value(depth: depth + 1)))
            skipSpace()
            if take("}") { return members }
            try expect(",")
        }
    }

    private mutating func array(depth: Int) throws(StrictJSONProblem) -> [StrictJSONValue] {
        var elements: [StrictJSONValue] = []
        try expect("[")
        skipSpace()
        if take("]") { return elements }
        while true {
            elements.append(try value(depth: depth + 1))
            skipSpace()
            if take("]") { return elements }
            try expect(",")
        }
    }

    private mutating func number() throws(StrictJSONProblem) -> StrictJSONValue {
        let start = position
        let isNegative = take("-")
        let integer = try digits(allowLeadingZero: false)
        var isWhole = true
        if take(".") {
            isWhole = false
            _ = try digits(allowLeadingZero: true)
        }
        if take("e") || take("E") {
            isWhole = false
            if !take("+") { _ = take("-") }
            _ = try digits(allowLeadingZero: true)
        }
        guard isWhole, let magnitude = Int(integer), !(isNegative && magnitude == 0) else {
            // Other readers refuse what no double holds; what is a file to one must not be none to another.
            guard Double(String(decoding: bytes[start..<position], as: UTF8.self))?.isFinite == true else {
                throw StrictJSONProblem(offset: start, reason: "a number beyond all that is computed with")
            }
            return .otherNumber
        }
        return .integer(isNegative ? -magnitude : magnitude)
    }

    private mutating func digits(allowLeadingZero: Bool) throws(StrictJSONProblem) -> String {
        let start = position
        while let byte = next, byte >= 0x30 && byte <= 0x39 { position += 1 }
        if position == start { throw problem("expected a value or a digit") }
        if !allowLeadingZero && position - start > 1 && bytes[start] == 0x30 {
            throw StrictJSONProblem(offset: start, reason: "a number starts with 0")
        }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    private mutating func string() throws(StrictJSONProblem) -> String {
        let start = position
        try expect("\"")
        var content: [UInt8] = []
        while let byte = next {
            position += 1
            switch byte {
            case 0x22:
                guard let text = String(validating: content, as: UTF8.self) else {
                    throw StrictJSONProblem(offset: start, reason: "a string is not valid UTF-8")
                }
                return text
            case 0x5C: content.append(contentsOf: try escape())
            case 0..<0x20:
                position -= 1
                throw problem("a control character in a string")
            default: content.append(byte)
            }
        }
        throw problem("a string has no end")
    }

    /// The UTF-8 bytes of the escape sequence whose backslash has just been read.
    private mutating func escape() throws(StrictJSONProblem) -> [UInt8] {
        guard let byte = next else { throw problem("the text ends in an escape sequence") }
        position += 1
        switch Unicode.Scalar(byte) {
        case "\"", "\\", "/": return [byte]
        case "b": return [0x08]
        case "f": return [0x0C]
        case "n": return [0x0A]
        case "r": return [0x0D]
        case "t": return [0x09]
        case "u": return try unicodeEscape()
        default:
            position -= 1
            throw problem("an unknown escape sequence")
        }
    }

    private mutating func unicodeEscape() throws(StrictJSONProblem) -> [UInt8] {
        var units = [try hexadecimalUnit()]
        if UTF16.isLeadSurrogate(units[0]) {
            guard take("\\"), take("u") else { throw problem("half of a surrogate pair") }
            units.append(try hexadecimalUnit())
        }
        guard let text = String(validating: units, as: UTF16.self) else {
            throw problem("half of a surrogate pair")
        }
        return Array(text.utf8)
    }

    private mutating func hexadecimalUnit() throws(StrictJSONProblem) -> UInt16 {
        var unit: UInt16 = 0
        for _ in 0..<4 {
            guard let byte = next, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                throw problem("expected a hexadecimal digit")
            }
            position += 1
            unit = unit << 4 | UInt16(digit)
        }
        return unit
    }
}

/// A name out of an untrusted file, fit for one line of a terminal: quoted, control characters escaped, cut at 80.
///
/// Cut by code points, as any number of marks may stand on one letter.
func quoted(_ text: String) -> String {
    let start = text.unicodeScalars.prefix(80)
    // Swift's own form leaves the control characters above ASCII.
    let escaped = String(start).debugDescription.unicodeScalars.map { scalar in
        scalar.isMoreThanText ? "\\u{\(String(scalar.value, radix: 16, uppercase: true))}" : String(scalar)
    }
    return escaped.joined() + (start.endIndex == text.endIndex ? "" : "…")
}
