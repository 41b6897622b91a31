import Execution
import Networks
import SpatialTransformers
import Tensors
import TestSupport
import Testing
import Warping

/// The reference operations against PyTorch's values and gradients.
///
/// The fast path is held to the reference elsewhere.
@Suite("The reference against PyTorch")
struct GoldenTests {
    @Test("convolution", arguments: try Golden("convolution").caseNames)
    func convolution(_ name: String) throws { try check(Golden("convolution"), name, []) }

    @Test("convolution, pooling and ReLU", arguments: try Golden("convolution_pool_relu").caseNames)
    func convolutionPoolReLU(_ name: String) throws {
        try check(Golden("convolution_pool_relu"), name, [MaxPoolOperation(window: 2), ReLUOperation()])
    }

    @Test("linear layer", arguments: ["linear", "linear_one_row", "linear_wide", "linear_relu", "flatten_linear"])
    func linear(_ name: String) throws {
        let golden = try Golden("layers")
        let weight = try golden.tensor(name, "weight")
        let outputs = weight.shape[0]
        let isImage = name == "flatten_linear"
        let input = isImage ? try golden.image(name, "input") : try golden.tensor(name, "input")
        let network = Sequential {
            Flatten(); Linear(outputs)
            if name == "linear_relu" { ReLU() }
        }
        let shape = isImage ? Shape(Array(input.shape.dimensions.dropFirst())) : [1, 1, input.shape[1]]
        let graph = try GraphBuilder.graph(of: network, input: shape)
        let layout = graph.parameters[0].specification
        func ours(_ key: String) throws -> Tensor<Double> {
            Tensor(layout.shape, layout.fromPyTorch(try golden.tensor(name, key).values)).converted()
        }
        let backend = ReferenceBackend<Double>(
            graph: graph, parameters: [try ours("weight"), try golden.doubles(name, "bias")])
        let values = backend.values(for: input.reshaped(shape.prefixed(by: input.shape[0])).converted())
        let gradients = backend.gradients(of: values, dOutput: try golden.doubles(name, "outputGradient"))
        let dInput = isImage ? try golden.image(name, "inputGradient") : try golden.tensor(name, "inputGradient")
        for (what, actual, expected) in [
            ("output", values[graph.output.index], try golden.doubles(name, "output")),
            ("input", gradients.input, dInput.converted()),
            ("weight", gradients.parameters[0], try ours("weightGradient")),
            ("bias", gradients.parameters[1], try golden.doubles(name, "biasGradient")),
        ] {
            expectClose(actual.values, expected.values, relative: 1e-6, absolute: 1e-6, "\(name): \(what)")
        }
    }

    @Test("max-pooling and ReLU", arguments: ["max_pool_even", "max_pool_floor", "max_pool_narrow", "relu"])
    func withoutParameters(_ name: String) throws {
        let golden = try Golden("layers")
        let context = OperationContext(isTraining: false)
        let operation: any Operation = name == "relu" ? ReLUOperation() : MaxPoolOperation(window: 2)
        let input: Tensor<Double> = try golden.image(name, "input").converted()
        let output = operation.forward([input], parameters: [], context: context)
        let dInput = operation.backward(
            try golden.image(name, "outputGradient").converted(), output: output, inputs: [input], parameters: [],
            context: context
        ).inputs[0]
        let expected: [Tensor<Double>] = [
            try golden.image(name, "output").converted(), try golden.image(name, "inputGradient").converted(),
        ]
        #expect([output, dInput] == expected)
    }

    @Test("log-softmax and negative log-likelihood", arguments: try Golden("loss").caseNames)
    func loss(_ name: String) throws {
        let golden = try Golden("loss")
        let labels = try golden.integers(name, "labels").map(Int32.init)
        let (loss, gradient) = CrossEntropy.lossAndGradient(
            logits: try golden.doubles(name, "input"), labels: labels,
            smoothing: try #require(golden.number(name, "smoothing")))
        expectClose([loss], try golden.doubles(name, "loss").values, relative: 1e-6, "loss")
        expectClose(
            gradient.values, try golden.doubles(name, "inputGradient").values, relative: 1e-6, absolute: 1e-7,
            "gradient")
        expectClose(
            CrossEntropy.logSoftmax(try golden.doubles(name, "input")).values,
            try golden.doubles(name, "logProbabilities").values, relative: 1e-6, "log-probabilities")
    }

    @Test("affine grid and bilinear sampler", arguments: try Golden("affine_sampler").caseNames)
    func sampler(_ name: String) throws {
        let golden = try Golden("affine_sampler")
        let corners = CornerConvention(alignCorners: golden.flag(name, "alignCorners"))
        let image: Tensor<Double> = try golden.image(name, "input").converted()
        let theta = try golden.doubles(name, "theta")
        let expected: Tensor<Double> = try golden.image(name, "output").converted()
        let grid = AffineTransform.grid(
            theta: theta.reshaped([theta.shape[0], 6]), height: expected.shape[1], width: expected.shape[2],
            corners: corners)
        let sampler = Sampler(corners: corners)
        expectClose(sampler.sample(image, at: grid).values, expected.values, relative: 1e-5, absolute: 1e-6, "output")
        let dOutput: Tensor<Double> = try golden.image(name, "outputGradient").converted()
        let gradients = sampler.gradients(dOutput: dOutput, image: image, grid: grid)
        let dImage: Tensor<Double> = try golden.image(name, "inputGradient").converted()
        expectClose(gradients.dImage.values, dImage.values, relative: 1e-5, absolute: 1e-6, "gradient of the image")
        expectClose(
            AffineTransform.thetaGradient(dGrid: gradients.dGrid, corners: corners).values,
            try golden.doubles(name, "thetaGradient").values, relative: 1e-5, absolute: 1e-5, "gradient of θ")
    }

    /// Values and gradients of a convolution and what follows it.
    private func check(_ golden: Golden, _ name: String, _ followers: [any Operation]) throws {
        let context = OperationContext(isTraining: false)
        let weight: Tensor<Double> = try golden.convolutionWeight(name, "weight").converted()
        let parameters = [weight, try golden.doubles(name, "bias")]
        let operations: [any Operation] =
            [
                ConvolutionOperation(
                    inputChannels: weight.shape[3], outputChannels: weight.shape[0], kernelHeight: weight.shape[1],
                    kernelWidth: weight.shape[2])
            ] + followers
        var values: [Tensor<Double>] = [try golden.image(name, "input").converted()]
        for (index, operation) in operations.enumerated() {
            values.append(
                operation.forward([values[index]], parameters: index == 0 ? parameters : [], context: context))
        }
        var gradient: Tensor<Double> = try golden.image(name, "outputGradient").converted()
        var dParameters: [Tensor<Double>] = []
        for (index, operation) in operations.enumerated().reversed() {
            let gradients = operation.backward(
                gradient, output: values[index + 1], inputs: [values[index]],
                parameters: index == 0 ? parameters : [], context: context)
            (gradient, dParameters) = (gradients.inputs[0], gradients.parameters)
        }
        let pairs: [(String, Tensor<Double>, Tensor<Double>)] = [
            ("output", values[operations.count], try golden.image(name, "output").converted()),
            ("input", gradient, try golden.image(name, "inputGradient").converted()),
            ("weight", dParameters[0], try golden.convolutionWeight(name, "weightGradient").converted()),
            ("bias", dParameters[1], try golden.doubles(name, "biasGradient")),
        ]
        for (what, actual, expected) in pairs {
            expectClose(actual.values, expected.values, relative: 1e-5, absolute: 1e-5, "\(name): \(what)")
        }
    }
}
