import Tensors

/// Two-dimensional convolution (cross-correlation, as all networks mean it) with stride, zero padding, dilation and groups.
///
/// - Convention: output (y, x) reads the input at y · stride − padding + tap · dilation, likewise in x; outside is zero.
///   With groups, the outputs of a group see the inputs of that group alone; with as many groups as channels the convolution
///   is called depthwise.
/// - Shapes: [H, W, C] → [⌊(H + padding − dilation · (kH − 1) − 1) / stride⌋ + 1, likewise for W, O], padding counted on both
///   sides; weight [O, kH, kW, C / groups], bias [O]. PyTorch's weight is [O, C / groups, kH, kW].
/// - Gradient: dWeight and dInput are correlations with dOutput; dBias is its sum.
public struct ConvolutionOperation: Operation {
    /// Channels of the input.
    public let inputChannels: Int
    /// Channels of the output.
    public let outputChannels: Int
    /// Rows of the kernel.
    public let kernelHeight: Int
    /// Columns of the kernel.
    public let kernelWidth: Int
    /// Pixels from one output to the next.
    public let stride: PerAxis
    /// Zeros around the image.
    public let padding: Padding
    /// Pixels from one tap of the kernel to the next.
    public let dilation: PerAxis
    /// Parts that the channels fall into, each convolved by itself.
    public let groups: Int
    /// Whether a learned number is added to each output channel.
    public let hasBias: Bool

    /// A convolution of the given sizes; what is left out is the plainest: every position of the kernel within the image, one
    /// group, with bias.
    public init(
        inputChannels: Int, outputChannels: Int, kernelHeight: Int, kernelWidth: Int, stride: PerAxis = 1,
        padding: Padding = .valid, dilation: PerAxis = 1, groups: Int = 1, hasBias: Bool = true
    ) {
        self.inputChannels = inputChannels
        self.outputChannels = outputChannels
        self.kernelHeight = kernelHeight
        self.kernelWidth = kernelWidth
        self.stride = stride
        self.padding = padding
        self.dilation = dilation
        self.groups = groups
        self.hasBias = hasBias
    }

    /// Convolution.
    public var name: String { "convolution" }

    /// Weight, and bias if it has one.
    public var parameters: [ParameterSpecification] {
        let channels = inputChannels / groups
        let drawn = Initializer.uniform(fanIn: kernelHeight * kernelWidth * channels)
        let weight = ParameterSpecification(
            name: "weight", shape: [outputChannels, kernelHeight, kernelWidth, channels], initializer: drawn,
            layout: .convolution)
        let bias = ParameterSpecification(name: "bias", shape: [outputChannels], initializer: drawn, layout: .plain)
        return hasBias ? [weight, bias] : [weight]
    }

    /// The positions at which the kernel fits.
    ///
    /// - Throws: ``NetworkError/unsuitableInput(operation:input:needs:)`` when there is none, and
    ///   ``NetworkError/invalidSetting(layer:setting:value:needs:)`` for settings that no input suits.
    public func outputShape(of inputs: [Shape]) throws -> Shape {
        try validate()
        let input = inputs[0]
        let needed = PerAxis(
            height: max(1, reach.height + 1 - paddingBefore.height - paddingAfter.height),
            width: max(1, reach.width + 1 - paddingBefore.width - paddingAfter.width))
        guard input.rank == 3, input[0] >= needed.height, input[1] >= needed.width, input[2] == inputChannels else {
            throw NetworkError.unsuitableInput(
                operation: name, input: input,
                needs: "height and width of at least \(needed.height) and \(needed.width), \(inputChannels) channels")
        }
        let positions = positions(height: input[0], width: input[1])
        return [positions.height, positions.width, outputChannels]
    }

    /// Two flops for each weight at each output position.
    public func cost(of inputs: [Shape]) -> Cost {
        let size = positions(height: inputs[0][0], width: inputs[0][1])
        let positions = size.height * size.width
        let weights = kernelHeight * kernelWidth * (inputChannels / groups) * outputChannels
        return Cost(
            flops: 2 * Double(positions) * Double(weights),
            bytes: 4 * Double(inputs[0].count + positions * outputChannels))
    }

    /// Σ over the kernel of input · weight, plus bias.
    @_specialize(where Scalar == Float)
    @_specialize(where Scalar == Double)
    public func forward<Scalar: BinaryFloatingPoint & Sendable>(
        _ inputs: [Tensor<Scalar>], parameters: [Tensor<Scalar>], context: OperationContext
    ) -> Tensor<Scalar> {
        let (input, weight) = (inputs[0].values, parameters[0].values)
        let bias = hasBias ? parameters[1].values : [Scalar](repeating: 0, count: outputChannels)
        let geometry = ConvolutionGeometry(self, height: inputs[0].shape[1], width: inputs[0].shape[2])
        let shape: Shape = [inputs[0].shape[0], geometry.positions.height, geometry.positions.width, outputChannels]
        var output = [Scalar](repeating: 0, count: shape.count)
        geometry.forEachOutput(images: shape[0]) { position, channel in
            var sum = bias[channel]
            geometry.forEachTap(position, channel) { sum += input[$0] * weight[$1] }
            output[position.index * outputChannels + channel] = sum
        }
        return Tensor(shape, output)
    }

    /// Each tap passes dOutput · weight to the input and dOutput · input to the weight.
    @_specialize(where Scalar == Float)
    @_specialize(where Scalar == Double)
    public func backward<Scalar: BinaryFloatingPoint & Sendable>(
        _ dOutput: Tensor<Scalar>, output: Tensor<Scalar>, inputs: [Tensor<Scalar>], parameters: [Tensor<Scalar>],
        context: OperationContext
    ) -> OperationGradients<Scalar> {
        let (input, weight, gradients) = (inputs[0].values, parameters[0].values, dOutput.values)
        let geometry = ConvolutionGeometry(self, height: inputs[0].shape[1], width: inputs[0].shape[2])
        var dInput = [Scalar](repeating: 0, count: input.count)
        var dWeight = [Scalar](repeating: 0, count: weight.count)
        var dBias = [Scalar](repeating: 0, count: outputChannels)
        geometry.forEachOutput(images: inputs[0].shape[0]) { position, channel in
            let gradient = gradients[position.index * outputChannels + channel]
            dBias[channel] += gradient
            geometry.forEachTap(position, channel) {
                dInput[$0] += gradient * weight[$1]
                dWeight[$1] += gradient * input[$0]
            }
        }
        let dParameters = [Tensor(parameters[0].shape, dWeight), Tensor([outputChannels], dBias)]
        return OperationGradients(
            inputs: [Tensor(inputs[0].shape, dInput)], parameters: hasBias ? dParameters : [dParameters[0]])
    }
}
