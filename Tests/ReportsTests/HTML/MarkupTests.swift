import Foundation
import Reports
import Testing

#if canImport(FoundationXML)
    import FoundationXML
#endif

@Suite("Pages")
struct MarkupTests {
    @Test("text and attributes are escaped, so that nothing a user named becomes markup")
    func escaping() throws {
        let hostile = "<script>alert(\"1\")</script> & 'x' \u{0} \u{1B} é \u{FFFF}"
        let page = Markup("p", ["title": hostile, "class": nil]) { hostile }
        let escaped =
            "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#39;x&#39; \u{FFFD} \u{FFFD} é \u{FFFD}"
        #expect(page.html == "<p title=\"\(escaped)\">\(escaped)</p>\n")
        let reader = try PageReader(page.html)
        let read = hostile.replacing(/[\u{0}\u{1B}\u{FFFF}]/, with: "\u{FFFD}")
        #expect(reader.elements == ["p"] && reader.text == read && reader.attributes == [["title": read]])
    }

    @Test("elements that hold nothing close themselves, others have an end, as HTML wants it")
    func ends() {
        let page = Markup("div") {
            Markup("meta", ["charset": "utf-8"])
            Markup("td")
            for word in ["a", "b"] { Markup("span") { word } }
        }
        #expect(page.html == "<div><meta charset=\"utf-8\"/>\n<td></td><span>a</span><span>b</span></div>\n")
    }
}

/// Reads a page as strict XML: an element without its end or a stray & is an error.
final class PageReader: NSObject, XMLParserDelegate {
    private(set) var elements: [String] = []
    private(set) var attributes: [[String: String]] = []
    private(set) var text = ""

    struct Malformed: Error { let reason: String }

    init(_ page: String) throws {
        super.init()
        let parser = XMLParser(data: Data(page.utf8))
        parser.delegate = self
        guard parser.parse() else {
            throw Malformed(reason: "line \(parser.lineNumber): \(parser.parserError.map { "\($0)" } ?? "")")
        }
    }

    func parser(
        _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
        attributes: [String: String]
    ) {
        elements.append(name)
        if !attributes.isEmpty { self.attributes.append(attributes) }
    }

    func parser(_ parser: XMLParser, foundCharacters string: String) { text += string }

    /// The values of one attribute, in the order of their elements.
    func values(of attribute: String) -> [String] { attributes.compactMap { $0[attribute] } }
}
