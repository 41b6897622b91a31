import Tensors

/// A fully connected layer: every output is a weighted sum of all inputs plus a bias.
///
/// - Shapes: [K] → [outputs].
/// - Numerics: initial weights and biases are uniform within ±1/√K, as PyTorch's layer draws them, unless given.
public struct Linear: Layer {
    /// The number of outputs.
    public let outputs: Int
    private let weight: Initializer?
    private let bias: Initializer?

    /// A linear layer with `outputs` outputs.
    ///
    /// - Parameters:
    ///   - outputs: The number of outputs.
    ///   - weight: Initial weights; nil draws PyTorch's.
    ///   - bias: Initial biases; nil draws PyTorch's.
    public init(_ outputs: Int, weight: Initializer? = nil, bias: Initializer? = nil) {
        self.outputs = outputs
        self.weight = weight
        self.bias = bias
    }

    /// Adds the layer.
    ///
    /// - Throws: ``NetworkError`` when `outputs` is not positive or the input is not flat.
    public func lower(_ input: Graph.Value, into builder: inout GraphBuilder) throws -> Graph.Value {
        let shape = builder.shape(of: input)
        guard outputs > 0 else {
            throw NetworkError.invalidSetting(
                layer: "Linear", setting: "outputs", value: "\(outputs)", needs: "positive")
        }
        guard shape.rank == 1 else {
            throw NetworkError.unsuitableInput(
                operation: "Linear", input: shape, needs: "a flat input: put Flatten() before it")
        }
        let operation = LinearOperation(
            inputs: shape[0], outputs: outputs, flattened: builder.flattenedShape(of: input), weight: weight, bias: bias
        )
        return try builder.add(operation, input, kind: "fc")
    }
}
