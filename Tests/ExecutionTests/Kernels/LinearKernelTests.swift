import CKernels
import Execution
import Networks
import Tensors
import TestSupport
import Testing

/// The size of a linear layer.
struct LinearSize: Sendable, CustomStringConvertible {
    let rows, inputs, outputs: Int
    var description: String { "\(rows) rows, \(inputs) to \(outputs)" }

    static let all = [(1, 8, 3), (37, 130, 70), (16, 401, 32), (5, 33, 1), (2, 1, 17), (8, 64, 64)].map {
        LinearSize(rows: $0.0, inputs: $0.1, outputs: $0.2)
    }
}

/// Root mean square of the error, relative to that of what is expected.
func relativeError(_ actual: [Float], _ expected: [Double]) -> Double {
    let errors = zip(actual, expected).reduce(0) { $0 + (Double($1.0) - $1.1) * (Double($1.0) - $1.1) }
    return (errors / expected.reduce(0) { $0 + $1 * $1 }).squareRoot()
}

@Suite("Linear kernels against plain loops")
struct LinearKernelTests {
    private func draw(_ count: Int, _ seed: UInt64, _ bound: Float = 1) -> [Float] {
        (randomTensor([count], seed: seed, -bound, bound) as Tensor<Float>).values
    }

    private func layer(_ size: LinearSize, relu: Bool, _ precision: Precision) -> FastLinear {
        let bound = 1 / Float(size.inputs).squareRoot()
        return FastLinear(
            rows: size.rows, inputs: size.inputs, outputs: size.outputs, relu: relu,
            input: draw(size.rows * size.inputs, 41), weight: draw(size.inputs * size.outputs, 42, bound),
            bias: draw(size.outputs, 43, bound), precision: precision)
    }

    /// The same in plain loops and Double.
    private func expected(
        _ layer: FastLinear, dOutput: [Float]
    ) -> (output: [Double], gradients: OperationGradients<Double>) {
        let context = OperationContext(isTraining: false)
        let operation = LinearOperation(inputs: layer.inputs, outputs: layer.outputs)
        let parameters = [
            Tensor([layer.outputs, layer.inputs], layer.weight.map(Double.init)),
            Tensor([layer.outputs], layer.bias.map(Double.init)),
        ]
        let input = Tensor([layer.rows, layer.inputs], layer.input.map(Double.init))
        let linear = operation.forward([input], parameters: parameters, context: context)
        var gradient = Tensor(linear.shape, dOutput.map(Double.init))
        var output = linear
        if layer.relu {
            output = ReLUOperation().forward([linear], parameters: [], context: context)
            gradient =
                ReLUOperation().backward(
                    gradient, output: output, inputs: [linear], parameters: [], context: context
                ).inputs[0]
        }
        return (
            output.values,
            operation.backward(gradient, output: linear, inputs: [input], parameters: parameters, context: context)
        )
    }

    @Test("values and gradients in float32", arguments: LinearSize.all, [false, true])
    func exact(_ size: LinearSize, _ relu: Bool) throws {
        let layer = layer(size, relu: relu, .float32)
        let dOutput = draw(size.rows * size.outputs, 44)
        let (output, gradients) = expected(layer, dOutput: dOutput)
        for set in InstructionSet.available {
            let result = try layer.run(set, dOutput: dOutput)
            for (what, actual, expected) in pairs(result, output, gradients) {
                let scale = expected.reduce(0) { max($0, abs($1)) }
                expectClose(
                    actual.map(Double.init), expected, relative: 1e-5, absolute: 2e-6 * scale, "\(set): \(what)")
            }
        }
    }

    @Test("values and gradients in bfloat16 have the error that is stated", arguments: LinearSize.all)
    func mixed(_ size: LinearSize) throws {
        // Without ReLU: an output that rounding moves across zero would change whole gradients.
        let layer = layer(size, relu: false, .mixed)
        let dOutput = draw(size.rows * size.outputs, 44)
        let (output, gradients) = expected(layer, dOutput: dOutput)
        for set in InstructionSet.available {
            let result = try layer.run(set, dOutput: dOutput)
            for (what, actual, expected) in pairs(result, output, gradients) {
                let error = relativeError(actual, expected)
                #expect(error < (what == "bias" ? 1e-6 : 6e-3), "\(set), \(what): root mean square \(error)")
                // Below it, float32 would have been used.
                if what == "weight" { #expect(error > 1e-4, "\(set): root mean square \(error)") }
            }
        }
    }

    @Test(
        "with packed weights or without, sums are the same bit for bit", arguments: LinearSize.all,
        [Precision.float32, .mixed])
    func packed(_ size: LinearSize, _ precision: Precision) throws {
        var layer = layer(size, relu: size.outputs > 3, precision)
        let dOutput = draw(size.rows * size.outputs, 44)
        for set in InstructionSet.available {
            layer.isPacked = false
            let wide = try layer.run(set, dOutput: dOutput).output
            layer.isPacked = true
            expectSame(try layer.run(set, dOutput: dOutput).output, wide, "\(set)")
            #expect(wide.contains { $0 != 0 })
        }
    }

    @Test("ReLU in bfloat16 cuts the same outputs off in both directions")
    func mixedReLU() throws {
        let size = LinearSize(rows: 9, inputs: 40, outputs: 35)
        let layer = layer(size, relu: true, .mixed)
        let dOutput = [Float](repeating: 1, count: size.rows * size.outputs)
        for set in InstructionSet.available {
            let result = try layer.run(set, dOutput: dOutput)
            #expect(result.output.allSatisfy { $0 >= 0 } && result.output.contains(0))
            let alive = (0..<size.outputs).map { output in
                Float((0..<size.rows).count { result.output[$0 * size.outputs + output] > 0 })
            }
            #expect(result.dBias == alive, "\(set)")
        }
    }

    @Test("bfloat16 rounds to nearest even and keeps NaN and infinity", arguments: InstructionSet.available)
    func rounding(_ set: InstructionSet) throws {
        // 1 + 2⁻⁸ lies halfway between two numbers of bfloat16, of which 1 is even; 1 + 3 · 2⁻⁸ goes up to 1 + 2⁻⁶.
        let values: [Float] = [1, 1.00390625, 1.01171875, -2.5, .infinity, -.infinity, 3.4e38, 0.3]
        let rounded: [Float] = [1, 1, 1.015625, -2.5, .infinity, -.infinity, .infinity, 0.30078125]
        func outputs(_ weight: [Float]) throws -> [Float] {
            let layer = FastLinear(
                rows: 1, inputs: 1, outputs: weight.count, relu: false, input: [1], weight: weight,
                bias: [Float](repeating: 0, count: weight.count), precision: .mixed)
            return try layer.run(set, dOutput: [Float](repeating: 0, count: weight.count)).output
        }
        #expect(try outputs(values) == rounded)
        #expect(try outputs([.nan, 1])[0].isNaN)
    }

    private func pairs(
        _ result: LayerResult, _ output: [Double], _ gradients: OperationGradients<Double>
    ) -> [(String, [Float], [Double])] {
        [
            ("output", result.output, output), ("input", result.dInput, gradients.inputs[0].values),
            ("weight", result.dWeight, gradients.parameters[0].values),
            ("bias", result.dBias, gradients.parameters[1].values),
        ]
    }
}
