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
