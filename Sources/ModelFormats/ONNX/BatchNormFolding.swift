import Networks
import SpatialTransformers
import Tensors

/// Batch normalisations that convolutions and linear layers before them take in, as they do when the library infers: the
/// statistics no longer change, so a normalisation is a factor and an offset a channel.
///
/// It is done in `Double`, and only where nothing else reads the value between.
struct BatchNormFolding {
    private let graph: Graph
    private let block: ParameterBlock
    /// The normalisation of a convolution or linear layer, by nodes.
    private var normalizations: [Int: Int] = [:]

    init(_ classifier: Classifier) {
        graph = classifier.executor.graph
        block = classifier.executor.parameters
        var readers: [Graph.Value: Int] = [graph.output: 1]
        for node in graph.nodes { for input in node.inputs { readers[input, default: 0] += 1 } }
        for transformer in graph.transformers { readers[transformer.theta, default: 0] += 1 }
        for (index, node) in graph.nodes.enumerated() where node.operation is BatchNormOperation {
            let producer = node.inputs[0].index - 1
            guard producer >= 0, readers[node.inputs[0]] == 1 else { continue }
            let operation = graph.nodes[producer].operation
            if operation is ConvolutionOperation || operation is LinearOperation { normalizations[producer] = index }
        }
    }

    /// Whether the node is a normalisation that the one before it does.
    func isFolded(node: Int) -> Bool { normalizations.values.contains(node) }

    /// A node's parameters in PyTorch's order, the normalisation behind it included.
    func parameters(ofNode node: Int) -> [ONNXOperands.Parameter] {
        let parameters = graph.nodes[node].parameters.map { stored(block.entries[$0]) }
        guard let normalization = normalizations[node].map({ graph.nodes[$0] }),
            let operation = normalization.operation as? BatchNormOperation
        else { return parameters }
        let moments = normalization.parameters.map { stored(block.entries[$0]).values.map(Double.init) }
        let scales = zip(moments[0], moments[3]).map { $0 / ($1 + operation.epsilon).squareRoot() }
        let offsets = (0..<operation.channels).map { moments[1][$0] - moments[2][$0] * scales[$0] }
        return Self.folded(parameters, scales: scales, offsets: offsets)
    }

    private func stored(_ entry: ParameterBlock.Entry) -> ONNXOperands.Parameter {
        let specification = entry.specification
        return ONNXOperands.Parameter(
            name: entry.name, shape: specification.pyTorchShape,
            values: specification.toPyTorch(block.tensor(entry).values))
    }

    /// Weight rows times their channel's factor; the bias, or none, likewise, and the offset added.
    private static func folded(
        _ parameters: [ONNXOperands.Parameter], scales: [Double], offsets: [Double]
    ) -> [ONNXOperands.Parameter] {
        var weight = parameters[0]
        let row = weight.values.count / max(scales.count, 1)
        for index in weight.values.indices {
            weight.values[index] = Float(Double(weight.values[index]) * scales[index / row])
        }
        let biases = parameters.count > 1 ? parameters[1].values.map(Double.init) : offsets.map { _ in 0 }
        let bias = ONNXOperands.Parameter(
            name: parameters.count > 1 ? parameters[1].name : "\(weight.name.dropLast("weight".count))bias",
            shape: [offsets.count],
            values: zip(biases, zip(scales, offsets)).map { Float($0 * $1.0 + $1.1) })
        return [weight, bias]
    }
}
