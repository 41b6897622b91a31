import Execution
import Tensors
import TestSupport
import Testing
import Warping

@Suite("Kernels that sample on a stored grid against the plain sampler")
struct GridSampleKernelTests {
    /// An image's size and the grid's.
    struct Size: Sendable, CustomStringConvertible {
        let image: Shape
        let height, width: Int
        var description: String { "\(image) → \(height) × \(width)" }
        var grid: Shape { [image[0], height, width, 2] }

        static let all = [
            Size(image: [1, 1, 1, 1], height: 1, width: 1), Size(image: [2, 1, 5, 3], height: 3, width: 1),
            Size(image: [3, 7, 6, 1], height: 5, width: 9), Size(image: [2, 8, 11, 17], height: 8, width: 11),
            Size(image: [1, 33, 31, 4], height: 10, width: 15), Size(image: [1, 40, 9, 33], height: 9, width: 35),
            Size(image: [1, 19, 23, 3], height: 11, width: 71), Size(image: [1, 2, 1, 2], height: 2, width: 33),
        ]
    }

    /// Every mode, padding and corner convention.
    struct Way: Sendable, CustomStringConvertible {
        let mode: SamplingMode
        let padding: String
        let corners: CornerConvention
        var description: String { "\(mode), \(padding), \(corners)" }

        func sampler(channels: Int) -> Sampler {
            let paddings: [String: SamplingPadding] = [
                "border": .border, "reflection": .reflection, "wrap": .wrap,
                "constant": .constant((0..<channels).map { 0.75 - Float($0) * 0.125 }),
            ]
            return Sampler(mode: mode, padding: paddings[padding] ?? .zeros, corners: corners)
        }

        static let all = SamplingMode.allCases.flatMap { mode in
            ["zeros", "border", "reflection", "wrap", "constant"].flatMap { padding in
                [CornerConvention.edges, .centers].map { Way(mode: mode, padding: padding, corners: $0) }
            }
        }
    }

    @Test("values and gradients, inside, across the border and outside", arguments: Way.all, Size.all)
    func agrees(_ way: Way, _ size: Size) throws {
        for reach in [Float(1.1), 4] {
            try expectAgreement(
                FastGridSampler(
                    image: randomTensor(size.image, seed: 52),
                    grid: positions(clearOfKinksOf: size.image, size.grid, seed: 51, reach: reach),
                    sampler: way.sampler(channels: size.image[3])))
        }
    }

    @Test(
        "a row so long that places in it are counted in integers",
        arguments: Way.all.filter { !$0.corners.alignCorners && ["zeros", "wrap"].contains($0.padding) })
    func longRow(_ way: Way) throws {
        // 2²⁰ numbers, and coordinates of positions that are multiples of a quarter of a pixel.
        let columns = (0..<16).map { Float(523_967 + 4 * $0) / 524_288 }
        try expectAgreement(
            FastGridSampler(
                image: randomTensor([1, 1, 262_144, 4], seed: 54),
                grid: Tensor([1, 1, 16, 2], columns.flatMap { [$0, 0.5] }), sampler: way.sampler(channels: 4)))
    }

    @Test("positions on kinks, broken and huge ones are where the plain sampler has them", arguments: Way.all)
    func kinks(_ way: Way) throws {
        let (width, height) = (5, 4)
        let sampler = way.sampler(channels: 3)
        let huge: [Float] = [
            .nan, .infinity, -.infinity, 1e7, -3e7, 1e10, -1e19, .greatestFiniteMagnitude, -.greatestFiniteMagnitude,
        ]
        // Centres and edges of pixels, inside and out.
        let halves = (-30...30).map { (Float($0) + 1 - Float(width)) / sampler.corners.span(of: width) }
        let columns = halves + huge
        let rows: [Float] = [0.31] + huge + [-1, 1, (1 - Float(height)) / sampler.corners.span(of: height)]
        let positions = rows.flatMap { row in columns.flatMap { [$0, row] } }
        let fast = FastGridSampler(
            image: randomTensor([1, height, width, 3], seed: 54),
            grid: Tensor([1, rows.count, columns.count, 2], positions), sampler: sampler)
        let expected = sampler.sample(fast.image, at: fast.grid)
        let dOutput: Tensor<Float> = randomTensor(expected.shape, seed: 55)
        let gradients = sampler.gradients(dOutput: dOutput, image: fast.image, grid: fast.grid)
        for set in InstructionSet.available {
            expectClose(try fast.output(set), expected.values, relative: 1e-5, absolute: 1e-5, "\(set): output")
            let actual = try fast.gradients(set, dOutput: dOutput.values)
            expectClose(
                actual.dImage, gradients.dImage.values, relative: 1e-5, absolute: 1e-4, "\(set): gradient of the image")
            expectClose(
                actual.dGrid, gradients.dGrid.values, relative: 1e-5, absolute: 3e-5, "\(set): gradient of the grid")
        }
    }

