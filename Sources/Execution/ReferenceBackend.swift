import Networks
import Tensors

/// Runs a graph operation by operation on the plain reference: slow, in any floating-point type, and right by inspection.
///
/// Gradients are checked on it in Double; the fast path is checked against it.
public struct ReferenceBackend<Scalar: BinaryFloatingPoint & Sendable>: Sendable {
    /// What is run.
    public let graph: Graph
    /// Values of the parameters, in the order of the graph.
    public var parameters: [Tensor<Scalar>]

    /// A backend for `graph` with the given parameters.
    public init(graph: Graph, parameters: [Tensor<Scalar>]) {
        self.graph = graph
        self.parameters = parameters
    }

    /// A backend with the parameters of a block, converted.
    public init(graph: Graph, parameters: ParameterBlock) {
        self.init(graph: graph, parameters: parameters.entries.map { parameters.tensor($0).converted() })
    }

    /// The values of all nodes for a batch, the input first.
    public func values(
        for input: Tensor<Scalar>, isTraining: Bool = false, seed: UInt64 = 0, step: UInt32 = 0
    ) -> [Tensor<Scalar>] {
        var values = [input]
        for (index, node) in graph.nodes.enumerated() {
            let context = OperationContext(isTraining: isTraining, seed: seed, step: step, node: index)
            values.append(
                node.operation.forward(
                    node.inputs.map { values[$0.index] }, parameters: node.parameters.map { parameters[$0] },
                    context: context))
        }
        return values
    }

    /// Lets statistics follow a training batch.
    ///
    /// - Parameter values: What ``values(for:isTraining:seed:step:)`` returned for it.
    public mutating func followStatistics(of values: [Tensor<Scalar>]) {
        for node in graph.nodes where !node.parameters.isEmpty {
            let followed = node.operation.followed(
                by: node.inputs.map { values[$0.index] }, parameters: node.parameters.map { parameters[$0] })
            for (parameter, tensor) in zip(node.parameters, followed) { parameters[parameter] = tensor }
        }
    }

    /// The gradients of parameters and input, given that of the output.
    ///
    /// - Parameters:
    ///   - values: What ``values(for:isTraining:seed:step:)`` returned for the same settings.
    ///   - dOutput: The gradient of the graph's output.
    ///   - isTraining: As in the forward pass.
    ///   - seed: As in the forward pass.
    ///   - step: As in the forward pass.
    /// - Returns: The gradient of every parameter, in the graph's order, and that of the input.
    public func gradients(
        of values: [Tensor<Scalar>], dOutput: Tensor<Scalar>, isTraining: Bool = false, seed: UInt64 = 0,
        step: UInt32 = 0
    ) -> (parameters: [Tensor<Scalar>], input: Tensor<Scalar>) {
        var dValues = values.map { Tensor<Scalar>.zeros($0.shape) }
        var dParameters = parameters.map { Tensor<Scalar>.zeros($0.shape) }
        dValues[graph.output.index] = dOutput
        for (index, node) in graph.nodes.enumerated().reversed() {
            let context = OperationContext(isTraining: isTraining, seed: seed, step: step, node: index)
            let gradients = node.operation.backward(
                dValues[index + 1], output: values[index + 1], inputs: node.inputs.map { values[$0.index] },
                parameters: node.parameters.map { parameters[$0] }, context: context)
            for (input, gradient) in zip(node.inputs, gradients.inputs) { dValues[input.index].add(gradient) }
            for (parameter, gradient) in zip(node.parameters, gradients.parameters) {
                dParameters[parameter].add(gradient)
            }
        }
        return (dParameters, dValues[0])
    }
}

extension Tensor {
    fileprivate mutating func add(_ other: Tensor) {
        precondition(shape == other.shape, "cannot add \(other.shape) to \(shape)")
        for index in values.indices { values[index] += other.values[index] }
    }
}
