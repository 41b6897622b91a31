import Tensors
import TestSupport
import Testing
import Warping

@Suite("Samplers against PyTorch")
struct SamplerGoldenTests {
    @Test("modes and paddings near the image", arguments: try Golden("grid_sample_modes").caseNames)
    func near(_ name: String) throws { try check(Golden("grid_sample_modes"), name) }

    @Test("modes and paddings far outside", arguments: try Golden("grid_sample_far").caseNames)
    func far(_ name: String) throws { try check(Golden("grid_sample_far"), name) }

    @Test("trilinear and nearest on volumes", arguments: try Golden("grid_sample_volumes").caseNames)
    func volumes(_ name: String) throws { try check(Golden("grid_sample_volumes"), name) }

    private func check(_ golden: Golden, _ name: String) throws {
        let sampler = try SamplerCase(golden, name).sampler
        func tensor(_ key: String) throws -> Tensor<Double> { channelsBehindAxes(try golden.doubles(name, key)) }
        let (image, grid) = (try tensor("input"), try golden.doubles(name, "grid"))
        expectClose(
            sampler.sample(image, at: grid).values, try tensor("output").values, relative: 1e-5, absolute: 1e-6,
            "output")
        let gradients = sampler.gradients(dOutput: try tensor("outputGradient"), image: image, grid: grid)
        expectClose(
            gradients.dImage.values, try tensor("inputGradient").values, relative: 1e-5, absolute: 1e-6,
            "gradient of the image")
        expectClose(
            gradients.dGrid.values, try golden.doubles(name, "gridGradient").values, relative: 1e-5, absolute: 1e-5,
            "gradient of the grid")
    }
}

/// A sampler for tests that hold for all of them.
struct SamplerCase: Sendable, CustomStringConvertible {
    let sampler: Sampler
    var description: String {
        "\(sampler.mode), \(sampler.padding), \(sampler.corners)\(sampler.antialias ? ", antialias" : "")"
    }

    init(_ mode: SamplingMode, _ padding: SamplingPadding, _ corners: CornerConvention, antialias: Bool = false) {
        sampler = Sampler(mode: mode, padding: padding, corners: corners, antialias: antialias)
    }

    /// The sampler of a golden case.
    init(_ golden: Golden, _ name: String) throws {
        let mode = try #require(golden.cases[name]?["mode"].flatMap(SamplingMode.init))
        let paddings: [String: SamplingPadding] = ["zeros": .zeros, "border": .border, "reflection": .reflection]
        let padding = try #require(golden.cases[name]?["padding"].flatMap { paddings[$0] })
        self.init(mode, padding, CornerConvention(alignCorners: golden.flag(name, "alignCorners")))
    }

    static let paddings: [SamplingPadding] = [.zeros, .border, .reflection, .wrap, .constant([0.75, -1.25])]

    /// Every mode, padding and corner convention; for two channels.
    static let all = SamplingMode.allCases.flatMap { mode in
        paddings.flatMap { [SamplerCase(mode, $0, .edges), SamplerCase(mode, $0, .centers)] }
    }
}

/// [N, C, …] → [N, …, C].
func channelsBehindAxes<Scalar: BinaryFloatingPoint & Sendable>(_ tensor: Tensor<Scalar>) -> Tensor<Scalar> {
    let shape = tensor.shape.dimensions
    let (channels, pixels) = (shape[1], shape.dropFirst(2).reduce(1, *))
    let values = (0..<tensor.values.count).map { place in
        let (image, rest) = (place / (channels * pixels), place % (channels * pixels))
        return tensor.values[(image * channels + rest % channels) * pixels + rest / channels]
    }
    return Tensor(Shape([shape[0]] + shape.dropFirst(2) + [channels]), values)
}
