import Datasets
import Imaging
import SpatialTransformers

/// A test image before and after the transformer.
package struct TransformedSample {
    /// Its place in the test split.
    package let index: Int
    /// The image with the outline of the region that was sampled.
    let before: Image
    /// What was passed on to the classifier.
    let after: Image
    /// The transformation in words.
    package let meaning: String
}

/// Draws images with the transformer of a network: what it reads, and what it makes of them.
struct TransformerDrawing {
    let transformer: Graph.Transformer
    let sampler: Sampler
    let normalization: Normalization
    let threadCount: Int

    /// Images with the regions that some θ read, and what they make of them.
    ///
    /// - Parameters:
    ///   - images: The images.
    ///   - theta: A row for each.
    ///   - frameShare: How wide the frame around the outline is, in sides of the image.
    /// - Returns: A pair for each image.
    /// - Throws: ``ExecutionError``, ``NetworkError``.
    func pairs(
        of images: LabeledImages, theta: [[Float]], frameShare: Float
    ) throws -> [(before: Image, after: Image)] {
        let rows = Tensor<Float>([theta.count, transformer.transformation.parameterCount], theta.flatMap(\.self))
        let warped = try images.normalized(by: normalization).warped(
            by: transformer.transformation, theta: rows, sampler: sampler,
            outputSize: (transformer.frame.outputHeight, transformer.frame.outputWidth), threadCount: threadCount)
        let after = normalization.pictures(of: warped)
        return theta.indices.map { place in
            let outline = SampledOutline(theta: theta[place], of: transformer)
            let before = TransformPictures.outlined(
                images.picture(place), by: [outline], in: transformer.frame.corners, frameShare: frameShare)
            return (before, after[place])
        }
    }

    /// Some images of a split.
    func samples(at indices: [Int], of split: LabeledImages, theta: (Int) -> [Float]?) throws -> [TransformedSample] {
        let theta = indices.map { theta($0) ?? transformer.transformation.identity }
        let pairs = try pairs(of: split.images(at: indices), theta: theta, frameShare: 0.5)
        return zip(indices, zip(pairs, theta)).map { index, drawn in
            TransformedSample(
                index: index, before: drawn.0.before, after: drawn.0.after,
                meaning: transformer.transformation.meaning(of: drawn.1))
        }
    }
}
