/// A part of the report under a heading of its own.
package struct ReportSection {
    /// Its address within the page.
    package let id: String
    let title: String
    let body: [Markup]

    init(_ id: String, _ title: String, @MarkupBuilder body: () throws -> [Markup]) rethrows {
        self.id = id
        self.title = title
        self.body = try body()
    }

    var markup: Markup {
        Markup("section", ["id": id]) {
            Markup("h2") { title }
            body
        }
    }

    var link: Markup {
        Markup("li") { Markup("a", ["href": "#\(id)"]) { title } }
    }
}

extension Markup {
    static func paragraph(_ text: String) -> Markup { Markup("p") { text } }

    /// A remark of less weight.
    static func note(_ text: String) -> Markup { Markup("p", ["class": "note"]) { text } }

    /// What the report cannot show, and how it comes there.
    static func missing(_ text: String) -> Markup { Markup("p", ["class": "missing"]) { text } }

    /// A table that scrolls by itself where the page is too narrow for it; the first column names the row.
    static func table(head: [String], rows: [[String]]) -> Markup {
        Markup("div", ["class": "wide"]) {
            Markup("table") {
                Markup("thead") {
                    Markup("tr") { for cell in head { Markup("th", ["scope": "col"]) { cell } } }
                }
                Markup("tbody") {
                    for row in rows {
                        Markup("tr") {
                            Markup("th", ["scope": "row"]) { row[0] }
                            for cell in row.dropFirst() { Markup("td") { cell } }
                        }
                    }
                }
            }
        }
    }
}
