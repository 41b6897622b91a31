import Execution
import Networks
import SpatialTransformers
import Tensors
import TestSupport
import Testing

@Suite("Convolutions of every geometry")
struct ConvolutionTests {
    /// The layer of a golden case.
    private func layer(_ golden: Golden, _ name: String, outputs: Int, kernel: PerAxis) throws -> Conv2d {
        func number(_ setting: String) throws -> Int { Int(try #require(golden.number(name, setting))) }
        func both(_ setting: String) throws -> PerAxis {
            PerAxis(height: try number(setting + "Height"), width: try number(setting + "Width"))
        }
        let zeros = try both("padding")
        return Conv2d(
            outputs, kernel: kernel, stride: try both("stride"),
            padding: golden.flag(name, "same") ? .same : .zeros(height: zeros.height, width: zeros.width),
            dilation: try both("dilation"), groups: try number("groups"), bias: golden.flag(name, "hasBias"))
    }

    @Test(
        "values, gradients and weight layout are PyTorch's", arguments: try Golden("convolution_geometry").caseNames)
    func golden(_ name: String) throws {
        let golden = try Golden("convolution_geometry")
        let input = try golden.image(name, "input")
        let weight = try golden.tensor(name, "weight")
        let layer = try layer(
            golden, name, outputs: weight.shape[0], kernel: PerAxis(height: weight.shape[2], width: weight.shape[3]))
        let graph = try GraphBuilder.graph(
            of: Sequential { layer }, input: Shape(Array(input.shape.dimensions.dropFirst())))
        let specification = graph.parameters[0].specification
        #expect(specification.pyTorchShape == weight.shape)
        #expect(graph.parameters.count == (layer.hasBias ? 2 : 1))
        func ours(_ key: String) throws -> Tensor<Double> {
            Tensor(specification.shape, specification.fromPyTorch(try golden.tensor(name, key).values)).converted()
        }
        let biases = layer.hasBias ? [try golden.doubles(name, "bias")] : []
        let backend = ReferenceBackend<Double>(graph: graph, parameters: [try ours("weight")] + biases)
        let values = backend.values(for: input.converted())
        let gradients = backend.gradients(
            of: values, dOutput: try golden.image(name, "outputGradient").converted())
        var pairs: [(String, Tensor<Double>, Tensor<Double>)] = [
            ("output", values[1], try golden.image(name, "output").converted()),
            ("input", gradients.input, try golden.image(name, "inputGradient").converted()),
            ("weight", gradients.parameters[0], try ours("weightGradient")),
        ]
        if layer.hasBias { pairs.append(("bias", gradients.parameters[1], try golden.doubles(name, "biasGradient"))) }
        for (what, actual, expected) in pairs {
            #expect(actual.shape == expected.shape, "\(name): \(what)")
            expectClose(actual.values, expected.values, relative: 1e-6, absolute: 1e-6, "\(name): \(what)")
        }
    }

    @Test("a literal or a number stands for both axes")
    func numbers() {
        let side = 3
        #expect(Conv2d(2, kernel: side).kernel == PerAxis(height: 3, width: 3))
        #expect(Conv2d(2, kernel: 3, stride: 2).stride == PerAxis(height: 2, width: 2))
        #expect(Conv2d(2, kernel: 3, padding: 1).padding == .zeros(height: 1, width: 1))
        #expect(Conv2d(2, kernel: 3, padding: .zeros(side)).padding == .zeros(height: 3, width: 3))
    }

    /// A layer, an image it does not fit, and the error.
    private static let misfits: [(Conv2d, Shape, NetworkError)] = {
        func invalid(_ setting: String, _ value: String, _ needs: String) -> NetworkError {
            .invalidSetting(layer: "Conv2d", setting: setting, value: value, needs: needs)
        }
        func small(_ input: Shape, _ height: Int, _ width: Int) -> NetworkError {
            .unsuitableInput(
                operation: "convolution", input: input,
                needs: "height and width of at least \(height) and \(width), \(input[2]) channels")
        }
        return [
            (Conv2d(0, kernel: 1), [4, 4, 2], invalid("outputChannels", "0", "positive")),
            (Conv2d(2, kernel: 0), [4, 4, 2], invalid("kernel", "0 × 0", "1 to 65535")),
            (
                Conv2d(2, kernel: PerAxis(height: 1, width: .max)), [4, 4, 2],
                invalid("kernel", "1 × \(Int.max)", "1 to 65535")
            ),
            (Conv2d(2, kernel: 1, stride: 0), [4, 4, 2], invalid("stride", "0 × 0", "1 to 65535")),
            (Conv2d(2, kernel: 1, dilation: -1), [4, 4, 2], invalid("dilation", "-1 × -1", "1 to 65535")),
            (Conv2d(2, kernel: 1, padding: -1), [4, 4, 2], invalid("padding", "-1 × -1", "0 to 65535")),
            (
                Conv2d(2, kernel: 3, stride: 2, padding: .same), [4, 4, 2],
                invalid("padding", "same", "a number of pixels where the stride is not 1")
            ),
            (
                Conv2d(6, kernel: 1, groups: 3), [4, 4, 4],
                invalid("groups", "3", "a divisor of 4 input channels and of 6 output channels")
            ),
            (
                Conv2d(6, kernel: 1, groups: 4), [4, 4, 4],
                invalid("groups", "4", "a divisor of 4 input channels and of 6 output channels")
            ),
            (
                Conv2d(6, kernel: 1, groups: 0), [4, 4, 4],
                invalid("groups", "0", "a divisor of 4 input channels and of 6 output channels")
            ),
            (Conv2d(2, kernel: 5), [4, 5, 2], small([4, 5, 2], 5, 5)),
            (Conv2d(2, kernel: 3, dilation: 2), [5, 4, 2], small([5, 4, 2], 5, 5)),
            (
                Conv2d(2, kernel: 5, padding: .zeros(height: 1, width: 0)), [3, 4, 2], small([3, 4, 2], 3, 5)
            ),
            (
                Conv2d(2, kernel: 1), [8],
                .unsuitableInput(operation: "Conv2d", input: [8], needs: "height, width, channels")
            ),
        ]
    }()

    @Test("a layer that does not fit says what it needs", arguments: misfits.indices)
    func misfit(_ index: Int) {
        let (layer, input, error) = Self.misfits[index]
        #expect(throws: error) { try GraphBuilder.graph(of: Sequential { layer }, input: input) }
        #expect(!error.description.contains("\n"))
    }
}
