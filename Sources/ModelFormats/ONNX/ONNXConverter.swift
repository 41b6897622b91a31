import Networks
import SpatialTransformers
import Tensors

/// An operation that ONNX can express.
protocol ONNXExpressible: Operation {
    /// Adds what computes the operation, and returns the name of the result.
    ///
    /// - Convention: images are [N, C, H, W] there, everything else as here with N in front.
    func write(_ operands: ONNXOperands, to writer: inout ONNXGraphWriter) throws(ONNXError) -> String
}

/// What an operation works on.
struct ONNXOperands {
    /// The names of its inputs.
    let inputs: [String]
    /// Their shapes for one image, as the library has them.
    let shapes: [Shape]
    /// The shape of the result for one image.
    let output: Shape
    /// Its parameters, with PyTorch's names, shapes and order.
    let parameters: [Parameter]

    /// A parameter's values.
    struct Parameter {
        let name: String
        let shape: Shape
        var values: [Float]
    }

    /// The first input.
    var input: String { inputs[0] }

    /// Stores a parameter.
    func constant(_ index: Int, in writer: inout ONNXGraphWriter) -> String {
        let parameter = parameters[index]
        return writer.constant(
            parameter.values, dimensions: parameter.shape.dimensions, named: parameter.name)
    }
}

/// Walks a network's graph and writes what each operation is in ONNX.
struct ONNXConverter {
    private let graph: Graph
    private let folding: BatchNormFolding
    private var writer: ONNXGraphWriter
    private var names: [Graph.Value: String]
    /// Flattened images, whose elements ONNX and PyTorch have in another order than the library.
    private var reordered: Set<Graph.Value> = []

    init(_ classifier: Classifier, input: String, writer: ONNXGraphWriter) {
        graph = classifier.executor.graph
        folding = BatchNormFolding(classifier)
        self.writer = writer
        names = [graph.input: input]
    }

    /// Writes all operations.
    ///
    /// - Returns: The graph so far, and the names of its values.
    mutating func convert() throws(ONNXError) -> (writer: ONNXGraphWriter, names: [Graph.Value: String]) {
        for index in graph.nodes.indices { names[graph.output(ofNode: index)] = try convert(node: index) }
        if reordered.contains(graph.output) {
            throw .inexpressible(
                operation: "flatten", reason: "the network ends with a flattened image, whose order differs there")
        }
        return (writer, names)
    }

    private mutating func convert(node index: Int) throws(ONNXError) -> String {
        let node = graph.nodes[index], value = graph.output(ofNode: index)
        let inputs = node.inputs.map { input -> String in
            guard let name = names[input] else { preconditionFailure("value \(input.index) is read before it is made") }
            return name
        }
        noteOrder(of: value, madeBy: node)
        if folding.isFolded(node: index) { return inputs[0] }
        guard let operation = node.operation as? any ONNXExpressible else {
            throw .inexpressible(operation: node.operation.name, reason: "no operator of the standard does the same")
        }
        let operands = ONNXOperands(
            inputs: inputs, shapes: node.inputs.map(graph.shape(of:)), output: graph.shape(of: value),
            parameters: folding.parameters(ofNode: index))
        return try operation.write(operands, to: &writer)
    }

    /// Flattening makes the difference; a linear layer ends it, as its weights are reordered.
    private mutating func noteOrder(of value: Graph.Value, madeBy node: Graph.Node) {
        let image = graph.shape(of: node.inputs[0])
        let reorders = node.operation is FlattenOperation && image.rank == 3 && image[0] * image[1] > 1 && image[2] > 1
        if reorders || !(node.operation is LinearOperation) && node.inputs.contains(where: reordered.contains) {
            reordered.insert(value)
        }
    }
}
