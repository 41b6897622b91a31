import CKernels
import Execution
import Foundation
import Networks
import Tensors
import TestSupport
import Testing

/// A way to compute a layer, and the error that is stated for it in TESTING.md: root mean square, relative to the result's.
struct StatedError: Sendable, CustomStringConvertible {
    let name: String
    let size: ConvolutionSize
    let way: FastConvolution.Way
    /// Bounds for output, input gradient and weight gradient.
    let bounds: [Double]
    var description: String { name }

    static let convolutions = [
        StatedError(
            name: "direct 5×5", size: ConvolutionSize(2, 13, 13, 64, kernel: (5, 5), outputs: 128), way: .direct,
            bounds: [1e-6, 1e-6, 1e-6]),
        StatedError(
            name: "Winograd F(6×6, 3×3)", size: ConvolutionSize(2, 14, 14, 64, kernel: (3, 3), outputs: 64),
            way: .winograd, bounds: [8e-6, 8e-6, 8e-6]),
        StatedError(
            name: "Winograd F(4×4, 5×5)", size: ConvolutionSize(2, 13, 13, 64, kernel: (5, 5), outputs: 128),
            way: .winograd, bounds: [6e-6, 8e-6, 8e-6]),
        StatedError(
            name: "Winograd F(2×2, 7×7)", size: ConvolutionSize(2, 13, 13, 64, kernel: (7, 7), outputs: 64),
            way: .winograd, bounds: [8e-6, 8e-6, 8e-6]),
        StatedError(
            name: "few channels F(4×4, 5×5)", size: ConvolutionSize(2, 32, 32, 3, kernel: (5, 5), outputs: 16),
            way: .winogradNarrow, bounds: [4e-6, 1e-6, 1e-6]),
        StatedError(
            name: "few channels F(2×2, 7×7)", size: ConvolutionSize(2, 32, 32, 3, kernel: (7, 7), outputs: 64),
            way: .winogradNarrow, bounds: [4e-6, 1e-6, 1e-6]),
        StatedError(
            name: "direct 7×7 mixed", size: ConvolutionSize(2, 32, 32, 3, kernel: (7, 7), outputs: 64),
            way: .directMixed,
            bounds: [1e-6, 1e-6, 4e-3]),
        StatedError(
            name: "mixed F(6×6, 3×3)", size: ConvolutionSize(2, 14, 14, 64, kernel: (3, 3), outputs: 64),
            way: .winogradMixed, bounds: [8e-6, 0.06, 0.06]),
        StatedError(
            name: "mixed F(4×4, 5×5)", size: ConvolutionSize(2, 13, 13, 64, kernel: (5, 5), outputs: 128),
            way: .winogradMixed, bounds: [6e-6, 0.06, 0.06]),
        StatedError(
            name: "mixed F(2×2, 7×7)", size: ConvolutionSize(2, 13, 13, 64, kernel: (7, 7), outputs: 64),
            way: .winogradMixed, bounds: [8e-6, 0.06, 0.06]),
    ]
}

@Suite("Every way to compute a layer has the error that is stated")
struct StatedErrorTests {
    private func draw(_ count: Int, _ seed: UInt64, _ bound: Float = 1) -> [Float] {
        (randomTensor([count], seed: seed, -bound, bound) as Tensor<Float>).values
    }

    /// Prints what TESTING.md shows, and holds it to the bounds.
    private func check(_ name: String, _ set: InstructionSet, _ errors: [Double], _ bounds: [Double]) {
        print("error of \(name) on \(set):", errors.map { String(format: "%.1e", $0) }.joined(separator: "  "))
        for (error, bound) in zip(errors, bounds) {
            #expect(error < bound, "\(name) on \(set): \(errors)")
            // Zero would mean that nothing was compared.
            #expect(error > bound / 1000, "\(name) on \(set): \(errors)")
        }
    }

    @Test("convolutions", arguments: StatedError.convolutions)
    func convolution(_ stated: StatedError) throws {
        let size = stated.size
        let columns = size.kernelHeight * size.kernelWidth * size.channels
        let bound = 1 / Float(columns).squareRoot()
        let shape = stn_convolution_shape(
            images: Int64(size.images), height: Int64(size.height), width: Int64(size.width),
            channels: Int64(size.channels), kernel_height: Int64(size.kernelHeight),
            kernel_width: Int64(size.kernelWidth), outputs: Int64(size.outputs), pool: 1, relu: 0)
        let convolution = FastConvolution(
            shape: shape, input: draw(size.images * size.height * size.width * size.channels, 51),
            weight: draw(size.outputs * columns, 52, bound), bias: draw(size.outputs, 53, bound), way: stated.way)
        let dOutput = draw(convolution.outputCount, 54)
        let (output, gradients) = convolution.expected(dOutput: dOutput)
        for set in InstructionSet.available {
            let result = try convolution.run(set, dOutput: dOutput)
            let errors = [
                relativeError(result.output, output), relativeError(result.dInput, gradients.inputs[0].values),
                relativeError(result.dWeight, gradients.parameters[0].values),
            ]
            check(stated.name, set, errors, stated.bounds)
        }
    }

    @Test("convolutions by patches, dense and depthwise", arguments: [1, 64])
    func patches(_ groups: Int) throws {
        let operation = ConvolutionOperation(
            inputChannels: 64, outputChannels: 64, kernelHeight: 3, kernelWidth: 3, stride: 2, padding: 1,
            groups: groups)
        let convolution = FastPatchConvolution(
            operation, shape: [2, 28, 28, 64], ConvolutionEpilogue(pool: 1, relu: false, scaled: false))
        let dOutput = draw(try convolution.outputCount, 59)
        let (output, gradients) = convolution.plain.expected(dOutput: dOutput)
        for set in InstructionSet.available {
            let result = try convolution.run(set, dOutput: dOutput)
            let errors = [
                relativeError(result.output, output), relativeError(result.dInput, gradients.inputs[0].values),
                relativeError(result.dWeight, gradients.parameters[0].values),
            ]
            check(groups == 1 ? "patches 3×3" : "depthwise 3×3", set, errors, [1e-6, 1e-6, 1e-6])
        }
    }

    @Test("linear layers", arguments: Precision.allCases)
    func linear(_ precision: Precision) throws {
        let (rows, inputs, outputs) = (16, 2048, 64)
        let layer = FastLinear(
            rows: rows, inputs: inputs, outputs: outputs, relu: false, input: draw(rows * inputs, 55),
            weight: draw(outputs * inputs, 56, 0.02), bias: draw(outputs, 57, 0.02), precision: precision)
        let dOutput = draw(rows * outputs, 58)
        let operation = LinearOperation(inputs: inputs, outputs: outputs)
        let context = OperationContext(isTraining: false)
        let parameters = [
            Tensor([outputs, inputs], layer.weight.map(Double.init)), Tensor([outputs], layer.bias.map(Double.init)),
        ]
        let input = Tensor([rows, inputs], layer.input.map(Double.init))
        let output = operation.forward([input], parameters: parameters, context: context)
        let gradients = operation.backward(
            Tensor(output.shape, dOutput.map(Double.init)), output: output, inputs: [input], parameters: parameters,
            context: context)
        for set in InstructionSet.available {
            let result = try layer.run(set, dOutput: dOutput)
            let errors = [
                relativeError(result.output, output.values),
                relativeError(result.dInput, gradients.inputs[0].values),
                relativeError(result.dWeight, gradients.parameters[0].values),
            ]
            let bound = precision == .mixed ? 4e-3 : 2e-6
            check("linear \(precision)", set, errors, [bound, bound, bound])
        }
    }
}
