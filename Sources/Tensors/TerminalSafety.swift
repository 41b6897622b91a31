extension Unicode.Scalar {
    /// Whether a terminal, or who reads lines, may take it for more than text.
    ///
    /// Control characters, also those above ASCII, of which U+009B begins a terminal's commands, and separators of lines. Messages hold
    /// none of them, whatever names a file or a user gave.
    package var isMoreThanText: Bool {
        switch properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator: true
        default: false
        }
    }
}

/// The text on one line and no longer than a terminal's: what a user gave may hold anything.
package func oneLine(_ text: String, limit: Int = 100) -> String {
    let flat = String(text.map { $0.isNewline || $0.unicodeScalars.contains(where: \.isMoreThanText) ? " " : $0 })
    // By code points, as any number of marks may stand on one letter.
    let start = flat.unicodeScalars.prefix(limit)
    return start.endIndex < flat.endIndex ? String(start) + "…" : flat
}
