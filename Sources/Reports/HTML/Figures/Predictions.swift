import Datasets
import Foundation
import SpatialTransformers
import Training

/// What a network says of each image of a split, and what its transformer chose.
package struct Predictions {
    /// What is right.
    let labels: [Int32]
    /// [images, classes], natural logarithms.
    package let logProbabilities: Tensor<Float>
    /// [images, P]; nil for a network without a transformer.
    let theta: Tensor<Float>?

    /// Runs the network over all images in batches, dropout off.
    ///
    /// - Parameters:
    ///   - classifier: The network.
    ///   - images: The split.
    ///   - normalization: As in training.
    ///   - batchSize: Images at a time; as in training, so that no other plan is made.
    ///   - progress: Told how many images are done.
    /// - Throws: ``ExecutionError`` when the images have another size than the network's input.
    package init(
        of classifier: Classifier, on images: LabeledImages, normalization: Normalization, batchSize: Int = 64,
        progress: (Int) -> Void = { _ in }
    ) throws {
        let graph = classifier.executor.graph
        let thetaValue = graph.transformers.first?.theta
        let loader = BatchLoader(images, normalization: normalization, capacity: max(1, min(batchSize, images.count)))
        var (logits, theta): ([Float], [Float]) = ([], [])
        for first in stride(from: 0, to: images.count, by: batchSize) {
            let indices = Array(first..<min(first + batchSize, images.count))
            try loader.withBatch(indices[...]) { pixels, _ in
                try classifier.executor.withResults(of: pixels) { numbers in
                    logits += numbers(graph.output).map { Array($0) } ?? []
                    if let thetaValue { theta += numbers(thetaValue).map { Array($0) } ?? [] }
                }
            }
            progress(indices.count + first)
        }
        self.init(
            labels: images.labels,
            logProbabilities: CrossEntropy.logSoftmax(
                Tensor([images.count, classifier.executor.classCount], logits)),
            theta: thetaValue.map { Tensor([images.count, graph.shape(of: $0).count], theta) })
    }

    /// Predictions as given.
    package init(labels: [Int32], logProbabilities: Tensor<Float>, theta: Tensor<Float>? = nil) {
        precondition(logProbabilities.shape[0] == labels.count, "predictions of other images")
        self.labels = labels
        self.logProbabilities = logProbabilities
        self.theta = theta
        let classes = logProbabilities.shape[1]
        said = labels.indices.map { image in
            let row = logProbabilities.values[image * classes..<(image + 1) * classes]
            return (row.firstIndex(of: row.max() ?? 0) ?? row.startIndex) - row.startIndex
        }
    }

    /// The class that is said of each image: the likeliest, the first of equals.
    package let said: [Int]

    /// Images.
    var count: Int { labels.count }

    /// Whether the class that is said is the right one.
    func isRight(_ image: Int) -> Bool { said[image] == Int(labels[image]) }

    /// Images classified rightly.
    package var correct: Int { labels.indices.count(where: isRight) }

    /// The share classified rightly; 0 of no images.
    package var accuracy: Double { count == 0 ? 0 : Double(correct) / Double(count) }

    /// The probability that the network gives a class.
    package func probability(of label: Int, in image: Int) -> Double {
        exp(Double(logProbabilities.values[image * logProbabilities.shape[1] + label]))
    }

    /// The image's loss: how surprised the network is by what is right.
    package func loss(_ image: Int) -> Double {
        -Double(logProbabilities.values[image * logProbabilities.shape[1] + Int(labels[image])])
    }

    /// θ of an image.
    func theta(of image: Int) -> [Float]? {
        theta.map { Array($0.values[image * $0.shape[1]..<(image + 1) * $0.shape[1]]) }
    }

    /// How often each class was taken for each.
    package func confusion(classNames: [String]) -> ConfusionMatrix {
        var matrix = ConfusionMatrix(classNames: classNames)
        for image in labels.indices { matrix.record(label: Int(labels[image]), prediction: said[image]) }
        return matrix
    }
}
