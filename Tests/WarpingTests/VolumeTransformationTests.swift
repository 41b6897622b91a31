import Tensors
import TestSupport
import Testing
import Warping

@Suite("Affine transforms of volumes")
struct VolumeTransformationTests {
    @Test("grid and gradient are PyTorch's", arguments: try Golden("affine_volume").caseNames)
    func golden(_ name: String) throws {
        let golden = try Golden("affine_volume")
        let theta = try golden.doubles(name, "theta")
        let expected = try golden.doubles(name, "output")
        let frame = VolumeFrame(
            depth: expected.shape[1], height: expected.shape[2], width: expected.shape[3],
            corners: CornerConvention(alignCorners: golden.flag(name, "alignCorners")))
        let parameters = theta.reshaped([theta.shape[0], 12])
        let grid = Affine3D().grid(theta: parameters, frame: frame)
        #expect(grid.shape == expected.shape)
        expectClose(grid.values, expected.values, relative: 1e-6, absolute: 1e-7, "grid")
        let dTheta = Affine3D().thetaGradient(
            dGrid: try golden.doubles(name, "outputGradient"), theta: parameters, frame: frame)
        let expectedGradient = try golden.doubles(name, "thetaGradient").values
        expectClose(dTheta.values, expectedGradient, relative: 1e-6, absolute: 1e-6, "gradient of θ")
    }

    @Test("the identity's grid is the frame's positions bit for bit", arguments: [false, true])
    func identity(_ alignCorners: Bool) {
        let corners = CornerConvention(alignCorners: alignCorners)
        for (depth, height, width) in [(1, 1, 1), (2, 5, 3), (4, 1, 6)] {
            let frame = VolumeFrame(depth: depth, height: height, width: width, corners: corners)
            let grid = Affine3D().grid(theta: Tensor([1, 12], Affine3D().identity), frame: frame)
            var positions: [Float] = []
            for slice in 0..<depth {
                for row in 0..<height {
                    for column in 0..<width {
                        positions.append(corners.normalized(column, of: width))
                        positions.append(corners.normalized(row, of: height))
                        positions.append(corners.normalized(slice, of: depth))
                    }
                }
            }
            #expect(grid.values.map(\.bitPattern) == positions.map(\.bitPattern))
        }
    }

    @Test("slices lie where they lie in the whole, also slices of slices", arguments: [false, true])
    func slices(_ alignCorners: Bool) {
        let whole = VolumeFrame(depth: 7, height: 2, width: 3, corners: CornerConvention(alignCorners: alignCorners))
        let theta = Tensor<Float>([1, 12], (0..<12).map { Float($0) / 7 })
        let grid = Affine3D().grid(theta: theta, frame: whole).values
        let slice = 2 * 3 * 3
        #expect(Affine3D().grid(theta: theta, frame: whole.slices(2..<5)).values == Array(grid[2 * slice..<5 * slice]))
        let inner = whole.slices(2..<6).slices(1..<2)
        #expect(Affine3D().grid(theta: theta, frame: inner).values == Array(grid[3 * slice..<4 * slice]))
    }

    private static let frame = VolumeFrame(depth: 3, height: 4, width: 5, corners: .edges)

    private static func thetas(_ count: Int, seed: UInt64) -> Tensor<Double> {
        let noise: Tensor<Double> = randomTensor([count, 12], seed: seed, -0.3, 0.3)
        let identity = Affine3D().identity.map(Double.init)
        return Tensor(noise.shape, noise.values.indices.map { noise.values[$0] + identity[$0 % 12] })
    }

    @Test("what one map does its inverse undoes, and what flattens has none")
    func inverse() throws {
        for seed in 0..<20 {
            let theta = Self.thetas(1, seed: UInt64(seed)).values
            let inverse = try #require(Affine3D().inverse(of: theta))
            let identity = Affine3D().identity.map(Double.init)
            for product in [
                Affine3D().composition(of: theta, then: inverse), Affine3D().composition(of: inverse, then: theta),
            ] {
                expectClose(product, identity, relative: 0, absolute: 1e-12, "\(theta)")
            }
        }
        #expect(Affine3D().inverse(of: [1, 0, 0, 0, 0, 1, 0, 0, 1, 1, 0, 0] as [Double]) == nil)
        #expect(Affine3D().inverse(of: Affine3D().identity.map { $0 * .nan }) == nil)
        for scale in [1e13, 1e-14] as [Float] {
            let inverse = try #require(Affine3D().inverse(of: Affine3D().identity.map { $0 * scale }))
            expectClose(inverse, Affine3D().identity.map { $0 / scale }, relative: 1e-6, "scale \(scale)")
        }
    }

