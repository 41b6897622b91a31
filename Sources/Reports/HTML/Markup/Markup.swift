/// A piece of a page: text, or an element with attributes and what is in it.
///
/// Text and the values of attributes are escaped when the page is written, and there is no way around: nothing that a user
/// named (a class, a path) can become markup. What is written is HTML and well-formed XML at once.
package indirect enum Markup: Sendable {
    /// Text as people read it.
    case text(String)
    /// An element; made by ``init(_:_:_:)``.
    case element(name: String, attributes: [(name: String, value: String)], content: [Markup])

    /// An element.
    ///
    /// - Parameters:
    ///   - name: As in HTML, in lower case.
    ///   - attributes: In their order; one without a value is left out.
    ///   - content: What is in it, text or elements.
    /// - Precondition: names are letters, digits and hyphens; `script` is none of ours.
    package init(
        _ name: String, _ attributes: KeyValuePairs<String, String?> = [:],
        @MarkupBuilder _ content: () -> [Markup] = { [] }
    ) {
        precondition(
            ([name] + attributes.map(\.key)).allSatisfy(Self.isName) && name != "script", "'\(name)' is no element")
        self = .element(
            name: name, attributes: attributes.compactMap { key, value in value.map { (key, $0) } },
            content: content())
    }

    private static func isName(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { "-:".utf8.contains($0) || Character(UnicodeScalar($0)).isNameLetter }
    }
}

extension Character {
    fileprivate var isNameLetter: Bool { isASCII && (isLetter || isNumber) }
}

/// Lists the pieces of a page in code: strings are text.
@resultBuilder
package enum MarkupBuilder {
    package static func buildExpression(_ text: String) -> [Markup] { [.text(text)] }
    package static func buildExpression(_ piece: Markup) -> [Markup] { [piece] }
    package static func buildExpression(_ piece: Markup?) -> [Markup] { piece.map { [$0] } ?? [] }
    package static func buildExpression(_ pieces: [Markup]) -> [Markup] { pieces }
    package static func buildBlock(_ parts: [Markup]...) -> [Markup] { parts.flatMap(\.self) }
    package static func buildOptional(_ part: [Markup]?) -> [Markup] { part ?? [] }
    package static func buildEither(first part: [Markup]) -> [Markup] { part }
    package static func buildEither(second part: [Markup]) -> [Markup] { part }
    package static func buildArray(_ parts: [[Markup]]) -> [Markup] { parts.flatMap(\.self) }
}
