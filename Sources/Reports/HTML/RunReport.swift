import Datasets
import Training

/// A page about one run, or several: what was trained, how it went, what the transformer does, and where it fails.
package struct RunReport {
    /// The runs; everything but the curves is about the first.
    package let runs: [RunRecord]
    /// What was computed with weights and data; nil where they are missing.
    package let figures: RunFigures?
    /// One sentence: what is left out and how to have it; nil where nothing is.
    var omission: String?
    /// Where the animation is a file of its own.
    var animationPath = ""

    /// A report; see its properties.
    package init(runs: [RunRecord], figures: RunFigures?, omission: String? = nil, animationPath: String = "") {
        precondition(!runs.isEmpty, "a report on no run")
        (self.runs, self.figures, self.omission, self.animationPath) = (runs, figures, omission, animationPath)
    }

    /// The page as a file that needs nothing else.
    ///
    /// - Throws: ``ImagingError`` when a picture cannot be encoded.
    package func html() throws -> String { "<!DOCTYPE html>\n" + (try page()).html }

    /// The parts in their order; those about a transformer are left out where there is none.
    ///
    /// - Throws: ``ImagingError`` when a picture cannot be encoded.
    package func sections() throws -> [ReportSection] {
        let first = runs[0]
        var sections: [ReportSection?] = [runs.count > 1 ? .comparison(runs) : nil, .setup(first), .curves(runs)]
        if let figures {
            sections.append(try .samples(figures))
            if figures.transformer != nil {
                sections.append(try .evolution(first, figures, animationPath: animationPath))
            }
            sections += [.distributions(figures), .sweeps(figures.sweeps)]
        }
        sections.append(.health(first))
        if let figures { sections += [.confusion(figures.confusion), try .mistakes(figures)] }
        return sections.compactMap(\.self)
    }

    private func page() throws -> Markup {
        let first = runs[0]
        let words = RunWords(record: first)
        let sections = try sections()
        return Markup("html", ["lang": "en"]) {
            Markup("head") {
                Markup("meta", ["charset": "utf-8"])
                // The page says itself that it loads nothing and runs nothing.
                Markup(
                    "meta",
                    [
                        "http-equiv": "Content-Security-Policy",
                        "content": "default-src 'none'; img-src data:; style-src 'unsafe-inline'",
                    ])
                Markup("meta", ["name": "viewport", "content": "width=device-width, initial-scale=1"])
                Markup("title") { "\(first.name) – stn report" }
                Markup.stylesheet
            }
            Markup("body") {
                Markup("header") {
                    Markup("h1") { runs.map(\.name).joined(separator: " · ") }
                    for sentence in words.sentences(figures) { Markup("p", ["class": "lead"]) { sentence } }
                    words.tiles(figures)
                    omission.map { Markup.missing($0) }
                    Markup("nav", ["aria-label": "Contents"]) { Markup("ul") { sections.map(\.link) } }
                }
                Markup("main") { sections.map(\.markup) }
                Markup("footer") {
                    "Written by stn \(ProductVersion.current) from \(runs.map(\.path).joined(separator: ", "))."
                }
            }
        }
    }
}
