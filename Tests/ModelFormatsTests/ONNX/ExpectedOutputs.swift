import Interchange
import SpatialTransformers

/// Images and what the library makes of them, as `tools/check_onnx.py` reads them.
struct ExpectedOutputs {
    let file: SafetensorsFile

    /// - Shapes: `images` [N, H, W, C], from 0 to 1.
    init(
        of classifier: Classifier, images: Tensor<Float>, normalization: (mean: [Float], deviation: [Float])?
    ) throws {
        let graph = classifier.executor.graph
        let (count, image) = (images.shape[0], graph.shape(of: graph.input))
        let channels = image[2]
        let normalized = images.values.enumerated().map { index, pixel in
            normalization.map { (pixel - $0.mean[index % channels]) / $0.deviation[index % channels] } ?? pixel
        }
        var tensors = [
            SafetensorsFile.NamedTensor(
                name: "images", shape: [count, channels, image[0], image[1]],
                floats: PyTorchLayout.imagesToPyTorch(
                    images.values, count: count, channels: channels, height: image[0], width: image[1]))
        ]
        let outputs =
            [("logits", graph.output)]
            + graph.transformers.enumerated().map { ($0 == 0 ? "theta" : "theta\($0 + 1)", $1.theta) }
        try normalized.withUnsafeBufferPointer { pixels in
            try classifier.executor.withResults(of: pixels) { results in
                for (name, value) in outputs {
                    let floats = results(value).map(Array.init) ?? []
                    tensors.append(
                        .init(name: name, shape: graph.shape(of: value).prefixed(by: count), floats: floats))
                }
            }
        }
        file = SafetensorsFile(tensors: tensors)
    }
}
