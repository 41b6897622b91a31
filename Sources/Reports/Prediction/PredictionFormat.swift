import Foundation
import Imaging
import Training

/// How predictions are written, a line an image.
public enum PredictionFormat: Sendable {
    /// For people: image, class and probability, the next likely ones, the transformation in words.
    case text
    /// An object of JSON a line.
    case json
    /// Comma-separated values under a line of names.
    case csv

    /// The line before all others, if there is one.
    func heading(top: Int, hasTransformer: Bool) -> String? {
        guard self == .csv else { return nil }
        let classes = (1...max(top, 1)).flatMap { ["class_\($0)", "probability_\($0)"] }
        return (["image"] + classes + (hasTransformer ? ["transformation", "theta"] : [])).joined(separator: ",")
    }

    /// The line of one prediction.
    ///
    /// - Parameters:
    ///   - prediction: What is said.
    ///   - nameWidth: Characters that names of images are filled up to, so that columns stand below one another.
    /// - Returns: The line, without a line break.
    /// - Throws: What the JSON encoder throws, which takes every finite number.
    func line(of prediction: Prediction, nameWidth: Int) throws -> String {
        switch self {
        case .text: Self.text(prediction, nameWidth: nameWidth)
        case .json: try Self.json(prediction)
        case .csv: Self.csv(prediction)
        }
    }

    private static func text(_ prediction: Prediction, nameWidth: Int) -> String {
        let name = prediction.image.onOneLine
        let padding = String(repeating: " ", count: max(0, nameWidth - name.count))
        let classes = prediction.classes.enumerated().map { place, entry in
            let percent = String(format: "%.1f%%", 100 * entry.probability)
            return entry.name.onOneLine + (place == 0 ? "  " : " ") + percent
        }
        let words = [name + padding] + classes
        return words.joined(separator: "   ") + (prediction.transformation.map { "    \($0.meaning)" } ?? "")
    }

    private static func csv(_ prediction: Prediction) -> String {
        let classes = prediction.classes.flatMap { [$0.name, "\($0.probability)"] }
        let transformation = prediction.transformation.map { transformation in
            [transformation.meaning, transformation.theta.map { "\($0)" }.joined(separator: " ")]
        }
        return ([prediction.image] + classes + (transformation ?? [])).map(ConfusionMatrix.csvField)
            .joined(separator: ",")
    }

    /// The object of a prediction, for JSON.
    private struct Object: Encodable {
        struct Class: Encodable {
            let name: String
            let probability: Float
        }
        let image, label: String
        let probability: Float
        let top: [Class]
        let theta: [Float]?
        let transformation: String?
    }

    private static func json(_ prediction: Prediction) throws -> String {
        let classes = prediction.classes.map { Object.Class(name: $0.name, probability: $0.probability) }
        let object = Object(
            image: prediction.image, label: classes.first?.name ?? "", probability: classes.first?.probability ?? 0,
            top: classes, theta: prediction.transformation?.theta,
            transformation: prediction.transformation?.meaning)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(object), as: UTF8.self)
    }
}
