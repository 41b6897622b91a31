import Imaging
import Training

extension ReportSection {
    /// The images that the network is most wrong about, with what it said.
    ///
    /// - Throws: ``ImagingError``.
    static func mistakes(_ figures: RunFigures) throws -> ReportSection {
        let mistakes = figures.mistakes
        return try ReportSection("mistakes", "Mistakes") {
            if mistakes.count == 0 {
                Markup.paragraph("There is none among the test images.")
            } else {
                Markup.paragraph(
                    "Of \(Words.count(mistakes.count, "mistake")) in all. The left picture is the image"
                        + (figures.transformer == nil ? "." : ", the right one what the transformer makes of it."))
                Markup("h3") { "Worst: the right class thought least likely" }
                try cards(mistakes.worst, figures)
                Markup("h3") { "Most confident: surest of a wrong class" }
                try cards(mistakes.mostConfident, figures)
            }
        }
    }

    private static func cards(_ images: [Int], _ figures: RunFigures) throws -> Markup {
        let cards = try images.map { try card($0, figures) }
        return Markup("div", ["class": "cards"]) { cards }
    }

    private static func card(_ image: Int, _ figures: RunFigures) throws -> Markup {
        let (names, predictions) = (figures.dataset.classNames, figures.predictions)
        let (right, said) = (Int(predictions.labels[image]), predictions.said[image])
        func likelihood(_ label: Int) -> String {
            let share = predictions.probability(of: label, in: image)
            return share < 0.001 ? "below 0.1%" : Words.percent(share)
        }
        let original = try Markup.picture(
            figures.dataset.test.picture(image), describedAs: "test image \(image), \(names[right])", width: 96)
        let seen = try figures.seen[image].map {
            try Markup.picture($0.after, describedAs: "as the classifier sees it", width: 96)
        }
        return Markup("div", ["class": "card"]) {
            Markup("div", ["class": "pair"]) {
                original
                seen
            }
            Markup("p") {
                "said "
                Markup("strong") { names[said] }
                ", \(likelihood(said))"
            }
            Markup("p") {
                "is "
                Markup("strong") { names[right] }
                ", \(likelihood(right)); loss \(Words.number(predictions.loss(image), decimals: 2))"
            }
            Markup("p", ["class": "muted"]) {
                "test image \(Words.grouped(image))" + (figures.seen[image].map { "; reads \($0.meaning)" } ?? "")
            }
        }
    }
}
