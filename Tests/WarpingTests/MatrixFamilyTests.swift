import Tensors
import TestSupport
import Testing
import Warping

@Suite("Families of matrices and homographies")
struct MatrixFamilyTests {
    @Test("affine grids are PyTorch's", arguments: try Golden("affine_sampler").caseNames)
    func golden(_ name: String) throws {
        let golden = try Golden("affine_sampler")
        guard let expected = try? golden.doubles(name, "grid") else {
            #expect(name.hasPrefix("far_outside"))
            return
        }
        let theta = try golden.doubles(name, "theta")
        let frame = SamplingFrame(
            height: expected.shape[1], width: expected.shape[2],
            corners: CornerConvention(alignCorners: golden.flag(name, "alignCorners")))
        let grid = AffineTransform().grid(theta: theta.reshaped([theta.shape[0], 6]), frame: frame)
        #expect(grid.shape == expected.shape)
        expectClose(grid.values, expected.values, relative: 1e-6, absolute: 1e-6, name)
    }

    @Test("a rotation keeps angles and lengths in pixels of an image that is not square", arguments: [false, true])
    func rotationInPixels(_ alignCorners: Bool) {
        let corners = CornerConvention(alignCorners: alignCorners)
        let frame = SamplingFrame(outputHeight: 5, outputWidth: 8, inputHeight: 12, inputWidth: 30, corners: corners)
        for angle in [0.3, -2.1] {
            let turned = sides(Rotation().grid(theta: Tensor<Double>([1, 1], [angle]), frame: frame), frame)
            let upright = sides(Rotation().grid(theta: Tensor<Double>([1, 1], [0]), frame: frame), frame)
            #expect(abs(dot(turned.x, turned.y)) < 1e-12)
            #expect(abs(dot(turned.x, turned.x) - dot(upright.x, upright.x)) < 1e-12)
            #expect(abs(dot(turned.y, turned.y) - dot(upright.y, upright.y)) < 1e-12)
            #expect(abs(turned.x[1] / turned.x[0] - Double(tangent(angle))) < 1e-9)
            // The other form does shear.
            let sheared = Rotation(aspectAware: false).grid(theta: Tensor<Double>([1, 1], [angle]), frame: frame)
            #expect(abs(dot(sides(sheared, frame).x, sides(sheared, frame).y)) > 0.1)
        }
    }

    /// By the series, so that the test does not lean on what it tests.
    private func tangent(_ angle: Double) -> Double {
        var (sine, cosine, term) = (0.0, 0.0, 1.0)
        for power in 0..<40 {
            if power % 2 == 0 { cosine += power % 4 == 0 ? term : -term } else { sine += power % 4 == 1 ? term : -term }
            term *= angle / Double(power + 1)
        }
        return sine / cosine
    }

    /// From the first position to its right and its lower neighbour, in pixels of the input.
    private func sides(_ grid: Tensor<Double>, _ frame: SamplingFrame) -> (x: [Double], y: [Double]) {
        func pixel(_ position: Int) -> [Double] {
            [
                grid.values[position * 2] * frame.corners.span(of: frame.inputWidth) / 2,
                grid.values[position * 2 + 1] * frame.corners.span(of: frame.inputHeight) / 2,
            ]
        }
        let (corner, right, down) = (pixel(0), pixel(1), pixel(frame.outputWidth))
        return ([right[0] - corner[0], right[1] - corner[1]], [down[0] - corner[0], down[1] - corner[1]])
    }

    @Test("a fixed window starts in the middle at its size")
    func fixedWindow() {
        let frame = SamplingFrame(height: 4, width: 6, corners: .edges)
        let grid = Attention(.fixed(0.5)).grid(theta: Tensor<Float>([1, 2], [0, 0]), frame: frame)
        #expect(grid.values == frame.positions(of: Float.self).values.map { $0 / 2 })
    }

    @Test("past the horizon positions are infinite and have no gradient")
    func horizon() {
        // w = 1 + 2x is 0 at x = −½, negative to the left of it.
        let theta = Tensor<Double>([1, 8], [1, 0, 0, 0, 1, 0, 2, 0])
        let frame = SamplingFrame(height: 1, width: 5, corners: .centers)
        let grid = Projective().grid(theta: theta, frame: frame)
        let expected: [Double] = [.infinity, .infinity, .infinity, .infinity, 0, 0, 0.25, 0, 1.0 / 3, 0]
        #expect(grid.values == expected)
        let spoiled = Tensor<Double>(grid.shape, [.nan, .nan, .infinity, 5, 0, 0, 0, 0, 0, 0])
        #expect(Projective().thetaGradient(dGrid: spoiled, theta: theta, frame: frame).values.allSatisfy { $0 == 0 })
        let sampler = Sampler(corners: .centers)
        let image = Tensor<Double>([1, 1, 3, 1], repeating: 1)
        #expect(sampler.sample(image, at: grid).values == [0, 0, 1, 1, 1])
        #expect(GridStatistics(of: grid, frame: frame).outside == 0.4)
    }

