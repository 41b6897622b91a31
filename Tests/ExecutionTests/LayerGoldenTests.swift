import CKernels
import Execution
import Interchange
import Networks
import Tensors
import TestSupport
import Testing

/// The fast path's kernels against PyTorch's values and gradients, on every instruction set.
@Suite("Kernels against PyTorch")
struct LayerGoldenTests {
    /// Compares what the kernels give with a case's tensors, keys as in the file.
    private func expect(
        _ result: [(key: String, actual: [Float], expected: Tensor<Float>)], _ what: String,
        absolute: Float = 1e-5, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        for (key, actual, expected) in result {
            expectClose(
                actual, expected.values, relative: 1e-5, absolute: absolute, "\(what): \(key)",
                sourceLocation: sourceLocation)
        }
    }

    private func checkConvolution(_ file: String, _ name: String, pool: Int64, relu: Int64) throws {
        let golden = try Golden(file)
        let (input, weight) = (try golden.image(name, "input"), try golden.convolutionWeight(name, "weight"))
        let shape = stn_convolution_shape(
            images: Int64(input.shape[0]), height: Int64(input.shape[1]), width: Int64(input.shape[2]),
            channels: Int64(input.shape[3]), kernel_height: Int64(weight.shape[1]),
            kernel_width: Int64(weight.shape[2]), outputs: Int64(weight.shape[0]), pool: pool, relu: relu)
        let convolution = FastConvolution(
            shape: shape, input: input.values, weight: weight.values, bias: try golden.tensor(name, "bias").values)
        let dOutput = try golden.image(name, "outputGradient").values
        for set in InstructionSet.available {
            let result = try convolution.run(set, dOutput: dOutput)
            try expect(
                [
                    ("output", result.output, golden.image(name, "output")),
                    ("inputGradient", result.dInput, golden.image(name, "inputGradient")),
                    ("weightGradient", result.dWeight, golden.convolutionWeight(name, "weightGradient")),
                    ("biasGradient", result.dBias, golden.tensor(name, "biasGradient")),
                ], "\(set), \(name)", absolute: 2e-5)
        }
    }

    @Test("convolution", arguments: try Golden("convolution").caseNames)
    func convolution(_ name: String) throws { try checkConvolution("convolution", name, pool: 1, relu: 0) }

    @Test("convolution, pooling and ReLU in one", arguments: try Golden("convolution_pool_relu").caseNames)
    func fused(_ name: String) throws { try checkConvolution("convolution_pool_relu", name, pool: 2, relu: 1) }

    @Test("linear layer", arguments: ["linear", "linear_one_row", "linear_wide", "linear_relu"])
    func linear(_ name: String) throws {
        let golden = try Golden("layers")
        let (input, weight) = (try golden.tensor(name, "input"), try golden.tensor(name, "weight"))
        let layer = FastLinear(
            rows: input.shape[0], inputs: input.shape[1], outputs: weight.shape[0], relu: name == "linear_relu",
            input: input.values, weight: weight.values, bias: try golden.tensor(name, "bias").values)
        for set in InstructionSet.available {
            let result = try layer.run(set, dOutput: golden.tensor(name, "outputGradient").values)
            try expect(
                [
                    ("output", result.output, golden.tensor(name, "output")),
                    ("inputGradient", result.dInput, golden.tensor(name, "inputGradient")),
                    ("weightGradient", result.dWeight, golden.tensor(name, "weightGradient")),
                    ("biasGradient", result.dBias, golden.tensor(name, "biasGradient")),
                ], "\(set), \(name)")
        }
    }

    @Test("max-pooling", arguments: ["max_pool_even", "max_pool_floor", "max_pool_narrow"])
    func maxPool(_ name: String) throws {
        let golden = try Golden("layers")
        let (input, expected) = (try golden.image(name, "input"), try golden.image(name, "output"))
        let (source, dOutput) = (
            GuardedBuffer(input.values), GuardedBuffer(try golden.image(name, "outputGradient").values)
        )
        for set in InstructionSet.available {
            let output = GuardedBuffer<Float>(count: expected.shape.count)
            let choice = GuardedBuffer<UInt8>(count: expected.shape.count)
            let dInput = GuardedBuffer<Float>(count: input.shape.count)
            let windows = PoolingWindows(height: 2, width: 2, stride: 2).kernelShape(
                input: Shape(Array(input.shape.dimensions.dropFirst())),
                output: Shape(Array(expected.shape.dimensions.dropFirst())), batch: input.shape[0])
            let forward = stn_max_pool_arguments(
                shape: windows, input: source.pointer, output: output.pointer, choice: choice.pointer)
            try run(set.table.max_pool, forward, tasks: input.shape[0] * expected.shape[1])
            let backward = stn_max_pool_gradient_arguments(
                shape: windows, choice: choice.pointer, d_output: dOutput.pointer, d_input: dInput.pointer)
            try run(set.table.max_pool_gradient, backward, tasks: input.shape[0] * input.shape[1])
            expectSame(output.values, expected.values, "\(set): output")
            expectSame(dInput.values, try golden.image(name, "inputGradient").values, "\(set): gradient")
        }
    }

    @Test("ReLU")
    func relu() throws {
        let golden = try Golden("layers")
        let input = try golden.tensor("relu", "input").values
        let (source, dOutput) = (
            GuardedBuffer(input), GuardedBuffer(try golden.tensor("relu", "outputGradient").values)
        )
        for set in InstructionSet.available {
            let (output, dInput) = (GuardedBuffer<Float>(count: input.count), GuardedBuffer<Float>(count: input.count))
            let forward = stn_relu_arguments(
                count: Int64(input.count), input: source.pointer, output: output.pointer)
            try run(set.table.relu, forward, tasks: 1)
            let backward = stn_relu_gradient_arguments(
                count: Int64(input.count), output: output.pointer, d_output: dOutput.pointer, d_input: dInput.pointer)
            try run(set.table.relu_gradient, backward, tasks: 1)
            expectSame(output.values, try golden.tensor("relu", "output").values, "\(set): output")
            expectSame(dInput.values, try golden.tensor("relu", "inputGradient").values, "\(set): gradient")
        }
    }

    @Test("affine grid and sampler", arguments: try Golden("affine_sampler").caseNames)
    func sampler(_ name: String) throws {
        let golden = try Golden("affine_sampler")
        let output = try golden.image(name, "output")
        let sampler = FastSampler(
            image: try golden.image(name, "input"), theta: try golden.tensor(name, "theta").values,
            outputHeight: output.shape[1], outputWidth: output.shape[2],
            alignCorners: golden.flag(name, "alignCorners"))
        for set in InstructionSet.available {
            let gradients = try sampler.gradients(set, dOutput: golden.image(name, "outputGradient").values)
            try expect(
                [
                    ("output", sampler.output(set), output),
                    ("inputGradient", gradients.dImage, golden.image(name, "inputGradient")),
                    ("thetaGradient", gradients.dTheta, golden.tensor(name, "thetaGradient")),
                ], "\(set), \(name)", absolute: 5e-5)
        }
    }
}
