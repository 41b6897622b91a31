import Tensors

/// A two-dimensional convolution with stride 1 and no padding.
///
/// - Shapes: [H, W, C] → [H − k + 1, W − k + 1, outputs].
/// - Numerics: initial weights and biases are uniform within ±1/√(k·k·C), as PyTorch's layer draws them.
public struct Conv2d: Layer {
    /// Channels of the output.
    public let outputChannels: Int
    /// Rows and columns of the kernel.
    public let kernel: Int

    /// A convolution with `outputChannels` square kernels.
    public init(_ outputChannels: Int, kernel: Int) {
        self.outputChannels = outputChannels
        self.kernel = kernel
    }

    /// Adds the convolution.
    ///
    /// - Throws: ``NetworkError`` when sizes are not positive or the input is smaller than the kernel.
    public func lower(_ input: Graph.Value, into builder: inout GraphBuilder) throws -> Graph.Value {
        let shape = builder.shape(of: input)
        guard outputChannels > 0, kernel > 0 else {
            throw NetworkError.invalidSetting(
                layer: "Conv2d", setting: "outputChannels, kernel", value: "\(outputChannels), \(kernel)",
                needs: "positive")
        }
        guard shape.rank == 3 else {
            throw NetworkError.unsuitableInput(operation: "Conv2d", input: shape, needs: "height, width, channels")
        }
        let operation = ConvolutionOperation(
            inputChannels: shape[2], outputChannels: outputChannels, kernelHeight: kernel, kernelWidth: kernel)
        return try builder.add(operation, input, kind: "conv")
    }
}