    @Test("the identity copies every number, also −0, and no tap of weight zero is read", arguments: Way.all)
    func identity(_ way: Way) throws {
        for channels in [1, 3, 5, 33] {
            let (height, width) = (9, 39)
            var image: Tensor<Float> = randomTensor([2, height, width, channels], seed: 45)
            let special: [Float] = [-0.0, .infinity, -.infinity, .greatestFiniteMagnitude, .leastNonzeroMagnitude]
            for index in stride(from: 0, to: image.values.count, by: 5) { image.values[index] = special[index / 5 % 5] }
            let theta = Tensor<Float>([2, 6], AffineTransform.identity + AffineTransform.identity)
            let grid = AffineTransform.grid(theta: theta, height: height, width: width, corners: way.corners)
            let fast = FastGridSampler(image: image, grid: grid, sampler: way.sampler(channels: channels))
            for set in InstructionSet.available {
                let output = try fast.output(set)
                #expect(output.map(\.bitPattern) == image.values.map(\.bitPattern), "\(set), \(channels) channels")
            }
        }
    }

    @Test("a position outside reads the constant, bit for bit", arguments: SamplingMode.allCases)
    func constant(_ mode: SamplingMode) throws {
        for channels in [1, 3, 4, 19] {
            let values = (0..<channels).map { 0.1 + Float($0) }
            let fast = FastGridSampler(
                image: randomTensor([1, 5, 6, channels], seed: 56),
                grid: Tensor([1, 1, 4, 2], [9, 0, 0, -7, .nan, 0, 0, .infinity]),
                sampler: Sampler(mode: mode, padding: .constant(values), corners: .edges))
            for set in InstructionSet.available {
                expectSame(try fast.output(set), (0..<4).flatMap { _ in values }, "\(set)")
            }
        }
    }

    @Test("PyTorch's values and gradients, near the image and far outside", arguments: ["modes", "far"])
    func goldens(_ kind: String) throws {
        let golden = try Golden("grid_sample_\(kind)")
        for name in golden.caseNames {
            let paddings: [String: SamplingPadding] = ["zeros": .zeros, "border": .border, "reflection": .reflection]
            let sampler = Sampler(
                mode: try #require(golden.cases[name]?["mode"].flatMap(SamplingMode.init)),
                padding: try #require(golden.cases[name]?["padding"].flatMap { paddings[$0] }),
                corners: CornerConvention(alignCorners: golden.flag(name, "alignCorners")))
            let fast = FastGridSampler(
                image: try golden.image(name, "input"), grid: try golden.tensor(name, "grid"), sampler: sampler)
            for set in InstructionSet.available {
                let what = "\(set), \(name)"
                expectClose(
                    try fast.output(set), try golden.image(name, "output").values, relative: 1e-5, absolute: 1e-5, what)
                let gradients = try fast.gradients(set, dOutput: golden.image(name, "outputGradient").values)
                expectClose(
                    gradients.dImage, try golden.image(name, "inputGradient").values, relative: 1e-5, absolute: 1e-5,
                    what)
                expectClose(
                    gradients.dGrid, try golden.tensor(name, "gridGradient").values, relative: 1e-5, absolute: 5e-5,
                    what)
            }
        }
    }
}
