extension Markup {
    /// The page as text.
    ///
    /// - Complexity: linear in its length.
    package var html: String {
        var text = ""
        write(to: &text)
        return text
    }

    private func write(to text: inout String) {
        switch self {
        case .text(let words): text += Self.escaped(words)
        case .element(let name, let attributes, let content):
            text += "<\(name)"
            for (key, value) in attributes { text += " \(key)=\"\(Self.escaped(value))\"" }
            if Self.voidElements.contains(name) {
                precondition(content.isEmpty, "\(name) holds nothing")
                text += "/>"
            } else {
                text += ">"
                if name == "style" {
                    Self.writeStyle(content, to: &text)
                } else {
                    for piece in content { piece.write(to: &text) }
                }
                text += "</\(name)>"
            }
            if Self.endsLine.contains(name) { text += "\n" }
        }
    }

    /// Browsers read a style sheet as it stands, XML readers unescape it: it must mean the same to both.
    private static func writeStyle(_ content: [Markup], to text: inout String) {
        for case .text(let rules) in content {
            precondition(!rules.contains { "<&".contains($0) }, "a style sheet with < or &")
            text += rules
        }
    }

    /// Text in which nothing is markup; what XML cannot hold becomes �.
    static func escaped(_ text: String) -> String {
        var result = ""
        result.reserveCapacity(text.utf8.count)
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            case "\t", "\n": result.unicodeScalars.append(scalar)
            case "\u{0}"..<" ", "\u{7F}"..<"\u{A0}", "\u{FFFE}", "\u{FFFF}": result += "\u{FFFD}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// Elements that hold nothing and have no end; in HTML all others need theirs.
    private static let voidElements: Set<String> = ["br", "hr", "img", "link", "meta", "source"]

    /// Elements behind which a new line changes nothing one sees.
    private static let endsLine: Set<String> = [
        "head", "meta", "title", "style", "header", "nav", "main", "section", "h1", "h2", "h3", "p", "ul", "li", "dl",
        "figure",
        "svg", "table", "tr", "thead", "tbody", "div", "details", "footer", "body", "html",
    ]
}
