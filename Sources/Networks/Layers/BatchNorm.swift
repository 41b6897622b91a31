import Tensors

/// Normalises each channel of images by mean and variance of the batch, then scales and shifts it by what is learned.
///
/// Outside training it costs nothing behind a convolution, whose weights take it in. See ``BatchNormOperation`` for what is
/// computed.
public struct BatchNorm2d: Layer {
    /// Added to a variance before its root is taken.
    public let epsilon: Double
    /// The share of the newest batch in running statistics.
    public let momentum: Double

    /// Batch normalisation of images.
    ///
    /// - Parameters:
    ///   - epsilon: Added to a variance; 10⁻⁵ is PyTorch's.
    ///   - momentum: The share of the newest batch in running statistics; 0.1 is PyTorch's.
    public init(epsilon: Double = 1e-5, momentum: Double = 0.1) {
        self.epsilon = epsilon
        self.momentum = momentum
    }

    /// Adds the normalisation.
    ///
    /// - Throws: ``NetworkError`` when the input is no image or a setting out of its range.
    public func lower(_ input: Graph.Value, into builder: inout GraphBuilder) throws -> Graph.Value {
        guard builder.shape(of: input).rank == 3 else {
            throw NetworkError.unsuitableInput(
                operation: "BatchNorm2d", input: builder.shape(of: input), needs: "height, width and channels")
        }
        return try builder.addBatchNorm(input, layer: "BatchNorm2d", epsilon: epsilon, momentum: momentum)
    }
}

/// Normalises each number of a flat input by its mean and variance over the batch, then scales and shifts it by what is
/// learned.
///
/// Outside training it costs nothing behind a linear layer, whose weights take it in. See ``BatchNormOperation`` for what is
/// computed.
public struct BatchNorm1d: Layer {
    /// Added to a variance before its root is taken.
    public let epsilon: Double
    /// The share of the newest batch in running statistics.
    public let momentum: Double

    /// Batch normalisation of flat inputs.
    ///
    /// - Parameters:
    ///   - epsilon: Added to a variance; 10⁻⁵ is PyTorch's.
    ///   - momentum: The share of the newest batch in running statistics; 0.1 is PyTorch's.
    public init(epsilon: Double = 1e-5, momentum: Double = 0.1) {
        self.epsilon = epsilon
        self.momentum = momentum
    }

    /// Adds the normalisation.
    ///
    /// - Throws: ``NetworkError`` when the input is not flat or a setting out of its range.
    public func lower(_ input: Graph.Value, into builder: inout GraphBuilder) throws -> Graph.Value {
        guard builder.shape(of: input).rank == 1 else {
            throw NetworkError.unsuitableInput(
                operation: "BatchNorm1d", input: builder.shape(of: input),
                needs: "a flat input: put Flatten() before it, or take BatchNorm2d")
        }
        return try builder.addBatchNorm(input, layer: "BatchNorm1d", epsilon: epsilon, momentum: momentum)
    }
}

extension GraphBuilder {
    /// Adds a normalisation of the last axis.
    fileprivate mutating func addBatchNorm(
        _ input: Graph.Value, layer: String, epsilon: Double, momentum: Double
    ) throws -> Graph.Value {
        guard epsilon.isFinite, epsilon > 0 else {
            throw NetworkError.invalidSetting(
                layer: layer, setting: "epsilon", value: "\(epsilon)", needs: "positive")
        }
        guard (0...1).contains(momentum) else {
            throw NetworkError.invalidSetting(
                layer: layer, setting: "momentum", value: "\(momentum)", needs: "between 0 and 1")
        }
        let shape = shape(of: input)
        guard let channels = shape.dimensions.last, channels > 0 else {
            throw NetworkError.unsuitableInput(operation: layer, input: shape, needs: "a channel at least")
        }
        let operation = BatchNormOperation(
            channels: channels, flattened: flattenedShape(of: input), epsilon: epsilon, momentum: momentum)
        return try add(operation, input, kind: "bn")
    }
}
