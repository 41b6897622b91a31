import Execution
import Tensors
import TestSupport
import Testing
import Warping

/// Sizes that nobody thought of: remainders of vectors, of bands and of groups of channels, together.
@Suite("Sampler kernels on sizes drawn at random")
struct RandomSamplingTests {
    private struct Draw {
        private var generator: RandomStreamGenerator
        let image: Shape
        let height, width: Int
        let alignCorners: Bool

        init(seed: UInt64) {
            var generator = RandomStream(seed: seed, purpose: .testing).generator
            func upTo(_ bound: Int) -> Int { 1 + generator.integer(below: bound) }
            image = [upTo(3), upTo(40), upTo(40), upTo(seed % 2 == 0 ? 4 : 70)]
            (height, width) = (upTo(24), upTo(40))
            alignCorners = generator.integer(below: 2) == 1
            self.generator = generator
        }

        mutating func uniform(_ reach: Float) -> Float { generator.uniform(-reach, reach) }

        mutating func one<Value>(of values: [Value]) -> Value { values[generator.integer(below: values.count)] }
    }

    /// θ near the identity or far from it; at times one of its numbers is none, and nothing of that image is inside.
    private func theta(_ draw: inout Draw) -> [Float] {
        let reach = draw.one(of: [Float(0.2), 1, 3])
        var theta = (0..<draw.image[0] * 6).map { AffineTransform.identity[$0 % 6] + draw.uniform(reach) }
        if draw.uniform(1) > 0.5 {
            theta[draw.one(of: Array(theta.indices))] = draw.one(of: [.nan, .infinity, -.infinity])
        }
        return theta
    }

    /// Whether no position is so near to a multiple of half a pixel that Float and Double may fall on either side of it.
    private func isClearOfKinks(_ fast: FastSampler) -> Bool {
        let shape = fast.image.shape
        let grid = AffineTransform.grid(
            theta: Tensor([shape[0], 6], fast.theta.map(Double.init)), height: fast.outputHeight,
            width: fast.outputWidth, corners: CornerConvention(alignCorners: fast.alignCorners))
        return grid.values.enumerated().allSatisfy { index, value in
            let extent = Double(shape[index % 2 == 0 ? 2 : 1])
            let halves = value * (fast.alignCorners ? extent - 1 : extent) + extent - 1
            return !halves.isFinite || abs(halves - halves.rounded()) > 1e-4
        }
    }

    @Test("under affine grids", arguments: SamplingMode.allCases, UInt64(0)..<24)
    func affine(_ mode: SamplingMode, _ seed: UInt64) throws {
        var draw = Draw(seed: seed)
        var fast: FastSampler
        repeat {
            fast = FastSampler(
                image: randomTensor(draw.image, seed: seed), theta: theta(&draw), outputHeight: draw.height,
                outputWidth: draw.width, alignCorners: draw.alignCorners, mode: mode)
        } while !isClearOfKinks(fast)
        try expectAgreement(fast)
    }

    @Test("on stored grids", arguments: GridSampleKernelTests.Way.all, UInt64(24)..<30)
    func grid(_ way: GridSampleKernelTests.Way, _ seed: UInt64) throws {
        let draw = Draw(seed: seed)
        let grid: Shape = [draw.image[0], draw.height, draw.width, 2]
        var positions = positions(clearOfKinksOf: draw.image, grid, seed: seed, reach: seed % 3 == 0 ? 4 : 1.1)
        for index in stride(from: Int(seed), to: positions.values.count, by: 97) {
            positions.values[index] = [.nan, .infinity, -.infinity][index % 3]
        }
        let fast = FastGridSampler(
            image: randomTensor(draw.image, seed: seed), grid: positions,
            sampler: way.sampler(channels: draw.image[3]))
        try expectAgreement(fast)
    }
}
