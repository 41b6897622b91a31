import Tensors
import TestSupport
import Testing
import Warping

@Suite("Thin-plate splines and displacement fields")
struct SmoothFamilyTests {
    @Test("a spline reads at its control points what θ says", arguments: [2, 3, 4, 7, 16])
    func interpolation(_ points: Int) {
        let spline = ThinPlateSpline(controlPoints: points)
        // The positions of this frame are the control points.
        let frame = SamplingFrame(height: points, width: points, corners: .centers)
        #expect(spline.controlPositions.values == frame.positions(of: Double.self).values)
        let theta: Tensor<Double> = randomTensor([1, spline.parameterCount], seed: 3, -0.5, 0.5)
        let expected = zip(spline.controlPositions.values, theta.values).map { $0 + $1 }
        expectClose(spline.grid(theta: theta, frame: frame).values, expected, relative: 0, absolute: 1e-9, "grid")
    }

    @Test("control points moved by an affine map move everything by it", arguments: [2, 4, 5])
    func affineReproduction(_ points: Int) {
        let spline = ThinPlateSpline(controlPoints: points)
        let frame = SamplingFrame(height: 6, width: 9, corners: .edges)
        let m = [0.9, 0.2, 0.1, -0.3, 1.1, -0.05]
        let c = spline.controlPositions.values
        var theta: [Double] = []
        for index in stride(from: 0, to: c.count, by: 2) {
            let (x, y) = (c[index], c[index + 1])
            theta.append(m[0] * x + m[1] * y + m[2] - x)
            theta.append(m[3] * x + m[4] * y + m[5] - y)
        }
        let grid = spline.grid(theta: Tensor([1, theta.count], theta), frame: frame)
        let affine = AffineTransform().grid(theta: Tensor([1, 6], m), frame: frame)
        expectClose(grid.values, affine.values, relative: 0, absolute: 1e-10, "grid")
    }

    @Test("the basis is what the grid is made of, and its rows add up to 1")
    func basis() {
        let spline = ThinPlateSpline()
        let frame = SamplingFrame(outputHeight: 3, outputWidth: 5, inputHeight: 8, inputWidth: 8, corners: .edges)
        let basis = spline.basis(frame: frame)
        #expect(basis.shape == [15, 16])
        for row in 0..<15 {
            #expect(abs(basis.values[row * 16..<row * 16 + 16].reduce(0, +) - 1) < 1e-12)
        }
        // Control point 6 moved to the right by 1 moves each position by its column of the basis.
        var theta = Tensor<Double>.zeros([1, 32])
        theta.values[12] = 1
        let grid = spline.grid(theta: theta, frame: frame).values, positions = frame.positions(of: Double.self).values
        for index in 0..<15 {
            #expect(grid[index * 2] == positions[index * 2] + basis.values[index * 16 + 6])
            #expect(grid[index * 2 + 1] == positions[index * 2 + 1])
        }
    }

    @Test("bounds hold at the control points however large θ is")
    func bounds() {
        let spline = ThinPlateSpline().bounded(by: 0.25)
        let frame = SamplingFrame(height: 4, width: 4, corners: .centers)
        let theta: Tensor<Double> = randomTensor([1, 32], seed: 3, -9, 9)
        let grid = spline.grid(theta: theta, frame: frame).values
        let distances = zip(grid, frame.positions(of: Double.self).values).map { abs($0 - $1) }
        #expect(distances.allSatisfy { $0 < 0.25 + 1e-12 })
        #expect((distances.max() ?? 0) > 0.2)
    }

    @Test("one displacement a pixel moves each by its own", arguments: [false, true])
    func dense(_ alignCorners: Bool) {
        let frame = SamplingFrame(height: 4, width: 3, corners: CornerConvention(alignCorners: alignCorners))
        let theta: Tensor<Double> = randomTensor([1, 24], seed: 3)
        let grid = DisplacementField(height: 4, width: 3).grid(theta: theta, frame: frame)
        #expect(grid.values == zip(frame.positions(of: Double.self).values, theta.values).map { $0 + $1 })
    }

    @Test("a coarse lattice blends bilinearly and keeps its border values beyond it")
    func coarse() {
        let field = DisplacementField(height: 1, width: 2)
        let theta = Tensor<Double>([1, 4], [0, 1, 0, 3])
        // Between centres −1 and 1 are the lattice points; with edges ∓½ are, and what lies beyond clamps.
        let between = field.grid(theta: theta, frame: SamplingFrame(height: 1, width: 5, corners: .centers)).values
        expectClose((0..<5).map { between[$0 * 2 + 1] }, [1, 1.5, 2, 2.5, 3], relative: 0, absolute: 1e-12, "centers")
        let beyond = field.grid(theta: theta, frame: SamplingFrame(height: 1, width: 4, corners: .edges)).values
        expectClose((0..<4).map { beyond[$0 * 2 + 1] }, [1, 1.5, 2.5, 3], relative: 0, absolute: 1e-12, "edges")
    }

    @Test("meanings say how far they go")
    func meanings() {
        #expect(ThinPlateSpline(controlPoints: 2).meaning(of: [0, 0, 3, 4, 0, 0, 1, 1]) == "bend up to 5.00")
        #expect(DisplacementField(height: 1, width: 2).meaning(of: [0, 0, 0.3, -0.4]) == "move up to 0.50")
    }
}
