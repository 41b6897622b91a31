import Tensors

/// max(x, 0).
///
/// - Gradient: passes where the output is positive; zero at zero, as in PyTorch.
public struct ReLUOperation: Operation {
    /// A rectifier.
    public init() {}

    /// Rectifier.
    public var name: String { "relu" }

    /// As the input.
    public func outputShape(of inputs: [Shape]) -> Shape { inputs[0] }

    /// One comparison an element.
    public func cost(of inputs: [Shape]) -> Cost {
        Cost(flops: Double(inputs[0].count), bytes: 8 * Double(inputs[0].count))
    }

    /// Negative elements become zero; NaN stays.
    public func forward<Scalar: BinaryFloatingPoint & Sendable>(
        _ inputs: [Tensor<Scalar>], parameters: [Tensor<Scalar>], context: OperationContext
    ) -> Tensor<Scalar> {
        Tensor(inputs[0].shape, inputs[0].values.map { $0 < 0 ? 0 : $0 })
    }

    /// dOutput where the output is positive.
    public func backward<Scalar: BinaryFloatingPoint & Sendable>(
        _ dOutput: Tensor<Scalar>, output: Tensor<Scalar>, inputs: [Tensor<Scalar>], parameters: [Tensor<Scalar>],
        context: OperationContext
    ) -> OperationGradients<Scalar> {
        let gradients = zip(dOutput.values, output.values).map { $1 <= 0 ? 0 : $0 }
        return OperationGradients(inputs: [Tensor(dOutput.shape, gradients)])
    }
}

/// The same elements in one row.
public struct FlattenOperation: Operation {
    /// Change of shape.
    public var name: String { "flatten" }

    /// All elements on one axis.
    public func outputShape(of inputs: [Shape]) -> Shape { [inputs[0].count] }

    /// Nothing is computed or moved.
    public func cost(of inputs: [Shape]) -> Cost { Cost(flops: 0, bytes: 0) }

    /// The same elements.
    public func forward<Scalar: BinaryFloatingPoint & Sendable>(
        _ inputs: [Tensor<Scalar>], parameters: [Tensor<Scalar>], context: OperationContext
    ) -> Tensor<Scalar> {
        let count = inputs[0].shape[0]
        return inputs[0].reshaped([count, inputs[0].shape.count / max(count, 1)])
    }

    /// The same gradients.
    public func backward<Scalar: BinaryFloatingPoint & Sendable>(
        _ dOutput: Tensor<Scalar>, output: Tensor<Scalar>, inputs: [Tensor<Scalar>], parameters: [Tensor<Scalar>],
        context: OperationContext
    ) -> OperationGradients<Scalar> {
        OperationGradients(inputs: [dOutput.reshaped(inputs[0].shape)])
    }
}

/// While training, zero with a given probability and 1/(1 − probability) times the input otherwise; else the input.
///
/// - Numerics: element i (or channel i of the batch) is dropped when word i of its random stream is below
///   probability · 2³². The draws depend on seed, step and place in the graph, not on threads.
/// - Source: Srivastava et al., JMLR 15 (2014); whole channels: Tompson et al., CVPR 2015.
public struct DropoutOperation: Operation {
    /// The probability of zero.
    public let probability: Float
    /// Whether one draw decides on a whole channel of an image.
    public let wholeChannels: Bool

    /// Dropout.
    public var name: String { wholeChannels ? "channel_dropout" : "dropout" }

    /// Draws below this drop.
    package var threshold: UInt32 { UInt32(min(Double(probability) * 0x1p32, Double(UInt32.max))) }

    /// The factor of what is kept.
    package var keepScale: Float { 1 / (1 - probability) }

    /// As the input.
    ///
    /// - Throws: ``NetworkError`` when the probability is outside 0 ..< 1, or channels are meant and there are none.
    public func outputShape(of inputs: [Shape]) throws -> Shape {
        guard probability >= 0, probability < 1 else {
            throw NetworkError.invalidSetting(
                layer: name, setting: "probability", value: "\(probability)", needs: "at least 0 and below 1")
        }
        if wholeChannels, inputs[0].rank != 3 {
            throw NetworkError.unsuitableInput(operation: name, input: inputs[0], needs: "height, width and channels")
        }
        return inputs[0]
    }

    /// One product an element.
    public func cost(of inputs: [Shape]) -> Cost {
        Cost(flops: Double(inputs[0].count), bytes: 12 * Double(inputs[0].count))
    }

    /// input · mask.
    public func forward<Scalar: BinaryFloatingPoint & Sendable>(
        _ inputs: [Tensor<Scalar>], parameters: [Tensor<Scalar>], context: OperationContext
    ) -> Tensor<Scalar> {
        masked(inputs[0], context)
    }

    /// dOutput · mask.
    public func backward<Scalar: BinaryFloatingPoint & Sendable>(
        _ dOutput: Tensor<Scalar>, output: Tensor<Scalar>, inputs: [Tensor<Scalar>], parameters: [Tensor<Scalar>],
        context: OperationContext
    ) -> OperationGradients<Scalar> {
        OperationGradients(inputs: [masked(dOutput, context)])
    }

    private func masked<Scalar: BinaryFloatingPoint & Sendable>(
        _ tensor: Tensor<Scalar>, _ context: OperationContext
    ) -> Tensor<Scalar> {
        if !context.isTraining { return tensor }
        let shape = tensor.shape
        let channels = shape[shape.rank - 1]
        let perImage = shape.count / max(shape[0], 1)
        var result = tensor
        for index in 0..<shape.count {
            let draw = wholeChannels ? index / perImage * channels + index % channels : index
            let word = context.random.block(UInt64(draw / 4))[draw % 4]
            result.values[index] *= word < threshold ? 0 : Scalar(keepScale)
        }
        return result
    }
}
