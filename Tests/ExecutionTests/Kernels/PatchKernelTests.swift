import CKernels
import Execution
import Networks
import Tensors
import TestSupport
import Testing

/// A convolution that goes by patches.
struct PatchCase: Sendable, CustomStringConvertible {
    let description: String
    /// Of the input.
    let shape: Shape
    let operation: ConvolutionOperation

    init(
        _ description: String, _ shape: Shape, outputs: Int, kernel: PerAxis, stride: PerAxis = 1,
        padding: Padding = .valid, dilation: PerAxis = 1, groups: Int = 1, hasBias: Bool = true
    ) {
        (self.description, self.shape) = (description, shape)
        operation = ConvolutionOperation(
            inputChannels: shape[3], outputChannels: outputs, kernelHeight: kernel.height, kernelWidth: kernel.width,
            stride: stride, padding: padding, dilation: dilation, groups: groups, hasBias: hasBias)
    }

    static let all = [
        PatchCase("one number", [1, 2, 2, 1], outputs: 1, kernel: 1, padding: 1),
        PatchCase("padded", [2, 7, 5, 3], outputs: 5, kernel: 3, padding: 1),
        PatchCase(
            "padded beyond the kernel", [1, 3, 4, 2], outputs: 17, kernel: PerAxis(height: 2, width: 3), padding: 4),
        PatchCase("even and same", [2, 6, 5, 2], outputs: 3, kernel: PerAxis(height: 4, width: 2), padding: .same),
        PatchCase("strided", [3, 9, 11, 5], outputs: 33, kernel: 3, stride: 2, padding: 1, hasBias: false),
        PatchCase(
            "stride beyond the kernel", [2, 9, 9, 3], outputs: 16, kernel: 2, stride: PerAxis(height: 3, width: 4)),
        PatchCase(
            "dilated, axes differ", [2, 9, 11, 4], outputs: 35, kernel: PerAxis(height: 3, width: 2),
            stride: PerAxis(height: 1, width: 2), padding: .zeros(height: 2, width: 1),
            dilation: PerAxis(height: 3, width: 2)),
        PatchCase("in groups", [2, 7, 6, 6], outputs: 15, kernel: 3, padding: 1, groups: 3),
        PatchCase("wide groups, dilated", [1, 9, 7, 34], outputs: 66, kernel: 3, padding: 1, dilation: 2, groups: 2),
        PatchCase("pixels in place", [3, 5, 7, 19], outputs: 37, kernel: 1),
        PatchCase("pixels in place, in groups", [2, 5, 4, 38], outputs: 10, kernel: 1, groups: 2, hasBias: false),
        PatchCase("pixels in steps", [3, 6, 5, 18], outputs: 34, kernel: 1, stride: 2),
        // More than a task's positions, more images than parts, and a patch of more than its share of the cache.
        PatchCase("many images", [21, 8, 8, 2], outputs: 3, kernel: 3, stride: 1, padding: 1),
        PatchCase("a long patch", [1, 5, 5, 260], outputs: 4, kernel: 3, stride: 2, padding: 1),
        PatchCase("several outputs a channel", [2, 6, 6, 5], outputs: 10, kernel: 3, padding: 1, groups: 5),
    ]
    static let depthwise = [
        PatchCase("few channels", [2, 7, 5, 3], outputs: 3, kernel: 3, padding: 1, groups: 3),
        PatchCase(
            "channels across vectors", [2, 6, 5, 37], outputs: 37, kernel: 3, padding: 1, groups: 37, hasBias: false),
        PatchCase("blocks of vectors", [1, 5, 4, 83], outputs: 83, kernel: 3, stride: 2, padding: 1, groups: 83),
        PatchCase(
            "axes differ", [2, 9, 8, 18], outputs: 18, kernel: PerAxis(height: 3, width: 2),
            stride: PerAxis(height: 1, width: 3), padding: .zeros(height: 2, width: 4),
            dilation: PerAxis(height: 3, width: 2), groups: 18),
        PatchCase("a wide row and many images", [18, 2, 150, 2], outputs: 2, kernel: 2, padding: .same, groups: 2),
    ]
    static let smallGroups = [
        PatchCase("pairs", [2, 6, 5, 38], outputs: 38, kernel: 3, padding: 1, groups: 19),
        PatchCase("fours", [2, 6, 5, 84], outputs: 84, kernel: 3, stride: 2, padding: 1, groups: 21, hasBias: false),
        PatchCase("eights, even and same", [2, 5, 6, 16], outputs: 16, kernel: 2, padding: .same, groups: 2),
        PatchCase(
            "eights", [3, 7, 6, 24], outputs: 24, kernel: PerAxis(height: 3, width: 2),
            padding: .zeros(height: 2, width: 1),
            dilation: PerAxis(height: 2, width: 1), groups: 3),
        PatchCase("threes", [2, 5, 4, 12], outputs: 12, kernel: 3, padding: 1, groups: 4),
    ]
}

