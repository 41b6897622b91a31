import Foundation
import Training

/// A run in words, from its settings as they were given: they are all there even where its data set is gone.
struct RunWords {
    let record: RunRecord

    private func text(_ setting: Setting) -> String? { record.settings[setting]?.text }

    /// The transformer's family; nil for a run without one.
    var transform: String? {
        let choice = text(.transform) ?? TransformChoice.affine.rawValue
        return choice == TransformChoice.none.rawValue ? nil : choice
    }

    /// "CIFAR-10", or the name of a folder.
    var dataset: String {
        switch text(.dataset) ?? "" {
        case "cifar10": "CIFAR-10"
        case "mnist": "MNIST"
        case "fashion-mnist": "Fashion-MNIST"
        case "glyphs": "the built-in glyphs"
        case let path: "the images in \(URL(fileURLWithPath: path).lastPathComponent)"
        }
    }

    /// "distorted by rotation"; nil where images are as they are.
    var distortion: String? {
        text(.distort).flatMap { $0 == "none" ? nil : "distorted by \($0)" }
    }

    /// The network behind the transformer.
    var network: String {
        switch ModelChoice(rawValue: text(.model) ?? "") {
        case .paperCNN: "the paper's convolutional network"
        case .paperFCN: "the paper's fully connected network"
        case .residual: "a small residual network"
        case .tutorial: "the network of PyTorch's tutorial"
        case .seed, nil: "the network of PyTorch's tutorial, widened"
        }
    }

    /// "an affine transformer in front of …", or the network alone.
    var model: String {
        guard let transform else { return network + " without a transformer" }
        let article = "aeiou".contains(transform.first ?? "x") ? "an" : "a"
        return "\(article) \(transform) transformer in front of \(network)"
    }

    /// Epochs that were asked for.
    var plannedEpochs: Int? { text(.epochs).flatMap(Int.init) }

    /// Time of all finished epochs.
    var seconds: Double { record.epochs.reduce(0) { $0 + $1.seconds } }

    /// "61.2% … after epoch 5".
    var result: String {
        let (best, last) = (record.best, record.last)
        let share = Words.percent(best.testAccuracy, decimals: 2)
        if best.epoch == last.epoch {
            return
                "\(share) of the test images are classified rightly after epoch \(best.epoch), the last and the best."
        }
        return "\(share) of the test images are classified rightly at best, after epoch \(best.epoch); "
            + "after the last, epoch \(last.epoch), \(Words.percent(last.testAccuracy, decimals: 2))."
    }

    /// How long it took, and on what.
    var effort: String {
        let each = seconds / Double(record.epochs.count)
        let speed = record.epochs.reduce(0) { $0 + $1.imagesPerSecond } / Double(record.epochs.count)
        let place = record.environment.map { environment in
            " on \(environment.processor), \(environment.instructionSet), with "
                + Words.count(environment.threads, "thread")
        }
        return "Training and tests took \(Words.duration(seconds)), \(Words.duration(each)) an epoch, at "
            + "\(Words.grouped(Int(min(max(speed, 0), 1e12).rounded()))) images a second\(place ?? "")."
    }
}
