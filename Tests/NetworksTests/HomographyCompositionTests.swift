import Networks
import Tensors
import TestSupport
import Testing
import Warping

@Suite("Products of homographies")
struct HomographyCompositionTests {
    private let operation = HomographyCompositionOperation()
    private let context = OperationContext(isTraining: true)

    private func thetas(_ seed: UInt64) -> Tensor<Double> {
        let noise: Tensor<Double> = randomTensor([4, 8], seed: seed, -0.3, 0.3)
        let identity = Projective().identity.map(Double.init)
        return Tensor(noise.shape, noise.values.indices.map { noise.values[$0] + identity[$0 % 8] })
    }

    @Test("are the family's compositions")
    func composition() throws {
        let (first, second) = (thetas(1), thetas(2))
        let product = operation.forward([first, second], parameters: [], context: context)
        let frame = SamplingFrame(height: 4, width: 4, corners: .edges)
        for image in 0..<4 {
            let places = image * 8..<image * 8 + 8
            let expected = try #require(
                Projective().composition(
                    of: Array(first.values[places]), then: Array(second.values[places]), frame: frame))
            expectClose(Array(product.values[places]), expected, relative: 1e-14, absolute: 1e-15)
        }
    }

    @Test("stay finite where the middle lies beyond the horizon, and have its gradient")
    func horizon() throws {
        let first = Tensor<Double>([1, 8], [1, 0.1, 0, 0, 1, 0.2, -2, 0.5])
        let second = Tensor<Double>([1, 8], [1, 0, 0.8, 0.1, 1, 0.3, 0.1, 0])
        let product = operation.forward([first, second], parameters: [], context: context)
        let isFinite = product.values.allSatisfy(\.isFinite)
        #expect(isFinite)
        // The first entry is 1 · 1 + 0.1 · 0.1 + 0 · 0.1, over 2⁻¹⁰.
        expectClose([product.values[0]], [1.01 * 1024], relative: 1e-14)
        let slopes: Tensor<Double> = randomTensor([1, 8], seed: 3)
        let gradients = operation.backward(
            slopes, output: product, inputs: [first, second], parameters: [], context: context)
        for (operand, gradient) in gradients.inputs.enumerated() {
            for entry in 0..<8 {
                let values = [1e-6, -1e-6].map { step in
                    var operands = [first, second]
                    operands[operand].values[entry] += step
                    let moved = operation.forward(operands, parameters: [], context: context)
                    return zip(moved.values, slopes.values).reduce(0) { $0 + $1.0 * $1.1 }
                }
                expectClose([gradient.values[entry]], [(values[0] - values[1]) / 2e-6], relative: 1e-5, absolute: 1e-4)
            }
        }
    }

    @Test("of what is no number are no numbers")
    func notANumber() {
        var first = thetas(1)
        first.values[7] = .nan
        let product = operation.forward([first, thetas(2)], parameters: [], context: context)
        let isNaN = product.values.map(\.isNaN)
        #expect(isNaN == (0..<32).map { $0 < 8 })
    }
}
