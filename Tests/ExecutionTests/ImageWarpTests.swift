import Execution
import Networks
import Tensors
import TestSupport
import Testing
import Warping

@Suite("Warps of images with no network")
struct ImageWarpTests {
    /// A family with random parameters around its identity.
    struct Family: Sendable, CustomTestStringConvertible {
        let transformation: any Transformation
        var testDescription: String { transformation.name }

        func theta(_ count: Int) -> Tensor<Float> {
            let noise: Tensor<Float> = randomTensor([count, transformation.parameterCount], seed: 2, -0.2, 0.2)
            let identity = transformation.identity
            return Tensor(noise.shape, noise.values.indices.map { noise.values[$0] + identity[$0 % identity.count] })
        }

        static let all = [
            Family(transformation: .affine), Family(transformation: .rotation()), Family(transformation: .projective),
            Family(transformation: .thinPlateSpline()), Family(transformation: .continuousPiecewiseAffine()),
            Family(transformation: .displacementField(height: 4, width: 3)),
        ]
    }

    static let samplers: [Sampler] = [
        Sampler(corners: .edges), Sampler(mode: .nearest, padding: .wrap, corners: .centers),
        Sampler(mode: .bicubic, padding: .reflection, corners: .edges),
        Sampler(padding: .constant([0.25, 0.5, 0.75]), corners: .edges),
        Sampler(padding: .border, corners: .centers, antialias: true),
        Sampler(padding: .constant([0.5]), corners: .edges, antialias: true),
    ]

    @Test("are what grid and plain sampler make of them", arguments: Family.all, samplers)
    func reference(_ family: Family, _ sampler: Sampler) throws {
        let images: Tensor<Float> = randomTensor([2, 31, 23, 3], seed: 1, 0, 1)
        let frame = SamplingFrame(
            outputHeight: 9, outputWidth: 14, inputHeight: 31, inputWidth: 23, corners: sampler.corners)
        let theta = family.theta(4)
        let expected = sampler.sample(images, at: family.transformation.grid(theta: theta, frame: frame))
        for set in InstructionSet.available {
            let warped = try images.warped(
                by: family.transformation, theta: theta, sampler: sampler, outputSize: (9, 14), instructionSet: set)
            #expect(warped.shape == [4, 9, 14, 3])
            expectClose(warped.values, expected.values, relative: 1e-5, absolute: 2e-5, "\(set)")
        }
    }

    @Test("come in bands that join, on any number of threads", arguments: Family.all)
    func bands(_ family: Family) throws {
        let images: Tensor<Float> = randomTensor([1, 290, 310, 1], seed: 1, 0, 1)
        let sampler = Sampler(corners: .edges)
        let frame = SamplingFrame(height: 290, width: 310, corners: .edges)
        let theta = family.theta(1)
        let expected = sampler.sample(images, at: family.transformation.grid(theta: theta, frame: frame))
        let single = try images.warped(by: family.transformation, theta: theta, threadCount: 1)
        expectClose(single.values, expected.values, relative: 1e-5, absolute: 1e-4)
        #expect(try images.warped(by: family.transformation, theta: theta, threadCount: 3) == single)
    }

    @Test("average over footprints that reach across bands")
    func averages() throws {
        let images: Tensor<Float> = randomTensor([1, 120, 90, 2], seed: 1, 0, 1)
        let sampler = Sampler(corners: .edges, antialias: true)
        let frame = SamplingFrame(
            outputHeight: 50, outputWidth: 40, inputHeight: 120, inputWidth: 90, corners: .edges)
        let theta = Tensor<Float>([1, 8], [1, 0.2, 0, -0.1, 1, 0, 0.3, 0.2])
        let expected = sampler.sample(images, at: Projective().grid(theta: theta, frame: frame))
        let warped = try images.warped(by: Projective(), theta: theta, sampler: sampler, outputSize: (50, 40))
        expectClose(warped.values, expected.values, relative: 1e-5, absolute: 2e-5)
    }

    @Test("by the identity are the images, bit for bit", arguments: Family.all, [CornerConvention.edges, .centers])
    func identity(_ family: Family, _ corners: CornerConvention) throws {
        let images: Tensor<Float> = randomTensor([2, 180, 199, 1], seed: 4)
        let theta = Tensor([2, family.transformation.parameterCount], family.transformation.identity * 2)
        for mode in SamplingMode.allCases {
            let sampler = Sampler(mode: mode, corners: corners, antialias: mode == .bilinear)
            #expect(try images.warped(by: family.transformation, theta: theta, sampler: sampler) == images)
        }
    }

    @Test("have a mask that tells what was read inside, whatever the padding", arguments: Family.all, samplers)
    func validity(_ family: Family, _ sampler: Sampler) throws {
        let images: Tensor<Float> = randomTensor([2, 31, 23, 3], seed: 1, 0, 1)
        let frame = SamplingFrame(
            outputHeight: 9, outputWidth: 14, inputHeight: 31, inputWidth: 23, corners: sampler.corners)
        let theta = family.theta(4)
        let grid = family.transformation.grid(theta: theta, frame: frame)
        let expected = sampler.validity(of: images.shape, at: grid)
        let mask = try images.validity(
            warpedBy: family.transformation, theta: theta, sampler: sampler, outputSize: (9, 14))
        #expect(mask.shape == [4, 9, 14])
        expectClose(mask.values, expected.values, relative: 1e-5, absolute: 2e-5)
        #expect(throws: NetworkError.self) {
            try images.reshaped([62, 23, 3]).validity(warpedBy: family.transformation, theta: theta)
        }
    }

    @Test("read outside where θ is not a number")
    func notANumber() throws {
        let images = Tensor<Float>([1, 2, 2, 1], repeating: 1)
        let warped = try images.warped(by: .translation, theta: Tensor([1, 2], [.nan, 0]))
        #expect(warped.values == [0, 0, 0, 0])
    }

    @Test("of nothing are nothing")
    func empty() throws {
        let warped = try Tensor<Float>.zeros([0, 3, 3, 1]).warped(by: .affine, theta: .zeros([0, 6]))
        #expect(warped.shape == [0, 3, 3, 1])
    }

    @Test("that do not fit are refused")
    func mistakes() throws {
        let images = Tensor<Float>.zeros([2, 4, 4, 3])
        let theta = Tensor<Float>.zeros([2, 6])
        #expect(throws: NetworkError.self) { try images.warped(by: .affine, theta: .zeros([2, 5])) }
        #expect(throws: NetworkError.self) { try images.warped(by: .affine, theta: .zeros([3, 6])) }
        #expect(throws: NetworkError.self) { try images.reshaped([8, 4, 3]).warped(by: .affine, theta: theta) }
        #expect(throws: NetworkError.self) { try images.warped(by: .affine, theta: theta, outputSize: (0, 4)) }
        #expect(throws: NetworkError.self) {
            try images.warped(by: .affine, theta: theta, outputSize: (Int.max, Int.max))
        }
        #expect(throws: NetworkError.self) {
            let sampler = Sampler(padding: .constant([0, 1]), corners: .edges)
            return try images.warped(by: .affine, theta: theta, sampler: sampler)
        }
    }
}

/// `count` copies, one after another.
private func * (values: [Float], count: Int) -> [Float] { (0..<count).flatMap { _ in values } }
