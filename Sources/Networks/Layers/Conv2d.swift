import Tensors

/// A two-dimensional convolution.
///
/// ```swift
/// Conv2d(64, kernel: 3, stride: 2, padding: 1, bias: false)
/// Conv2d(32, kernel: PerAxis(height: 1, width: 5), padding: .same)
/// ```
///
/// - Shapes: [H, W, C] → [H − k + 1, W − k + 1, outputs] as it stands; ``ConvolutionOperation`` says what stride, padding and
///   dilation make of it.
/// - Numerics: initial weights and biases are uniform within ±1/√(k·k·C/groups), as PyTorch's layer draws them.
public struct Conv2d: Layer {
    /// Channels of the output.
    public let outputChannels: Int
    /// Rows and columns of the kernel.
    public let kernel: PerAxis
    /// Pixels from one output to the next.
    public let stride: PerAxis
    /// Zeros around the image.
    public let padding: Padding
    /// Pixels from one tap of the kernel to the next.
    public let dilation: PerAxis
    /// Parts that the channels fall into, each convolved by itself; as many as channels make the convolution depthwise.
    public let groups: Int
    /// Whether a learned number is added to each output channel.
    public let hasBias: Bool

    /// A convolution with `outputChannels` kernels.
    ///
    /// Defaults are PyTorch's.
    /// - Parameters:
    ///   - outputChannels: Channels of the output.
    ///   - kernel: Rows and columns of the kernel.
    ///   - stride: Pixels from one output to the next.
    ///   - padding: Zeros around the image.
    ///   - dilation: Pixels from one tap of the kernel to the next.
    ///   - groups: Parts that the channels fall into.
    ///   - bias: Whether to add a bias; of no use before a normalization that takes the mean away.
    public init(
        _ outputChannels: Int, kernel: PerAxis, stride: PerAxis = 1, padding: Padding = .valid, dilation: PerAxis = 1,
        groups: Int = 1, bias: Bool = true
    ) {
        self.outputChannels = outputChannels
        self.kernel = kernel
        self.stride = stride
        self.padding = padding
        self.dilation = dilation
        self.groups = groups
        hasBias = bias
    }

    /// The same with a square kernel, given as a number.
    public init(
        _ outputChannels: Int, kernel: Int, stride: PerAxis = 1, padding: Padding = .valid, dilation: PerAxis = 1,
        groups: Int = 1, bias: Bool = true
    ) {
        self.init(
            outputChannels, kernel: PerAxis(kernel), stride: stride, padding: padding, dilation: dilation,
            groups: groups,
            bias: bias)
    }

    /// Adds the convolution.
    ///
    /// - Throws: ``NetworkError`` when sizes are not positive, settings do not go together, or the input is smaller than the
    ///   kernel.
    public func lower(_ input: Graph.Value, into builder: inout GraphBuilder) throws -> Graph.Value {
        let shape = builder.shape(of: input)
        guard outputChannels > 0 else {
            throw NetworkError.invalidSetting(
                layer: "Conv2d", setting: "outputChannels", value: "\(outputChannels)", needs: "positive")
        }
        guard shape.rank == 3 else {
            throw NetworkError.unsuitableInput(operation: "Conv2d", input: shape, needs: "height, width, channels")
        }
        let operation = ConvolutionOperation(
            inputChannels: shape[2], outputChannels: outputChannels, kernelHeight: kernel.height,
            kernelWidth: kernel.width, stride: stride, padding: padding, dilation: dilation, groups: groups,
            hasBias: hasBias)
        return try builder.add(operation, input, kind: "conv")
    }
}
