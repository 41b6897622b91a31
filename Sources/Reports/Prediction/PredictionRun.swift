import Dispatch
import Foundation
import Imaging
import Synchronization
import Tensors
import Training

/// Classifies images batch by batch and writes a line for each; what cannot be read holds nothing else up.
public struct PredictionRun {
    /// What became of the images.
    public struct Summary: Sendable, Equatable {
        /// Images that were classified.
        public var classified = 0
        /// Images and folders that could not be used.
        public var refused = 0
        /// The worst trouble, which decides the exit code; nil when all went well.
        public var worst: ErrorCategory?
    }

    private let predictor: Predictor
    private let inputs: [Result<PredictionSource, Refusal>]
    private let format: PredictionFormat
    private let alignedFolder: String?
    private let enlargement: Int

    /// A run over images, checked as far as can be before the first is read.
    ///
    /// - Parameters:
    ///   - predictor: What classifies.
    ///   - arguments: Files, folders, or "-" for standard input.
    ///   - format: How lines are written.
    ///   - alignedFolder: Where what the transformer passes on is saved as PNG; nil for nowhere.
    ///   - enlargement: Each pixel of those becomes a square of this many pixels a side.
    /// - Throws: ``PredictionError``; ``WarpError`` when an aligned picture would replace an image or another.
    public init(
        _ predictor: Predictor, on arguments: [String], format: PredictionFormat, alignedFolder: String? = nil,
        enlargement: Int = 1
    ) throws {
        (self.predictor, self.format) = (predictor, format)
        (self.alignedFolder, self.enlargement) = (alignedFolder, enlargement)
        inputs = try PredictionSource.all(arguments)
        guard let alignedFolder else { return }
        guard predictor.givesPictures else { throw PredictionError.noTransformer }
        try WarpJob.check(
            inputs: sources.compactMap(\.path), outputs: sources.map { "\(alignedFolder)/\($0.alignedName)" })
    }

    /// Images there are to classify, those that cannot be read included.
    public var imageCount: Int { sources.count }

    private var sources: [PredictionSource] { inputs.compactMap { try? $0.get() } }

    /// Classifies all images.
    ///
    /// - Parameters:
    ///   - output: Receives the lines.
    ///   - problem: Told of each image or folder that cannot be used, in the order of the lines.
    ///   - progress: Told after each batch how many images are done.
    /// - Returns: What became of the images.
    /// - Throws: What `output` throws, and ``ImagingError`` or ``WarpError`` when an aligned picture cannot be written.
    public func start(
        _ output: any TextSink, problem: (any UserFacingError) -> Void, progress: (Int) -> Void = { _ in }
    ) throws -> Summary {
        var summary = Summary()
        if let heading = format.heading(top: predictor.top, hasTransformer: predictor.hasTransformer) {
            try output.write(heading + "\n")
        }
        // Names that are longer than this would push everything else off the screen.
        let nameWidth = min(40, sources.map { $0.name.onOneLine.count }.max() ?? 0)
        for first in stride(from: 0, to: inputs.count, by: predictor.batchSize) {
            let batch = Array(inputs[first..<min(first + predictor.batchSize, inputs.count)])
            for outcome in try outcomes(of: batch) {
                switch outcome {
                case .success(let (source, prediction)):
                    summary.classified += 1
                    try save(prediction.aligned, of: source)
                    try output.write(format.line(of: prediction, nameWidth: nameWidth) + "\n")
                case .failure(let refusal):
                    summary.refused += 1
                    let category = refusal.reason.category
                    summary.worst = summary.worst.map { $0.rawValue < category.rawValue ? $0 : category } ?? category
                    problem(refusal.reason)
                }
            }
            progress(summary.classified + summary.refused)
        }
        return summary
    }

    private func outcomes(
        of batch: [Result<PredictionSource, Refusal>]
    ) throws -> [Result<(PredictionSource, Prediction), Refusal>] {
        let pictures = prepared(batch)
        let readable = pictures.compactMap { try? $0.get() }
        var predictions = try predictor.predictions(of: readable.map(\.1), named: readable.map(\.0.name))[...]
        return pictures.map { picture in
            picture.flatMap { source, _ in
                predictions.removeFirst().map { (source, $0) }.mapError { Refusal($0) }
            }
        }
    }

    /// Reads and resizes on all cores: that takes longer than the network does.
    private func prepared(
        _ batch: [Result<PredictionSource, Refusal>]
    ) -> [Result<(PredictionSource, Image), Refusal>] {
        let results = Mutex([Int: Result<(PredictionSource, Image), Refusal>]())
        let preparation = predictor.preparation
        DispatchQueue.concurrentPerform(iterations: batch.count) { index in
            let result = batch[index].flatMap { source in
                Result { () throws(ImagingError) in (source, preparation.prepared(try source.picture())) }
                    .mapError { Refusal($0) }
            }
            results.withLock { $0[index] = result }
        }
        return results.withLock { results in batch.indices.compactMap { results[$0] } }
    }

    private func save(_ aligned: Image?, of source: PredictionSource) throws {
        guard let alignedFolder, let aligned else { return }
        let path = "\(alignedFolder)/\(source.alignedName)"
        try WarpJob.createFolder(URL(fileURLWithPath: path).deletingLastPathComponent().relativePath)
        try aligned.enlarged(by: enlargement).write(png: path)
    }
}
