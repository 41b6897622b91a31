import Training

extension RunWords {
    /// What the run is and what came of it, in a few sentences.
    func sentences(_ figures: RunFigures?) -> [String] {
        var first = model.prefix(1).uppercased() + model.dropFirst()
        if let figures { first += ", \(Words.count(figures.parameterCount, "parameter")) in all," }
        first += " learned \(dataset)\(distortion.map { ", \($0)," } ?? "")"
        if let figures {
            let images = figures.dataset.training
            first +=
                " from \(Words.count(images.count, "image")) of \(images.height)×\(images.width)×\(images.channels) in "
                + "\(figures.dataset.classNames.count) classes"
        }
        first += ", for \(Words.count(record.epochs.count, "epoch"))"
        if let plannedEpochs, plannedEpochs > record.last.epoch { first += " of \(plannedEpochs) that were planned" }
        return [first + ".", result, effort] + (figures.flatMap(verdict).map { [$0] } ?? [])
    }

    /// Whether the transformer does anything, as far as this run can tell.
    private func verdict(_ figures: RunFigures) -> String? {
        guard let sweep = figures.sweeps.first, let identity = sweep.neutral.identity else { return nil }
        let loss = sweep.neutral.full - identity
        let judgement =
            abs(loss) < 0.01
            ? "the classifier gets on without it"
            : loss > 0 ? "the classifier relies on it" : "the classifier does better without it"
        return "With the transformer held at the identity the same weights classify \(Words.percent(identity)) of "
            + "\(Words.count(sweep.imageCount, "test image")) rightly instead of \(Words.percent(sweep.neutral.full)): "
            + "\(judgement)."
    }

    /// The same at a glance.
    func tiles(_ figures: RunFigures?) -> Markup {
        let tiles: [(String, String?)] = [
            ("best test accuracy", Words.percent(record.best.testAccuracy, decimals: 2)),
            ("at epoch", "\(record.best.epoch) of \(record.last.epoch)"), ("time", Words.duration(seconds)),
            ("transformer", transform ?? "none"),
            ("parameters", figures.map { Words.grouped($0.parameterCount) }),
        ]
        return Markup("dl", ["class": "tiles"]) {
            for case (let name, let value?) in tiles {
                Markup("div") {
                    Markup("dt") { name }
                    Markup("dd") { value }
                }
            }
        }
    }
}

extension ReportSection {
    /// Several runs side by side.
    static func comparison(_ runs: [RunRecord]) -> ReportSection {
        let rows = runs.map { run in
            let words = RunWords(record: run)
            return [
                run.name, words.dataset, words.transform ?? "none",
                Words.percent(run.best.testAccuracy, decimals: 2), "\(run.best.epoch) of \(run.last.epoch)",
                Words.number(run.best.testLoss, decimals: 4), Words.duration(words.seconds),
            ]
        }
        return ReportSection("runs", "The runs") {
            Markup.table(
                head: ["run", "data", "transformer", "best accuracy", "at epoch", "its test loss", "time"], rows: rows)
            Markup.note(
                "Curves show all of them; everything below the curves is of \(runs[0].name), the first that was named.")
        }
    }
}
