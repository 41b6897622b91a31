import Tensors

/// Normalises each channel to mean 0 and variance 1, then scales and shifts it by what is learned.
///
/// While training by the mean and variance of the batch, which running statistics follow; outside training by those.
///
/// - Shapes: [H, W, C] → [H, W, C], or [K] → [K] with K channels; all parameters but the count [C].
/// - Gradient: while training through mean and variance as well; statistics have none.
/// - Numerics: the variance that normalises is divided by the number n of values of a channel, the one that running
///   statistics follow by n − 1, as in PyTorch. A channel with a single value normalises to 0 and leaves the running
///   statistics alone; PyTorch refuses it.
/// - Source: Ioffe and Szegedy 2015 (arXiv:1502.03167).
public struct BatchNormOperation: Operation {
    /// The number of channels.
    public let channels: Int
    /// The image that the input is the flattened form of, if it is one.
    public let flattened: Shape?
    /// Added to a variance before its root is taken.
    public let epsilon: Double
    /// The share of the newest batch in running statistics.
    public let momentum: Double

    /// Normalisation of `channels` channels.
    package init(channels: Int, flattened: Shape? = nil, epsilon: Double = 1e-5, momentum: Double = 0.1) {
        self.channels = channels
        self.flattened = flattened
        self.epsilon = epsilon
        self.momentum = momentum
    }

    /// Batch normalisation.
    public var name: String { "batch_norm" }

    /// Scale and shift, which are learned, and what is known of the batches so far.
    public var parameters: [ParameterSpecification] {
        let layout = flattened.map { ParameterLayout.features(flattened: $0) } ?? .plain
        return [
            ("weight", 1, ParameterRole.learned), ("bias", 0, .learned), ("running_mean", 0, .statistic),
            ("running_var", 1, .statistic),
        ].map { name, start, role in
            ParameterSpecification(
                name: name, shape: [channels], initializer: .values([start]), layout: layout, role: role)
        } + [
            ParameterSpecification(
                name: "num_batches_tracked", shape: [], initializer: .values([0]), layout: .plain, role: .count)
        ]
    }

    /// As the input.
    ///
    /// - Throws: ``NetworkError/unsuitableInput(operation:input:needs:)`` when the input has other channels.
    public func outputShape(of inputs: [Shape]) throws -> Shape {
        guard inputs[0].rank > 0, inputs[0][inputs[0].rank - 1] == channels else {
            throw NetworkError.unsuitableInput(operation: name, input: inputs[0], needs: "\(channels) channels")
        }
        return inputs[0]
    }

    /// About six flops an element; it is read twice and written once.
    public func cost(of inputs: [Shape]) -> Cost {
        Cost(flops: 6 * Double(inputs[0].count), bytes: 12 * Double(inputs[0].count))
    }

    /// weight · (input − mean) / √(variance + ε) + bias.
    @_specialize(where Scalar == Float)
    @_specialize(where Scalar == Double)
    public func forward<Scalar: BinaryFloatingPoint & Sendable>(
        _ inputs: [Tensor<Scalar>], parameters: [Tensor<Scalar>], context: OperationContext
    ) -> Tensor<Scalar> {
        let (input, weight, bias) = (inputs[0], parameters[0].values, parameters[1].values)
        let moments = moments(of: input, parameters: parameters, isTraining: context.isTraining)
        var output = input
        for index in input.values.indices {
            let channel = index % channels
            let normalized = (input.values[index] - moments.mean[channel]) * moments.inverseDeviation[channel]
            output.values[index] = weight[channel] * normalized + bias[channel]
        }
        return output
    }

    /// With x̂ the normalised input: dBias = Σ dOutput, dWeight = Σ dOutput · x̂, and dInput = weight / √(variance + ε) ·
    /// (dOutput − (dBias + x̂ · dWeight) / n), outside training without the part that is divided by n.
    @_specialize(where Scalar == Float)
    @_specialize(where Scalar == Double)
    public func backward<Scalar: BinaryFloatingPoint & Sendable>(
        _ dOutput: Tensor<Scalar>, output: Tensor<Scalar>, inputs: [Tensor<Scalar>], parameters: [Tensor<Scalar>],
        context: OperationContext
    ) -> OperationGradients<Scalar> {
        let (input, weight) = (inputs[0], parameters[0].values)
        let moments = moments(of: input, parameters: parameters, isTraining: context.isTraining)
        func normalized(_ index: Int) -> Scalar {
            (input.values[index] - moments.mean[index % channels]) * moments.inverseDeviation[index % channels]
        }
        var dWeight = Tensor<Scalar>.zeros([channels]), dBias = dWeight
        for (index, gradient) in dOutput.values.enumerated() {
            dWeight.values[index % channels] += gradient * normalized(index)
            dBias.values[index % channels] += gradient
        }
        var dInput = dOutput
        let share: Scalar = context.isTraining ? Scalar(channels) / Scalar(max(input.shape.count, 1)) : 0
        for index in input.values.indices {
            let channel = index % channels
            let through = (dBias.values[channel] + normalized(index) * dWeight.values[channel]) * share
            dInput.values[index] =
                weight[channel] * moments.inverseDeviation[channel] * (dOutput.values[index] - through)
        }
        let statistics = parameters.dropFirst(2).map { Tensor<Scalar>.zeros($0.shape) }
        return OperationGradients(inputs: [dInput], parameters: [dWeight, dBias] + statistics)
    }

    /// Running statistics after one more batch.
    public func followed<Scalar: BinaryFloatingPoint & Sendable>(
        by inputs: [Tensor<Scalar>], parameters: [Tensor<Scalar>]
    ) -> [Tensor<Scalar>] {
        let count = inputs[0].shape.count / channels
        if count < 2 { return parameters }
        let (mean, variance) = batchMoments(of: inputs[0])
        let momentum = Scalar(momentum)
        func moved(_ running: Tensor<Scalar>, _ batch: [Scalar]) -> Tensor<Scalar> {
            Tensor(running.shape, zip(running.values, batch).map { (1 - momentum) * $0 + momentum * $1 })
        }
        let unbiased = variance.map { $0 * Scalar(count) / Scalar(count - 1) }
        return [
            parameters[0], parameters[1], moved(parameters[2], mean), moved(parameters[3], unbiased),
            Tensor([], [parameters[4].values[0] + 1]),
        ]
    }

    private func moments<Scalar: BinaryFloatingPoint & Sendable>(
        of input: Tensor<Scalar>, parameters: [Tensor<Scalar>], isTraining: Bool
    ) -> (mean: [Scalar], inverseDeviation: [Scalar]) {
        let (mean, variance) =
            isTraining ? batchMoments(of: input) : (parameters[2].values, parameters[3].values)
        return (mean, variance.map { 1 / ($0 + Scalar(epsilon)).squareRoot() })
    }

    /// Mean and variance of each channel over the batch.
    private func batchMoments<Scalar: BinaryFloatingPoint & Sendable>(
        of input: Tensor<Scalar>
    ) -> (mean: [Scalar], variance: [Scalar]) {
        let count = Scalar(input.shape.count / channels)
        var mean = [Scalar](repeating: 0, count: channels), variance = mean
        for (index, value) in input.values.enumerated() { mean[index % channels] += value / count }
        for (index, value) in input.values.enumerated() {
            let distance = value - mean[index % channels]
            variance[index % channels] += distance * distance / count
        }
        return (mean, variance)
    }
}
