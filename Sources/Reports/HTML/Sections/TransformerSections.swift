import Imaging
import Training

extension ReportSection {
    /// Images before and after; nil for a run without a transformer.
    ///
    /// - Throws: ``ImagingError``.
    static func samples(_ figures: RunFigures) throws -> ReportSection? {
        guard !figures.samples.isEmpty else { return nil }
        let cards = try figures.samples.map { try card($0, figures) }
        return ReportSection("samples", "What the transformer does") {
            Markup.paragraph(
                "The yellow frame on the left is the region that is read, its upper edge red; the right picture is what is "
                    + "read there and passed on. The words say how the frame lies: where it turns one way, its content turns the other."
            )
            Markup("div", ["class": "cards"]) { cards }
        }
    }

    private static func card(_ sample: TransformedSample, _ figures: RunFigures) throws -> Markup {
        let (names, predictions) = (figures.dataset.classNames, figures.predictions)
        let (right, said) = (names[Int(predictions.labels[sample.index])], names[predictions.said[sample.index]])
        let before = try Markup.picture(
            sample.before, describedAs: "test image \(sample.index), \(right), with the region that is read", width: 128
        )
        let after = try Markup.picture(sample.after, describedAs: "what is read there", width: 72)
        return Markup("div", ["class": "card"]) {
            Markup("div", ["class": "pair"]) {
                before
                after
            }
            Markup("p") { sample.meaning }
            Markup("p", ["class": "muted"]) {
                right == said ? "\(right), classified rightly" : "\(right), taken for \(said)"
            }
        }
    }

    /// How the transformation came about; a run that kept nothing says so.
    ///
    /// - Throws: ``ImagingError``.
    static func evolution(_ record: RunRecord, _ figures: RunFigures, animationPath: String) throws -> ReportSection {
        guard let evolution = figures.evolution, let still = evolution.still else {
            return ReportSection("evolution", "How the transformation came about") {
                Markup.missing(
                    record.evolution.isEmpty
                        ? "This run has no evolution.jsonl, where runs keep what the transformer chose after each epoch, so there is "
                            + "no animation; train again to have one."
                        : "The run's evolution.jsonl is of test images that this data set does not have, so there is no animation."
                )
            }
        }
        let (moving, standing) = (
            Markup.dataAddress(try evolution.animation.data()), Markup.dataAddress(try still.pngData())
        )
        let epochs = "\(evolution.epochs.count) of \(Words.count(record.epochs.count, "epoch"))"
        return ReportSection("evolution", "How the transformation came about") {
            Markup.paragraph(
                "The same test images from the identity, where training starts, through \(epochs). The upper picture of each shows "
                    + "the region that is read, the lower one what is read there.")
            Markup("picture") {
                // Who wants nothing to move sees the end.
                Markup("source", ["media": "(prefers-reduced-motion: reduce)", "srcset": standing])
                Markup(
                    "img",
                    [
                        "class": "sheet", "src": moving, "alt": "animation of the sampled regions over the epochs",
                        "width": "\(still.width)", "height": "\(still.height)",
                    ])
            }
            Markup.note("The animation is also a file of its own: \(animationPath)")
        }
    }

    /// How windows lie, class by class; nil for a run without a transformer.
    static func distributions(_ figures: RunFigures) -> ReportSection? {
        guard let motions = figures.motions else { return nil }
        let classCount = figures.dataset.classNames.count
        return ReportSection("windows", "Rotation, scale and shift by class") {
            Markup.paragraph(
                "Of the window that is read, over all test images: how far it is turned, clockwise; its linear scale, below 1 "
                    + "looks closer; how far its middle is shifted, in half sides of the image. The dashed line changes nothing. The "
                    + "axes are the same for all classes; the outermost percent of images counts in the last bars.")
            for (place, label) in motions.classes.enumerated() {
                Markup("div", ["class": "class"]) {
                    Markup("h3") { figures.dataset.classNames[label] }
                    Markup("div", ["class": "motions"]) {
                        for quantity in MotionDistribution.Quantity.allCases {
                            histogram(
                                of: quantity, at: place, in: motions, className: figures.dataset.classNames[label])
                        }
                    }
                }
            }
            if classCount > motions.classes.count {
                Markup.note("The first \(motions.classes.count) of \(classCount) classes.")
            }
            if motions.unreadable > 0 {
                Markup.note("\(Words.count(motions.unreadable, "image")) whose window is not finite are left out.")
            }
        }
    }

    private static func histogram(
        of quantity: MotionDistribution.Quantity, at place: Int, in motions: MotionDistribution, className: String
    ) -> Markup? {
        guard let cell = motions.cell(quantity, at: place), let ticks = motions.ticks[quantity] else { return nil }
        let (decimals, unit) = quantity == .rotation ? (1, "°") : (2, "")
        let spread =
            "\(Words.number(cell.mean, decimals: decimals))\(unit) ± \(Words.number(cell.deviation, decimals: decimals))\(unit)"
        let chart = HistogramChart(
            histogram: cell.histogram, ticks: ticks, reference: quantity.reference,
            summary: "\(quantity.name) of \(className): \(spread)", style: SeriesStyle(color: 0))
        return Markup("figure") {
            chart.drawing
            Markup("figcaption") { "\(quantity.name) \(spread)" }
        }
    }
}

extension MotionDistribution.Quantity {
    /// Its name below a histogram.
    var name: String {
        switch self {
        case .rotation: "rotation"
        case .scale: "scale"
        case .shiftAcross: "shift right"
        case .shiftDown: "shift down"
        }
    }
}
