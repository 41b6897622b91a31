import Networks
import SpatialTransformers
import Tensors

/// How a network is written as ONNX.
///
/// ```swift
/// var export = ONNXExport()
/// export.normalization = (mean: [0.1307], deviation: [0.3081])
/// try export.model(of: classifier).write(to: "digits.onnx")
/// ```
///
/// - Convention: the input is called `images`, float32 [N, C, H, W], any N; the first output by ``Scores/outputName``,
///   [N, classes]; then θ of each transformer, `theta`, `theta2` …, [N, P], as the network gives it. Batch normalisations
///   are folded into the layers before them, and dropout is left out.
/// - Numerics: the same function as the library's inference, computed in another order.
public struct ONNXExport {
    /// What the first output holds.
    public enum Scores: String, Sendable, CaseIterable {
        /// The network's own numbers, as PyTorch's loss takes them.
        case logits
        /// Between 0 and 1, adding up to 1.
        case probabilities
        /// Their logarithms, which is what PyTorch's tutorial network gives.
        case logProbabilities = "log-probabilities"

        /// The name of the first output.
        public var outputName: String { self == .logProbabilities ? "log_probabilities" : rawValue }

        /// The operator that makes it of logits.
        var operatorType: String? {
            switch self {
            case .logits: nil
            case .probabilities: "Softmax"
            case .logProbabilities: "LogSoftmax"
            }
        }
    }

    /// The name of the input.
    public static let inputName = "images"

    /// The operators that may be used; the older set, as more programs read it.
    public var operatorSet = ONNXOperatorSet.version16
    /// Mean and deviation of each channel, which become a part of the model.
    ///
    /// It then takes pixels from 0 to 1. With nil, since the library cannot know, it takes what ``Classifier`` takes.
    public var normalization: (mean: [Float], deviation: [Float])?
    /// What the first output holds; logits, from which a program may make what it likes.
    public var scores = Scores.logits
    /// Free text, which runtimes hand out beside the model.
    public var metadata: [String: String] = [:]

    /// The defaults.
    public init() {}

    /// The network of `classifier`, with its weights as they are now.
    ///
    /// - Throws: ``ONNXError``: an operation that ONNX has no way to express, a normalisation for other images, or more
    ///   weights than a file may hold.
    /// - Complexity: the bytes of the weights, and of a matrix of positions × control points for a thin-plate spline.
    public func model(of classifier: Classifier) throws(ONNXError) -> ONNXModel {
        let graph = classifier.executor.graph
        var writer = ONNXGraphWriter(operatorSet: operatorSet)
        let input = try normalized(Self.inputName, channels: graph.shape(of: graph.input), &writer)
        var converter = ONNXConverter(classifier, input: input, writer: writer)
        let (converted, names) = try converter.convert()
        writer = converted
        let outputs = try finish(graph, names, &writer)
        guard writer.byteCount <= ONNXError.largestByteCount else { throw .tooLarge(byteCount: writer.byteCount) }
        return ONNXModel(message: message(graph, writer, outputs))
    }

    private func normalized(
        _ images: String, channels shape: Shape, _ writer: inout ONNXGraphWriter
    ) throws(ONNXError) -> String {
        guard shape.rank == 3 else {
            throw .inexpressible(operation: "the input", reason: "it is no image but of shape \(shape)")
        }
        guard let (mean, deviation) = normalization else { return images }
        guard mean.count == shape[2], deviation.count == shape[2] else {
            throw .wrongNormalization(means: mean.count, deviations: deviation.count, channels: shape[2])
        }
        let means = writer.constant(mean, dimensions: [shape[2], 1, 1], named: "mean")
        let deviations = writer.constant(deviation, dimensions: [shape[2], 1, 1], named: "deviation")
        return writer.add("Div", writer.add("Sub", images, means), deviations)
    }

    /// Gives the outputs their names.
    private func finish(
        _ graph: Graph, _ names: [Graph.Value: String], _ writer: inout ONNXGraphWriter
    ) throws(ONNXError) -> [(name: String, shape: Shape)] {
        let logits = graph.shape(of: graph.output)
        guard logits.rank == 1 else {
            throw .inexpressible(operation: "the output", reason: "it is no row of numbers but of shape \(logits)")
        }
        var outputs = [(value: graph.output, name: scores.outputName)]
        for (index, transformer) in graph.transformers.enumerated() {
            outputs.append((transformer.theta, index == 0 ? Mark.theta : "\(Mark.theta)\(index + 1)"))
        }
        var renamed: [String: String] = [:]
        for (place, output) in outputs.enumerated() {
            guard var value = names[output.value] else { preconditionFailure("\(output.name) was not written") }
            if place == 0, let type = scores.operatorType {
                value = writer.add(type, value, attributes: [.integer("axis", 1)])
            }
            if let other = renamed[value] {
                writer.copy(other, as: output.name)
            } else {
                writer.rename(value, to: output.name)
                renamed[value] = output.name
            }
        }
        return outputs.map { ($0.name, graph.shape(of: $0.value)) }
    }

    private func message(
        _ graph: Graph, _ writer: ONNXGraphWriter, _ outputs: [(name: String, shape: Shape)]
    ) -> Onnx_ModelProto {
        let image = graph.shape(of: graph.input)
        return .with {
            $0.irVersion = operatorSet.intermediateRepresentation
            $0.producerName = "spatial-transformers"
            $0.opsetImport = [.with { ($0.domain, $0.version) = ("", Int64(operatorSet.rawValue)) }]
            $0.metadataProps = metadata.sorted { $0.key < $1.key }.map { key, value in
                .with { ($0.key, $0.value) = (key, value) }
            }
            $0.graph = .with {
                $0.name = "network"
                $0.node = writer.nodes
                $0.initializer = writer.constants
                $0.input = [.tensor(Self.inputName, [image[2], image[0], image[1]])]
                $0.output = outputs.map { .tensor($0.name, $0.shape.dimensions) }
            }
        }
    }
}

extension Onnx_ValueInfoProto {
    /// A float tensor with N in front of `extents`.
    fileprivate static func tensor(_ name: String, _ extents: [Int]) -> Onnx_ValueInfoProto {
        .with {
            $0.name = name
            $0.type = .with {
                $0.tensorType = .with {
                    $0.elemType = Int32(Onnx_TensorProto.DataType.float.rawValue)
                    $0.shape = .with {
                        $0.dim =
                            [.with { $0.dimParam = "N" }]
                            + extents.map { extent in .with { $0.dimValue = Int64(extent) } }
                    }
                }
            }
        }
    }
}