    @Test("a composition reads where one grid reads at the other's positions")
    func composition() {
        let (first, second) = (Self.thetas(1, seed: 1).values, Self.thetas(1, seed: 2).values)
        let composed = Affine3D().composition(of: first, then: second)
        let inner = Affine3D().grid(theta: Tensor([1, 12], second), frame: Self.frame).values
        let grid = Affine3D().grid(theta: Tensor([1, 12], composed), frame: Self.frame).values
        for position in 0..<Self.frame.count {
            let p = inner[position * 3..<position * 3 + 3] + [1]
            for axis in 0..<3 {
                let expected = zip(first[axis * 4..<axis * 4 + 4], p).reduce(0) { $0 + $1.0 * $1.1 }
                #expect(abs(grid[position * 3 + axis] - expected) < 1e-12)
            }
        }
    }

    @Test(
        "what θ means",
        arguments: [
            (Affine3D().identity, "rotate 0.0°, scale 1.00 × 1.00 × 1.00, shift (0.00, 0.00, 0.00)"),
            (
                [0, -2, 0, 0.5, 1, 0, 0, 0, 0, 0, 3, -0.25],
                "rotate 90.0° about (0.00, 0.00, 1.00), scale 1.00 × 2.00 × 3.00, shift (0.50, 0.00, −0.25)"
            ),
            (
                [-1, 0, 0, 0, 0, 1, 0, 0, 0, 0, -1, 0],
                "rotate 180.0° about (0.00, 1.00, 0.00), scale 1.00 × 1.00 × 1.00, shift (0.00, 0.00, 0.00)"
            ),
            (
                [1, 0.5, 0, 0, 0, 1, 0, 0, 0, 0, -1, 0],
                "rotate 0.0°, scale 1.00 × 1.00 × −1.00, shear (0.50, 0.00, 0.00), shift (0.00, 0.00, 0.00)"
            ),
        ] as [([Float], String)])
    func meaning(_ theta: [Float], _ words: String) {
        #expect(Affine3D().meaning(of: theta) == words)
    }

    @Test(
        "gradients for θ and volume through the sampler are the slopes",
        arguments: [SamplingMode.bilinear, .nearest],
        [SamplingPadding.zeros, .border, .reflection, .wrap, .background(mean: [0.5, 0.4], deviation: [0.2, 0.3])])
    func gradient(_ mode: SamplingMode, _ padding: SamplingPadding) {
        for corners in [CornerConvention.edges, .centers] {
            let sampler = Sampler(mode: mode, padding: padding, corners: corners)
            let frame = VolumeFrame(depth: 3, height: 4, width: 5, corners: corners)
            let theta = Self.thetas(2, seed: 50)
            let volume: Tensor<Double> = randomTensor([2, 4, 6, 7, 2], seed: 51)
            let cotangent: Tensor<Double> = randomTensor([2, 3, 4, 5, 2], seed: 52)
            let dTheta: Tensor<Double> = randomTensor(theta.shape, seed: 53)
            let dVolume: Tensor<Double> = randomTensor(volume.shape, seed: 54)
            let gradients = sampler.gradients(
                dOutput: cotangent, image: volume, grid: Affine3D().grid(theta: theta, frame: frame))
            let thetaGradient = Affine3D().thetaGradient(dGrid: gradients.dGrid, theta: theta, frame: frame)
            let expected = dot(thetaGradient.values, dTheta.values) + dot(gradients.dImage.values, dVolume.values)
            func objective(_ distance: Double) -> Double {
                func moved(_ tensor: Tensor<Double>, _ direction: Tensor<Double>) -> Tensor<Double> {
                    Tensor(tensor.shape, zip(tensor.values, direction.values).map { $0 + distance * $1 })
                }
                let grid = Affine3D().grid(theta: moved(theta, dTheta), frame: frame)
                return dot(sampler.sample(moved(volume, dVolume), at: grid).values, cotangent.values)
            }
            // Small against the distance to the next kink, large against rounding.
            let slope = (objective(1e-7) - objective(-1e-7)) / 2e-7
            #expect(abs(slope - expected) <= 1e-5 * max(abs(slope), 0.1), "\(sampler): \(slope), \(expected)")
            #expect(mode == .nearest || abs(dot(thetaGradient.values, dTheta.values)) > 0.1, "θ counts")
        }
    }
}