    @Test("homographies invert and compose as the plane does")
    func homographies() throws {
        let frame = SamplingFrame(height: 5, width: 5, corners: .centers)
        let theta: [[Double]] = [UInt64(3), 4].map { seed in
            let noise: Tensor<Double> = randomTensor([8], seed: seed, -0.2, 0.2)
            return zip(Projective().identity, noise.values).map { Double($0) + $1 }
        }
        let inverse = try #require(Projective().inverse(of: theta[0], frame: frame))
        let back = try #require(Projective().composition(of: inverse, then: theta[0], frame: frame))
        expectClose(back, Projective().identity.map(Double.init), relative: 0, absolute: 1e-12, "inverse")
        let both = try #require(Projective().composition(of: theta[0], then: theta[1], frame: frame))
        let through = Projective().grid(theta: Tensor([1, 8], theta[1]), frame: frame).values
        let h = theta[0]
        var expected: [Double] = []
        for position in stride(from: 0, to: through.count, by: 2) {
            let (x, y) = (through[position], through[position + 1])
            let w = h[6] * x + h[7] * y + 1
            expected.append((h[0] * x + h[1] * y + h[2]) / w)
            expected.append((h[3] * x + h[4] * y + h[5]) / w)
        }
        let grid = Projective().grid(theta: Tensor([1, 8], both), frame: frame).values
        expectClose(grid, expected, relative: 1e-12, absolute: 1e-12, "composition")
    }

    @Test("the inverse of any scale that numbers have is found", arguments: [1e-18, 1e-30, 1e18, 1e30] as [Float])
    func extremeScales(_ scale: Float) throws {
        let frame = SamplingFrame(height: 5, width: 5, corners: .edges)
        let affine = try #require(AffineTransform().inverse(of: [scale, 0, 1, 0, scale, 0], frame: frame))
        expectClose(affine, [1 / scale, 0, -1 / scale, 0, 1 / scale, 0], relative: 1e-6, "affine")
        let projective = try #require(Projective().inverse(of: [scale, 0, 0, 0, scale, 0, 0, 0], frame: frame))
        expectClose(projective, [1 / scale, 0, 0, 0, 1 / scale, 0, 0, 0], relative: 1e-6, "projective")
    }

    @Test("what has no inverse has none")
    func singular() {
        let frame = SamplingFrame(height: 5, width: 5, corners: .centers)
        #expect(AffineTransform().inverse(of: [1, 2, 0, 2, 4, 0] as [Double], frame: frame) == nil)
        #expect(AffineTransform().inverse(of: [.nan, 0, 0, 0, 1, 0] as [Double], frame: frame) == nil)
        #expect(Attention().inverse(of: [0, 0.1, 0.1] as [Double], frame: frame) == nil)
        #expect(Projective().inverse(of: [1, 2, 0, 2, 4, 0, 0, 0] as [Double], frame: frame) == nil)
        // Its inverse's horizon crosses the centre: (ae − bd) = 0 though the matrix is regular.
        #expect(Projective().inverse(of: [1, 0, 1, 0, 0, 1, 0, 1] as [Double], frame: frame) == nil)
        // 1.2 times as large is within the bounds, its inverse beyond 1 ± 0.1.
        #expect(Attention().bounded(by: 0.1).inverse(of: [2, 0, 0] as [Double], frame: frame) != nil)
        #expect(
            Attention().bounded(by: 0.1).composition(of: [2, 0, 0] as [Double], then: [2, 0, 0], frame: frame) == nil)
    }

    @Test("meanings are what people say")
    func meanings() {
        #expect(
            AffineTransform().meaning(of: AffineTransform.identity) == "rotate 0.0°, scale 1.00, shift (0.00, 0.00)")
        let theta = AffineTransform().meaning(of: [1.0647, 0.1063, 0.01, -0.1063, 1.0647, -0.02])
        #expect(theta == "rotate −5.7°, scale 1.07, shift (0.01, −0.02)")
        #expect(
            AffineTransform().meaning(of: [2, 1, 0, 0, 0.5, 0])
                == "rotate 0.0°, scale 2.00 × 0.50, shear 2.00, shift (0.00, 0.00)")
        #expect(Translation().meaning(of: [0.25, -0.001]) == "shift (0.25, 0.00)")
        #expect(Rotation().meaning(of: [.pi / 2]) == "rotate 90.0°")
        #expect(Attention(.fixed(0.5)).meaning(of: [0, 0.3]) == "scale 0.50, shift (0.00, 0.30)")
        #expect(Similarity().meaning(of: [-0.1, 0.9, 0, 0]) == "rotate −5.7°, scale 0.90, shift (0.00, 0.00)")
        #expect(Projective().meaning(of: [1, 0, 0, 0, 1, 0, 0.1, 0]).hasSuffix("tilt (0.10, 0.00)"))
    }
}
