/// A line such as `model  affine · 1,585,008 parameters`, broken between its parts where a terminal is too narrow for it.
package enum LabeledLine {
    private static let labelWidth = 7

    /// The label and the parts behind it, with a line break at the end.
    ///
    /// A part that is wider than the terminal stays whole: paths are there to be copied.
    package static func text(_ label: String, _ parts: [String], separator: String = " · ", columns: Int) -> String {
        let indent = String(repeating: " ", count: labelWidth)
        var line = label + indent.dropFirst(label.count)
        var lines: [String] = []
        var isEmpty = true
        for part in parts {
            let addition = isEmpty ? part : separator + part
            if !isEmpty, line.count + addition.count >= columns {
                lines.append(line)
                line = indent + part
            } else {
                line += addition
            }
            isEmpty = false
        }
        return (lines + [line]).map { $0 + "\n" }.joined()
    }
}
