import Datasets
import Foundation
import Imaging
import SpatialTransformers
import Training

/// What a network says of one image.
public struct Prediction: Sendable {
    /// The image's name.
    public let image: String
    /// The classes by falling probability, those of equal probability by label; as many as were asked for.
    public let classes: [(name: String, probability: Float)]
    /// What the first transformer did; nil for a network without one.
    public let transformation: (theta: [Float], meaning: String)?
    /// What the first transformer passed on, as a picture; nil where there is none, or where that is no picture.
    public let aligned: Image?
}

/// How a picture of any size becomes what a network takes, before normalisation.
///
/// The images of a folder are made ready in the same way for training: grey is repeated in three channels, colour weighted to
/// grey (BT.601), and the whole picture stretched to the network's size, averaging where that shrinks it;
/// ``Image/init(decoding:named:limits:)`` has laid transparency over white.
public struct PicturePreparation: Sendable, Equatable {
    /// Rows.
    public let height: Int
    /// Columns.
    public let width: Int
    /// 1 for grey, 3 for red, green, blue.
    public let channels: Int
    /// Whether pictures are inverted: for a network that knows light on dark, and scans of dark on light.
    public let inverts: Bool

    /// The picture as the network takes it.
    public func prepared(_ picture: Image) -> Image {
        var image = picture.converted(toChannels: channels).resized(width: width, height: height)
        if inverts { image.pixels = image.pixels.map { 255 - $0 } }
        return image
    }
}

/// Classifies pictures.
///
/// - Note: one caller at a time, as ``Classifier``.
public struct Predictor {
    private let model: ClassifierModel
    /// Classes that are named for each image.
    public let top: Int
    /// What is done to pictures first.
    public let preparation: PicturePreparation

    /// A predictor.
    ///
    /// - Parameters:
    ///   - model: The network.
    ///   - top: Three by default: what was nearly said tells more than one number. More than there are means all.
    ///   - inverts: False by default, pictures as they are.
    public init(_ model: ClassifierModel, top: Int = 3, inverts: Bool = false) {
        let interface = model.interface
        (self.model, self.top) = (model, min(top, interface.classNames.count))
        preparation = PicturePreparation(
            height: interface.height, width: interface.width, channels: interface.channels, inverts: inverts)
    }

    /// Pictures that are classified at once.
    public var batchSize: Int { model.interface.batchSize }

    /// Whether the network has a transformer that gives pictures.
    public var givesPictures: Bool {
        let graph = model.classifier.executor.graph
        guard let transformer = graph.transformers.first else { return false }
        let shape = graph.shape(of: transformer.output)
        return shape.rank == 3 && shape[2] == model.interface.channels
    }

    /// Whether the network has a transformer.
    public var hasTransformer: Bool { !model.classifier.executor.graph.transformers.isEmpty }

    /// What the network says of pictures that are prepared, in one batch.
    ///
    /// - Parameters:
    ///   - pictures: As ``preparation`` gives them, at most ``batchSize`` to keep memory small.
    ///   - names: What they are called.
    /// - Returns: A prediction for each, in their order; one that is not finite is an error of its own.
    /// - Throws: ``ExecutionError`` when a picture has another size.
    public func predictions(
        of pictures: [Image], named names: [String]
    ) throws -> [Result<Prediction, PredictionError>] {
        let interface = model.interface
        let images = LabeledImages(
            height: interface.height, width: interface.width, channels: interface.channels,
            pixels: pictures.flatMap(\.pixels), labels: [Int32](repeating: 0, count: pictures.count))
        let answer = try answer(to: images.normalized(by: interface.normalization))
        return names.enumerated().map { index, name in
            Result { () throws(PredictionError) in try prediction(index, of: answer, named: name) }
        }
    }

    /// What comes out for a batch.
    private struct Answer {
        let logProbabilities: Tensor<Float>
        let theta: Tensor<Float>?
        let aligned: [Image]?
    }

    /// All in one pass through the network.
    private func answer(to images: Tensor<Float>) throws -> Answer {
        let executor = model.classifier.executor
        let (graph, count) = (executor.graph, images.shape[0])
        return try images.values.withUnsafeBufferPointer { pixels in
            try executor.withResults(of: pixels) { pointer in
                func tensor(_ value: Graph.Value) -> Tensor<Float>? {
                    pointer(value).map { Tensor(graph.shape(of: value).prefixed(by: count), Array($0)) }
                }
                guard let logits = tensor(graph.output) else { preconditionFailure("the output was not kept") }
                let transformer = graph.transformers.first
                let aligned = givesPictures ? transformer.flatMap { tensor($0.output) } : nil
                return Answer(
                    logProbabilities: CrossEntropy.logSoftmax(logits), theta: transformer.flatMap { tensor($0.theta) },
                    aligned: aligned.map { model.interface.normalization.pictures(of: $0) })
            }
        }
    }

    private func prediction(
        _ index: Int, of answer: Answer, named name: String
    ) throws(PredictionError) -> Prediction {
        let classCount = answer.logProbabilities.shape[1]
        let row = answer.logProbabilities.values[index * classCount..<(index + 1) * classCount]
        let probabilities = row.map { Float(exp(Double($0))) }
        let theta = answer.theta.map { theta in
            Array(theta.values[index * theta.shape[1]..<(index + 1) * theta.shape[1]])
        }
        guard probabilities.allSatisfy(\.isFinite), theta?.allSatisfy(\.isFinite) ?? true else {
            throw .notFinite(image: name)
        }
        let ranked = probabilities.indices.sorted { (-probabilities[$0], $0) < (-probabilities[$1], $1) }
        let transformation = model.classifier.executor.graph.transformers.first?.transformation
        return Prediction(
            image: name,
            classes: ranked.prefix(top).map { (model.interface.classNames[$0], probabilities[$0]) },
            transformation: theta.flatMap { theta in transformation.map { (theta, $0.meaning(of: theta)) } },
            aligned: answer.aligned?[index])
    }
}
