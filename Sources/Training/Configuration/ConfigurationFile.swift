import Foundation
import Interchange
import Tensors
import Yams

/// Reads and writes the settings of a run as a flat YAML mapping.
public enum ConfigurationFile {
    /// A configuration is a score of short lines; more is another kind of file.
    static let byteLimit = 64 * 1024

    /// A list of aliases to lists of aliases stands for gigabytes after ten levels; so few aliases stand for a few lines.
    static let aliasLimit = 8

    /// For files that are no configuration at all, so that no line of them can be named.
    private static let cure = "write a new one with: stn train DATASET --print-config"

    /// The settings in the file at `path`, each with its line.
    ///
    /// - Throws: ``ConfigurationError`` for a missing file, bad YAML, and unknown or duplicate keys; values are checked
    ///   when they are resolved.
    public static func read(_ path: String) throws(ConfigurationError) -> SettingValues {
        try parse(try contents(of: path), path: path)
    }

    /// The settings in a file that is in memory; `path` is for messages.
    package static func parse(_ bytes: [UInt8], path: String) throws(ConfigurationError) -> SettingValues {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw .malformed(path: path, line: nil, problem: "not UTF-8 text, so not a configuration; \(cure)")
        }
        return try parse(text, path: path)
    }

    /// The settings in YAML text; `path` is for messages.
    public static func parse(_ text: String, path: String) throws(ConfigurationError) -> SettingValues {
        // Anchors and nesting have no place in a flat file, and refusing them here keeps the parser's recursion short.
        let root = try compose(text, path: path)
        guard let root else { return SettingValues() }
        guard let mapping = root.mapping else {
            throw .malformed(
                path: path, line: root.mark?.line,
                problem: "expected lines of the form 'key: value', such as 'epochs: 5'")
        }
        var values = SettingValues()
        for (key, value) in mapping {
            guard let line = key.mark?.line else { preconditionFailure("what was parsed has a place") }
            guard let name = key.scalar?.string else {
                throw .malformed(path: path, line: line, problem: "expected 'key: value', found a nested key")
            }
            guard let setting = Setting(rawValue: name) else {
                let names = Setting.allCases.map(\.rawValue)
                throw .unknownKey(
                    name, suggestion: Suggestion.nearest(to: name, among: names), path: path, line: line)
            }
            // Yams compares keys with their tags, so `epochs` beside `"epochs"` comes through as two.
            if values[setting] != nil { throw .duplicateKey(name, path: path, line: line) }
            guard let scalar = value.scalar else {
                throw .malformed(
                    path: path, line: line, problem: "\(name) takes one value, not a list or a mapping")
            }
            values.set(setting, scalar.string, origin: .file(path: path, line: line))
        }
        return values
    }

    /// The configuration as YAML, one setting a line, every one that applies.
    public static func text(of configuration: RunConfiguration) throws -> String {
        let pairs = configuration.entries.map { entry in
            // In double quotes everything has its escape, so that no name of a folder takes two lines or looks like structure.
            let style: Node.Scalar.Style = entry.text.allSatisfy(isPlain) ? .any : .doubleQuoted
            return (Node(entry.setting.rawValue), Node(entry.text, .implicit, style))
        }
        return try Yams.serialize(node: Node(pairs), width: -1, allowUnicode: true)
    }

    private static func isPlain(_ character: Character) -> Bool {
        character.isASCII && (character.isLetter || character.isNumber || "./_-".contains(character))
    }

    private static func contents(of path: String) throws(ConfigurationError) -> [UInt8] {
        do throws(FileError) {
            let file = try InputFile(path: path, limit: byteLimit)
            return try file.read(file.byteCount)
        } catch {
            throw refusal(error, path: path)
        }
    }

    private static func refusal(_ error: FileError, path: String) -> ConfigurationError {
        switch error {
        case .missing: .unreadable(path: path, reason: systemReason(ENOENT))
        case .unreadable(_, let reason): .unreadable(path: path, reason: reason)
        case .tooLarge:
            .malformed(
                path: path, line: nil, problem: "larger than \(byteLimit) bytes, so not a configuration; \(cure)")
        // A pipe without a writer would be waited for without end.
        default: .malformed(path: path, line: nil, problem: "not a regular file, so not a configuration; \(cure)")
        }
    }

    /// The lines of the text from the first on that is not a setting as ``text(of:)`` writes it.
    ///
    /// Each before them begins and ends by itself, so brackets and asterisks in its quotes are text. Behind a line that may leave a
    /// quote or a bracket open nothing is known of the next, whatever it looks like.
    private static func doubtfulLines(of text: String) -> ArraySlice<Substring> {
        // By code points, as the parser looks at it: marks may stand on a quote.
        let setting = /[a-z-]+: (?:[A-Za-z0-9.\/_-]*|"(?:[^"\\]|\\.)*")/.matchingSemantics(.unicodeScalar)
        let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        return lines.drop { $0.wholeMatch(of: setting) != nil }
    }

    /// At least as many aliases as the lines have: asterisks before a name, but in lines that are comments.
    ///
    /// Byte by byte, as the parser looks at a line: what Swift also takes for white space does not make a comment of what follows.
    private static func aliasCount(in lines: ArraySlice<Substring>) -> Int {
        let others = lines.map(\.utf8).filter { line in
            line.first { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\t") } != UInt8(ascii: "#")
        }
        return others.reduce(0) { count, line in
            count + zip(line, line.dropFirst()).count { $0 == UInt8(ascii: "*") && isOfName($1) }
        }
    }

    private static func isOfName(_ byte: UInt8) -> Bool {
        let scalar = UnicodeScalar(byte)
        return scalar == "_" || scalar == "-" || scalar.properties.isAlphabetic || scalar.properties.numericType != nil
    }

    private static func compose(_ text: String, path: String) throws(ConfigurationError) -> Node? {
        let lines = doubtfulLines(of: text)
        if let line = lineOfDeepNesting(in: lines) {
            throw .malformed(
                path: path, line: line, problem: "nested lists or mappings; a configuration is flat")
        }
        guard aliasCount(in: lines) <= aliasLimit else {
            throw .malformed(
                path: path, line: nil, problem: "more than \(aliasLimit) aliases (*name); a configuration needs none")
        }
        do {
            // The encoding is of no matter for a string, but left out it is looked for in the environment.
            return try Yams.compose(yaml: text, .default, .default, .utf8)
        } catch {
            throw translated(error, text: text, path: path)
        }
    }

    /// The first line with more brackets or block indicators than any flat file has: parsing recurses once a level.
    private static func lineOfDeepNesting(in lines: ArraySlice<Substring>) -> Int? {
        var openings = 0
        let deep = lines.firstIndex { line in
            openings += line.utf8.count { $0 == UInt8(ascii: "[") || $0 == UInt8(ascii: "{") }
            return openings > 64 || line.prefix { " -?\t".contains($0) }.count > 64
        }
        return deep.map { $0 + 1 }
    }

    private static func translated(_ error: any Error, text: String, path: String) -> ConfigurationError {
        switch error {
        case YamlError.duplicatedKeysInMapping(let duplicates, let context):
            // One of them is enough to mend, and the next is found then.
            let key = duplicates.prefix(1).joined()
            return .duplicateKey(key, path: path, line: lineOfSecond(key, in: text) ?? context.mark.line)
        case YamlError.scanner(_, let problem, let mark, _), YamlError.parser(_, let problem, let mark, _),
            YamlError.composer(_, let problem, let mark, _):
            return .malformed(path: path, line: mark.line, problem: "not valid YAML: \(problem)")
        case YamlError.reader(let problem, let offset, _, _):
            let line = offset.map { text.prefix($0).count(where: \.isNewline) + 1 }
            return .malformed(path: path, line: line, problem: "not valid YAML: \(problem)")
        default: preconditionFailure("Yams has no other errors for a string, but: \(error)")
        }
    }

    /// Yams says where the mapping begins, not where the key stands again.
    private static func lineOfSecond(_ key: String, in text: String) -> Int? {
        let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        let places = lines.indices.filter { index in
            let bare = lines[index].drop { " \"'".contains($0) }
            return bare.hasPrefix(key)
                && bare.dropFirst(key.count).drop { " \"'".contains($0) }.hasPrefix(":")
        }
        return places.count > 1 ? places[1] + 1 : nil
    }
}
