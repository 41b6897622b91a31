import Tensors

/// A weighted sum of all inputs for each output, plus bias.
///
/// - Shapes: [K] → [O]; weight [O, K], bias [O].
public struct LinearOperation: Operation {
    /// The number of inputs.
    public let inputs: Int
    /// The number of outputs.
    public let outputs: Int
    /// The image that the input is the flattened form of, if it is one.
    public let flattened: Shape?
    let weight: Initializer?
    let bias: Initializer?

    /// A layer of the given sizes, weight and bias uniform in ±1/√`inputs` unless given.
    package init(
        inputs: Int, outputs: Int, flattened: Shape? = nil, weight: Initializer? = nil, bias: Initializer? = nil
    ) {
        self.inputs = inputs
        self.outputs = outputs
        self.flattened = flattened
        self.weight = weight
        self.bias = bias
    }

    /// Linear.
    public var name: String { "linear" }

    /// Weight and bias.
    public var parameters: [ParameterSpecification] {
        let drawn = Initializer.uniform(fanIn: inputs)
        return [
            ParameterSpecification(
                name: "weight", shape: [outputs, inputs], initializer: weight ?? drawn,
                layout: flattened.map { .linear(flattened: $0) } ?? .plain),
            ParameterSpecification(name: "bias", shape: [outputs], initializer: bias ?? drawn, layout: .plain),
        ]
    }

    /// One number an output.
    ///
    /// - Throws: ``NetworkError/unsuitableInput(operation:input:needs:)`` when the input has another size.
    public func outputShape(of inputs: [Shape]) throws -> Shape {
        guard inputs[0] == [self.inputs] else {
            throw NetworkError.unsuitableInput(operation: name, input: inputs[0], needs: "\(self.inputs) numbers")
        }
        return [outputs]
    }

    /// Two flops a weight.
    public func cost(of inputs: [Shape]) -> Cost {
        Cost(flops: 2 * Double(self.inputs) * Double(outputs), bytes: 4 * Double(self.inputs + outputs))
    }

    /// weight · input + bias.
    @_specialize(where Scalar == Float)
    @_specialize(where Scalar == Double)
    public func forward<Scalar: BinaryFloatingPoint & Sendable>(
        _ inputs: [Tensor<Scalar>], parameters: [Tensor<Scalar>], context: OperationContext
    ) -> Tensor<Scalar> {
        let (input, weight, bias) = (inputs[0].values, parameters[0].values, parameters[1].values)
        let count = inputs[0].shape[0]
        var output: [Scalar] = []
        output.reserveCapacity(count * outputs)
        for row in 0..<count {
            for unit in 0..<outputs {
                var sum = bias[unit]
                for k in 0..<self.inputs { sum += input[row * self.inputs + k] * weight[unit * self.inputs + k] }
                output.append(sum)
            }
        }
        return Tensor([count, outputs], output)
    }

    /// dInput = weightᵀ · dOutput; dWeight = dOutput ⊗ input; dBias = dOutput; summed over the batch.
    @_specialize(where Scalar == Float)
    @_specialize(where Scalar == Double)
    public func backward<Scalar: BinaryFloatingPoint & Sendable>(
        _ dOutput: Tensor<Scalar>, output: Tensor<Scalar>, inputs: [Tensor<Scalar>], parameters: [Tensor<Scalar>],
        context: OperationContext
    ) -> OperationGradients<Scalar> {
        let (input, weight) = (inputs[0].values, parameters[0].values)
        var dInput = [Scalar](repeating: 0, count: input.count)
        var dWeight = [Scalar](repeating: 0, count: weight.count)
        var dBias = [Scalar](repeating: 0, count: outputs)
        for row in 0..<inputs[0].shape[0] {
            for unit in 0..<outputs {
                let gradient = dOutput.values[row * outputs + unit]
                dBias[unit] += gradient
                for k in 0..<self.inputs {
                    dInput[row * self.inputs + k] += gradient * weight[unit * self.inputs + k]
                    dWeight[unit * self.inputs + k] += gradient * input[row * self.inputs + k]
                }
            }
        }
        return OperationGradients(
            inputs: [Tensor(inputs[0].shape, dInput)],
            parameters: [Tensor(parameters[0].shape, dWeight), Tensor([outputs], dBias)])
    }
}
