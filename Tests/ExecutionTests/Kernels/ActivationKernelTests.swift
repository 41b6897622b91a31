import CKernels
import Execution
import Networks
import Tensors
import TestSupport
import Testing

@Suite("Activation kernels against Double")
struct ActivationKernelTests {
    /// A function and how far its kernel may be off: at most `relative` · |exact| + `absolute`.
    struct Stated: Sendable, CustomStringConvertible {
        let function: ActivationFunction
        let value: (relative: Double, absolute: Double)
        let slope: (relative: Double, absolute: Double)
        var description: String { function.name }

        /// A tail's relative error grows with its exponent, hence the absolute ones of values; slopes cross zero.
        static let all = [
            Stated(function: .leakyReLU(slope: 0.01), value: (1e-7, 0), slope: (1e-7, 0)),
            Stated(function: .leakyReLU(slope: -1.5), value: (1e-7, 0), slope: (1e-7, 0)),
            Stated(function: .gelu, value: (6e-7, 1e-9), slope: (0, 3e-7)),
            Stated(function: .geluTanh, value: (1e-6, 1e-9), slope: (0, 3e-7)),
            Stated(function: .silu, value: (3e-7, 0), slope: (0, 3e-7)),
            Stated(function: .tanh, value: (3e-7, 0), slope: (0, 3e-7)),
            Stated(function: .sigmoid, value: (3e-7, 0), slope: (0, 1e-7)),
        ]
    }

    /// What the kernel makes of `input`, and of a gradient of the output if there is one.
    private func run(
        _ set: InstructionSet, _ function: ActivationFunction, _ input: [Float], dOutput: [Float]? = nil
    ) throws -> [Float] {
        let (source, output) = (GuardedBuffer(input), GuardedBuffer<Float>(count: input.count))
        let gradient = dOutput.map { GuardedBuffer($0) }
        let arguments = stn_activation_arguments(
            count: Int64(input.count), function: function.kernelFunction, slope: function.slope,
            input: source.pointer, d_output: gradient.map { UnsafePointer($0.pointer) }, output: output.pointer)
        let table = try set.table
        try ExecutionTests.run(
            gradient == nil ? table.activation : table.activation_gradient, arguments, tasks: pieceCount(input.count))
        #expect(output.isIntact)
        return output.values
    }

    /// Closely spaced numbers between −86 and 86, most of them near zero, and powers of two down to the smallest float.
    private let numbers: [Float] = {
        let powers = (1...149).map { Float(sign: .plus, exponent: -$0, significand: 1) }
        let places = (-10_000...10_000).map { Float($0) / 10_000 }
        return places.map { 86 * $0 * $0 * $0 } + powers + powers.map { -$0 }
    }()

    @Test("values are as close as stated", arguments: Stated.all, InstructionSet.available)
    func values(_ stated: Stated, _ set: InstructionSet) throws {
        let actual = try run(set, stated.function, numbers).map(Double.init)
        let expected = numbers.map { stated.function.value(at: Double($0)) }
        // Near the smallest normal float a result has fewer digits, or is zero.
        expectClose(
            actual, expected, relative: stated.value.relative,
            absolute: stated.value.absolute + Double(Float.leastNormalMagnitude) * 100, "\(set)")
    }

    @Test("slopes are as close as stated", arguments: Stated.all, InstructionSet.available)
    func slopes(_ stated: Stated, _ set: InstructionSet) throws {
        let ones = [Float](repeating: -2, count: numbers.count)
        let actual = try run(set, stated.function, numbers, dOutput: ones).map { Double($0) / -2 }
        let expected = numbers.map { stated.function.derivative(at: Double($0)) }
        expectClose(
            actual, expected, relative: stated.slope.relative,
            absolute: stated.slope.absolute + Double(Float.leastNormalMagnitude) * 100, "\(set)")
    }

    @Test("odd counts, every element by itself", arguments: Stated.all, InstructionSet.available)
    func sizes(_ stated: Stated, _ set: InstructionSet) throws {
        for count in oddCounts {
            let input = (randomTensor([count], seed: 31, -4, 4) as Tensor<Float>).values
            let dOutput = (randomTensor([count], seed: 32) as Tensor<Float>).values
            expectClose(
                try run(set, stated.function, input),
                input.map { Float(stated.function.value(at: Double($0))) }, relative: 1e-6, absolute: 1e-6)
            expectClose(
                try run(set, stated.function, input, dOutput: dOutput),
                zip(input, dOutput).map { Float(stated.function.derivative(at: Double($0))) * $1 }, relative: 1e-6,
                absolute: 1e-6)
        }
    }

    @Test("NaN stays, infinities saturate, zero is a fixed point but of sigmoid", arguments: InstructionSet.available)
    func extremes(_ set: InstructionSet) throws {
        let input: [Float] = [.nan, .infinity, -.infinity, 1e30, -1e30, 0]
        // As in PyTorch −∞ · 0 is NaN.
        let expected: [(ActivationFunction, [Float])] = [
            (.leakyReLU(slope: 0.5), [.nan, .infinity, -.infinity, 1e30, -5e29, 0]),
            (.gelu, [.nan, .infinity, .nan, 1e30, 0, 0]), (.geluTanh, [.nan, .infinity, .nan, 1e30, 0, 0]),
            (.silu, [.nan, .infinity, .nan, 1e30, 0, 0]), (.tanh, [.nan, 1, -1, 1, -1, 0]),
            (.sigmoid, [.nan, 1, 0, 1, 0, 0.5]),
        ]
        for (function, values) in expected {
            expectSame(try run(set, function, input), values, "\(set): \(function.name)")
        }
    }
}
