import Execution
import Tensors
import TestSupport
import Testing
import Warping

@Suite("Sampler kernels against the plain sampler")
struct AffineSampleKernelTests {
    /// An image's size and the output's.
    struct Size: Sendable, CustomStringConvertible {
        let input: Shape
        let height, width: Int
        var description: String { "\(input) → \(height) × \(width)" }

        static let all = [
            Size(input: [1, 1, 1, 1], height: 1, width: 1), Size(input: [2, 1, 5, 3], height: 3, width: 1),
            Size(input: [3, 7, 6, 1], height: 5, width: 9), Size(input: [2, 8, 11, 17], height: 8, width: 11),
            Size(input: [1, 33, 31, 4], height: 16, width: 15), Size(input: [1, 40, 9, 33], height: 21, width: 37),
            Size(input: [2, 19, 23, 3], height: 33, width: 18),
        ]
    }

    /// What the plain sampler reads.
    private func plain(_ fast: FastSampler) -> [Float] {
        let corners = CornerConvention(alignCorners: fast.alignCorners)
        let grid = AffineTransform.grid(
            theta: Tensor([fast.image.shape[0], 6], fast.theta), height: fast.outputHeight, width: fast.outputWidth,
            corners: corners)
        return Sampler(mode: fast.mode, corners: corners).sample(fast.image, at: grid).values
    }

    private func sampler(_ size: Size, _ mode: SamplingMode, alignCorners: Bool, spread: Float) -> FastSampler {
        let noise: Tensor<Float> = randomTensor([size.input[0] * 6], seed: 41, -spread, spread)
        let theta = noise.values.indices.map { noise.values[$0] + AffineTransform.identity[$0 % 6] }
        return FastSampler(
            image: randomTensor(size.input, seed: 42), theta: theta, outputHeight: size.height,
            outputWidth: size.width, alignCorners: alignCorners, mode: mode)
    }

    @Test(
        "values and gradients, inside, across the border and outside", arguments: Size.all,
        SamplingMode.allCases.flatMap { [($0, false), ($0, true)] })
    func agrees(_ size: Size, _ way: (mode: SamplingMode, alignCorners: Bool)) throws {
        let (mode, alignCorners) = way
        for spread in [Float(0.3), 1.7] {
            try expectAgreement(sampler(size, mode, alignCorners: alignCorners, spread: spread))
        }
    }

    @Test("a row so long that places in it are counted in integers", arguments: SamplingMode.allCases)
    func longRow(_ mode: SamplingMode) throws {
        // 2²⁰ numbers. All that positions are made of is a float exactly: x from 262,063.75 on in steps of one, y one quarter.
        let width = 262_144
        try expectAgreement(
            FastSampler(
                image: randomTensor([1, 1, width, 4], seed: 44),
                theta: [16 / Float(width), 0, 524_001 / 524_288, 0, 1, 0.5], outputHeight: 1, outputWidth: 16,
                alignCorners: false, mode: mode))
    }

    @Test(
        "positions that are NaN, infinite or huge lie outside: zeros, zero gradients, no trap", arguments: 0..<6,
        SamplingMode.allCases)
    func broken(_ place: Int, _ mode: SamplingMode) throws {
        for value in [Float.nan, .infinity, -.infinity, 1e37, -1e37, 1e19, -1e19, 1e10] {
            var theta = AffineTransform.identity
            theta[place] = value
            for alignCorners in [false, true] {
                let fast = FastSampler(
                    image: randomTensor([1, 6, 5, 3], seed: 44), theta: theta, outputHeight: 4, outputWidth: 7,
                    alignCorners: alignCorners, mode: mode)
                let expected = plain(fast)
                // The middle column stays inside under any finite θ₀ and θ₃, which multiply its x of zero.
                #expect(expected.allSatisfy { $0 == 0 } == !(value.isFinite && place % 3 == 0))
                for set in InstructionSet.available {
                    let what = "\(set): θ\(place) = \(value)"
                    expectClose(try fast.output(set), expected, relative: 1e-5, absolute: 1e-5, what)
                    let gradients = try fast.gradients(set, dOutput: [Float](repeating: 1, count: 4 * 7 * 3))
                    let all = gradients.dImage + gradients.dTheta
                    #expect(all.allSatisfy { $0.isFinite }, "\(what)")
                    #expect(all.allSatisfy { $0 == 0 } == expected.allSatisfy { $0 == 0 }, "\(what)")
                }
            }
        }
    }

    @Test(
        "the identity copies every number, also −0, and no tap of weight zero is read",
        arguments: SamplingMode.allCases, [false, true])
    func identity(_ mode: SamplingMode, _ alignCorners: Bool) throws {
        for channels in [1, 3, 4, 5, 33] {
            var image: Tensor<Float> = randomTensor([2, 9, 19, channels], seed: 45)
            for index in stride(from: 0, to: image.values.count, by: 5) {
                image.values[index] =
                    [-0.0, .infinity, -.infinity, .greatestFiniteMagnitude, .leastNonzeroMagnitude][
                        index / 5 % 5]
            }
            let fast = FastSampler(
                image: image, theta: AffineTransform.identity + AffineTransform.identity, outputHeight: 9,
                outputWidth: 19, alignCorners: alignCorners, mode: mode)
            for set in InstructionSet.available {
                let output = try fast.output(set)
                #expect(output.map(\.bitPattern) == image.values.map(\.bitPattern), "\(set), \(channels) channels")
            }
        }
    }
}