@Suite("Convolution kernels by patches against plain loops")
struct PatchKernelTests {
    private func check(_ patchCase: PatchCase, _ epilogue: ConvolutionEpilogue) throws {
        let convolution = FastPatchConvolution(patchCase.operation, shape: patchCase.shape, epilogue)
        // Nothing is left of a single row by pooling.
        let outputCount = try convolution.outputCount
        guard outputCount > 0 else { return }
        let dOutput = (randomTensor([outputCount], seed: 45) as Tensor<Float>).values
        let (output, gradients) = convolution.plain.expected(dOutput: dOutput)
        for set in InstructionSet.available {
            let result = try convolution.run(set, dOutput: dOutput)
            var pairs: [(String, [Float], [Double])] = [
                ("output", result.output, output), ("input", result.dInput, gradients.inputs[0].values),
                ("weight", result.dWeight, gradients.parameters[0].values),
            ]
            if patchCase.operation.hasBias { pairs.append(("bias", result.dBias, gradients.parameters[1].values)) }
            for (what, actual, expected) in pairs {
                let scale = expected.reduce(0) { max($0, abs($1)) }
                expectClose(
                    actual.map(Double.init), expected, relative: 1e-5, absolute: 2e-6 * scale, "\(set): \(what)")
            }
            // The other gradients do not depend on whether the input's is wanted.
            let without = try convolution.run(set, dOutput: dOutput, wantsInput: false)
            expectSame(without.dWeight, result.dWeight, "\(set): weight alone")
        }
    }

    @Test("a convolution by patches and what is fused to it", arguments: PatchCase.all, ConvolutionEpilogue.all)
    func patches(_ patchCase: PatchCase, _ epilogue: ConvolutionEpilogue) throws {
        try check(patchCase, epilogue)
    }

    @Test("a depthwise convolution and what is fused to it", arguments: PatchCase.depthwise, ConvolutionEpilogue.all)
    func depthwise(_ patchCase: PatchCase, _ epilogue: ConvolutionEpilogue) throws {
        let convolution = FastPatchConvolution(patchCase.operation, shape: patchCase.shape, epilogue)
        for set in InstructionSet.available {
            #expect(convolution.patches(try #require(set.kernels)).isDepthwise)
        }
        try check(patchCase, epilogue)
    }

    @Test(
        "small groups, which depend on the vectors' width, and what is fused to them", arguments: PatchCase.smallGroups,
        ConvolutionEpilogue.all)
    func smallGroups(_ patchCase: PatchCase, _ epilogue: ConvolutionEpilogue) throws {
        try check(patchCase, epilogue)
    }

    @Test("NaN in one channel reaches the outputs of its group alone", arguments: [1, 2, 4, 8])
    func notANumber(_ members: Int) throws {
        let channels = 32
        let operation = ConvolutionOperation(
            inputChannels: channels, outputChannels: channels, kernelHeight: 3, kernelWidth: 3, padding: 1,
            groups: channels / members)
        var convolution = FastPatchConvolution(
            operation, shape: [1, 3, 3, channels], ConvolutionEpilogue(pool: 1, relu: false, scaled: false))
        // In the middle, where every position sees it.
        convolution.plain.input[4 * channels + 5] = .nan
        let group = 5 / members * members..<5 / members * members + members
        for set in InstructionSet.available {
            let result = try convolution.run(set, dOutput: [Float](repeating: 1, count: 9 * channels))
            for (index, value) in result.output.enumerated() {
                #expect(value.isNaN == group.contains(index % channels), "\(set): output \(index)")
            }
            #expect(!result.dInput.contains { $0.isNaN })
        }
    }
}
