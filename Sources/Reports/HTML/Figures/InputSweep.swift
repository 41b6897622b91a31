import Datasets
import SpatialTransformers
import Training

/// How accuracy goes when inputs are turned, scaled or shifted by more and more, with the transformer and without it.
package struct InputSweep {
    /// What is done to every image.
    package enum Kind: CaseIterable {
        case rotation
        case scale
        case shift

        /// Thirteen steps, nothing done in the middle.
        package var positions: [Double] {
            switch self {
            case .rotation: (-6...6).map { 10 * Double($0) }
            case .scale: (4...16).map { Double($0) / 10 }
            case .shift: (-6...6).map { Double($0) / 20 }
            }
        }

        /// The motion of what one sees.
        func motion(_ position: Double) -> WarpMotion {
            var motion = WarpMotion()
            switch self {
            case .rotation: motion.degrees = position
            case .scale: motion.scale = (position, position)
            case .shift: motion.shift.x = position
            }
            return motion
        }

        /// The position at which nothing is done.
        package var neutral: Double { self == .scale ? 1 : 0 }
    }

    package let kind: Kind
    /// The images that every accuracy is over.
    package let imageCount: Int
    /// Accuracy at each position, of the network as it is.
    package let accuracies: [Double]
    /// Accuracy at each position with the transformer held at the identity; nil for a network without one.
    package let atIdentity: [Double]?

    /// Images at most; those of many pixels are fewer, so that a sweep takes seconds, not minutes.
    static func imageLimit(bytesPerImage: Int) -> Int { min(2000, max(100, 12_000_000 / max(bytesPerImage, 1))) }

    /// Images at a time: some megabytes.
    private static let batch = 125

    /// Runs the networks over warped copies of the images.
    ///
    /// What comes into view from beyond an image is its nearest pixel: a frame of one colour would tell the network more than
    /// the motion does.
    ///
    /// - Parameters:
    ///   - kind: What is done.
    ///   - networks: The network, and the same with its transformer held at the identity.
    ///   - images: The first of a split that come in any order.
    ///   - normalization: As in training.
    ///   - progress: Told after each position.
    /// - Throws: ``ExecutionError``, ``NetworkError`` when the images have another size than the network's input.
    package init(
        _ kind: Kind, of networks: (full: Classifier, identity: Classifier?), on images: LabeledImages,
        normalization: Normalization, progress: () -> Void = {}
    ) throws {
        self.kind = kind
        imageCount = images.count
        var (full, identity): ([Double], [Double]) = ([], [])
        for position in kind.positions {
            let step = try kind.motion(position).step(
                in: SamplingFrame(height: images.height, width: images.width, corners: .edges))
            var correct = (full: 0, identity: 0)
            for first in stride(from: 0, to: images.count, by: Self.batch) {
                let batch = images.images(at: first..<min(first + Self.batch, images.count))
                let pixels = try batch.normalized(by: normalization).moved(by: step, as: networks.full)
                correct.full += try networks.full.correct(pixels, labels: batch.labels)
                correct.identity += try networks.identity?.correct(pixels, labels: batch.labels) ?? 0
            }
            full.append(Double(correct.full) / Double(max(images.count, 1)))
            identity.append(Double(correct.identity) / Double(max(images.count, 1)))
            progress()
        }
        accuracies = full
        atIdentity = networks.identity == nil ? nil : identity
    }

    /// Where nothing is done: the accuracy of the network, and with the transformer held at the identity.
    package var neutral: (full: Double, identity: Double?) {
        let place = kind.positions.firstIndex(of: kind.neutral) ?? 0
        return (accuracies[place], atIdentity?[place])
    }
}

extension Tensor where Scalar == Float {
    /// All images of a batch moved alike, with their border around them, computed as the classifier computes.
    fileprivate func moved(by step: WarpStep, as classifier: Classifier) throws -> Tensor {
        let rows = [[Float]](repeating: step.theta, count: shape[0]).flatMap(\.self)
        return try warped(
            by: step.transformation, theta: Tensor([shape[0], step.theta.count], rows),
            sampler: Sampler(padding: .border, corners: .edges), threadCount: classifier.executor.threadCount,
            instructionSet: classifier.executor.instructionSet)
    }
}

extension Classifier {
    /// How many images of a batch are classified rightly.
    fileprivate func correct(_ images: Tensor<Float>, labels: [Int32]) throws -> Int {
        try images.values.withUnsafeBufferPointer { pixels in
            try labels.withUnsafeBufferPointer { try executor.evaluate(images: pixels, labels: $0).correct }
        }
    }
}
