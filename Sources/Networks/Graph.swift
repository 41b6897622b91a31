import Tensors
import Warping

/// A network as operations in the order they run, each reading earlier values.
///
/// Made by ``GraphBuilder``.
public struct Graph: Sendable {
    /// A value: the input (index 0) or the output of a node (its index + 1).
    public struct Value: Hashable, Sendable {
        /// The place among the graph's values.
        public let index: Int
    }

    /// An operation with its operands.
    public struct Node: Sendable {
        /// What is done.
        public let operation: any Operation
        /// The values it reads.
        public let inputs: [Value]
        /// Its parameters, as indices into the graph's; several nodes may share some.
        public let parameters: [Int]
    }

    /// A parameter under its full name, `localization.0.weight`.
    public struct Parameter: Sendable {
        /// PyTorch's name for the same network.
        public let name: String
        /// Shape, initial values and layout.
        public let specification: ParameterSpecification
        /// Whether it belongs to the localization network of a transformer, which may learn at a rate of its own.
        public let isLocalization: Bool
    }

    /// A spatial transformer: what its θ stands for, and where θ and the result are.
    public struct Transformer: Sendable {
        /// What θ stands for.
        public let transformation: any Transformation
        /// Where the result lies and what it reads.
        public let frame: SamplingFrame
        /// θ of each image.
        public let theta: Value
        /// What is passed on.
        public let output: Value

        /// A transformer.
        public init(transformation: any Transformation, frame: SamplingFrame, theta: Value, output: Value) {
            (self.transformation, self.frame, self.theta, self.output) = (transformation, frame, theta, output)
        }
    }

    /// Operations in the order they run.
    public internal(set) var nodes: [Node] = []
    /// Shapes of all values, for one image.
    public internal(set) var shapes: [Shape]
    /// All that is learned, and the statistics that are kept with it.
    public internal(set) var parameters: [Parameter] = []
    /// Values that people look at, such as `theta`.
    public internal(set) var marks: [String: Value] = [:]
    /// Its spatial transformers, in the order they run.
    public internal(set) var transformers: [Transformer] = []
    /// What the network gives: the logits.
    public internal(set) var output = Value(index: 0)

    init(input: Shape) { shapes = [input] }

    /// What goes in.
    public var input: Value { Value(index: 0) }

    /// The shape of a value, for one image.
    public func shape(of value: Value) -> Shape { shapes[value.index] }

    /// The output of a node.
    public func output(ofNode node: Int) -> Value { Value(index: node + 1) }

    /// The node that makes a value; nil for the input.
    public func producer(of value: Value) -> Node? { value.index == 0 ? nil : nodes[value.index - 1] }

    /// The number of learned numbers.
    public var parameterCount: Int {
        parameters.reduce(0) { $0 + ($1.specification.role == .learned ? $1.specification.shape.count : 0) }
    }

    /// The values whose gradient leads to a parameter: those that depend on one.
    public var valuesWithGradient: Set<Value> {
        var result: Set<Value> = []
        for (index, node) in nodes.enumerated()
        where !node.parameters.isEmpty || node.inputs.contains(where: result.contains) {
            result.insert(output(ofNode: index))
        }
        return result
    }

    /// The work of one image's forward pass.
    public var cost: Cost {
        nodes.reduce(into: Cost(flops: 0, bytes: 0)) { total, node in
            let cost = node.operation.cost(of: node.inputs.map(shape(of:)))
            total.flops += cost.flops
            total.bytes += cost.bytes
        }
    }
}
