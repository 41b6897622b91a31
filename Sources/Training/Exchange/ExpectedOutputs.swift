import Datasets
import Interchange
import SpatialTransformers

/// Images and what the library makes of them, in a file: for comparing an exported model with.
///
/// Tensors: `images`, bytes [N, C, H, W], of which a model takes 1/255; `labels` [N]; `logits` [N, classes]; `theta`, `theta2` …
/// [N, P].
public struct ExpectedOutputs {
    private let file: SafetensorsFile

    /// Runs the network over all images.
    ///
    /// - Throws: ``ExecutionError`` when the images are not of the network's size.
    public init(of model: ClassifierModel, on images: LabeledImages) throws {
        let executor = model.classifier.executor
        let graph = executor.graph
        let outputs =
            [("logits", graph.output)]
            + graph.transformers.enumerated().map { ($0 == 0 ? Mark.theta : "\(Mark.theta)\($0 + 1)", $1.theta) }
        var values = [[Float]](repeating: [], count: outputs.count)
        let batch = 64
        let loader = BatchLoader(images, normalization: model.interface.normalization, capacity: batch)
        let indices = Array(0..<images.count)
        for start in stride(from: 0, to: images.count, by: batch) {
            try loader.withBatch(indices[start..<min(start + batch, images.count)]) { pixels, _ in
                try executor.withResults(of: pixels) { results in
                    for (place, output) in outputs.enumerated() {
                        values[place] += results(output.1).map(Array.init) ?? []
                    }
                }
            }
        }
        file = SafetensorsFile(
            tensors: Self.tensors(of: images)
                + zip(outputs, values).map { output, values in
                    .init(name: output.0, shape: graph.shape(of: output.1).prefixed(by: images.count), floats: values)
                })
    }

    /// Writes the file, whole or not at all.
    ///
    /// - Throws: ``FileError``.
    public func write(to path: String) throws { try file.write(to: path) }

    private static func tensors(of images: LabeledImages) -> [SafetensorsFile.NamedTensor] {
        let (pixels, channels) = (images.height * images.width, images.channels)
        var planes: [UInt8] = []
        planes.reserveCapacity(images.pixels.count)
        for image in 0..<images.count {
            for channel in 0..<channels {
                for pixel in 0..<pixels { planes.append(images.pixels[(image * pixels + pixel) * channels + channel]) }
            }
        }
        return [
            .init(name: "images", shape: [images.count, channels, images.height, images.width], unsignedBytes: planes),
            .init(name: "labels", shape: [images.count], integers: images.labels.map(Int64.init)),
        ]
    }
}
