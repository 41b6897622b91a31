import Tensors

/// Two-dimensional convolution (cross-correlation, as all networks mean it), stride 1, no padding, with bias.
///
/// - Shapes: [H, W, C] → [H − kH + 1, W − kW + 1, O]; weight [O, kH, kW, C], bias [O].
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

    /// A convolution of the given sizes.
    public init(inputChannels: Int, outputChannels: Int, kernelHeight: Int, kernelWidth: Int) {
        self.inputChannels = inputChannels
        self.outputChannels = outputChannels
        self.kernelHeight = kernelHeight
        self.kernelWidth = kernelWidth
    }

    /// Convolution.
    public var name: String { "convolution" }

    /// Weight and bias.
    public var parameters: [ParameterSpecification] {
        let fanIn = kernelHeight * kernelWidth * inputChannels
        return [
            ParameterSpecification(
                name: "weight", shape: [outputChannels, kernelHeight, kernelWidth, inputChannels],
                initializer: .uniform(fanIn: fanIn), layout: .convolution),
            ParameterSpecification(
                name: "bias", shape: [outputChannels], initializer: .uniform(fanIn: fanIn), layout: .plain),
        ]
    }

    /// The positions at which the kernel fits.
    ///
    /// - Throws: ``NetworkError/unsuitableInput(operation:input:needs:)`` when there is none.
    public func outputShape(of inputs: [Shape]) throws -> Shape {
        let input = inputs[0]
        guard input.rank == 3, input[0] >= kernelHeight, input[1] >= kernelWidth, input[2] == inputChannels else {
            throw NetworkError.unsuitableInput(
                operation: name, input: input,
                needs: "height and width of at least \(kernelHeight) and \(kernelWidth), \(inputChannels) channels")
        }
        return [input[0] - kernelHeight + 1, input[1] - kernelWidth + 1, outputChannels]
    }

    /// Two flops for each weight at each output position.
    public func cost(of inputs: [Shape]) -> Cost {
        let positions = (inputs[0][0] - kernelHeight + 1) * (inputs[0][1] - kernelWidth + 1)
        let weights = kernelHeight * kernelWidth * inputChannels * outputChannels
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
        let (input, weight, bias) = (inputs[0].values, parameters[0].values, parameters[1].values)
        let geometry = Geometry(self, inputs[0].shape)
        var output = [Scalar](repeating: 0, count: geometry.outputShape.count)
        geometry.forEachOutput { position, channel in
            var sum = bias[channel]
            geometry.forEachTap(position, channel) { sum += input[$0] * weight[$1] }
            output[position.index * outputChannels + channel] = sum
        }
        return Tensor(geometry.outputShape, output)
    }

    /// Each tap passes dOutput · weight to the input and dOutput · input to the weight.
    @_specialize(where Scalar == Float)
    @_specialize(where Scalar == Double)
    public func backward<Scalar: BinaryFloatingPoint & Sendable>(
        _ dOutput: Tensor<Scalar>, output: Tensor<Scalar>, inputs: [Tensor<Scalar>], parameters: [Tensor<Scalar>],
        context: OperationContext
    ) -> OperationGradients<Scalar> {
        let (input, weight, gradients) = (inputs[0].values, parameters[0].values, dOutput.values)
        let geometry = Geometry(self, inputs[0].shape)
        var dInput = [Scalar](repeating: 0, count: input.count)
        var dWeight = [Scalar](repeating: 0, count: weight.count)
        var dBias = [Scalar](repeating: 0, count: outputChannels)
        geometry.forEachOutput { position, channel in
            let gradient = gradients[position.index * outputChannels + channel]
            dBias[channel] += gradient
            geometry.forEachTap(position, channel) {
                dInput[$0] += gradient * weight[$1]
                dWeight[$1] += gradient * input[$0]
            }
        }
        return OperationGradients(
            inputs: [Tensor(inputs[0].shape, dInput)],
            parameters: [Tensor(parameters[0].shape, dWeight), Tensor([outputChannels], dBias)])
    }
}

/// Where the kernel meets the input: the index arithmetic that both passes share.
private struct Geometry {
    struct Position {
        let index: Int
        let inputStart: Int
    }

    let outputShape: Shape
    private let height: Int
    private let width: Int
    private let channels: Int
    private let kernelHeight: Int
    private let run: Int

    init(_ operation: ConvolutionOperation, _ input: Shape) {
        (height, width, channels) = (input[1], input[2], input[3])
        (kernelHeight, run) = (operation.kernelHeight, operation.kernelWidth * channels)
        outputShape = [
            input[0], height - kernelHeight + 1, width - operation.kernelWidth + 1, operation.outputChannels,
        ]
    }

    @inline(__always)
    func forEachOutput(_ body: (Position, Int) -> Void) {
        var index = 0
        for image in 0..<outputShape[0] {
            for row in 0..<outputShape[1] {
                for column in 0..<outputShape[2] {
                    let start = ((image * height + row) * width + column) * channels
                    let position = Position(index: index, inputStart: start)
                    for channel in 0..<outputShape[3] { body(position, channel) }
                    index += 1
                }
            }
        }
    }

    /// Calls `body` with the indices of input and weight for each tap.
    ///
    /// A kernel row is one run in both.
    @inline(__always)
    func forEachTap(_ position: Position, _ channel: Int, _ body: (Int, Int) -> Void) {
        for row in 0..<kernelHeight {
            let input = position.inputStart + row * width * channels
            let weight = (channel * kernelHeight + row) * run
            for offset in 0..<run { body(input + offset, weight + offset) }
        }
    }
}
