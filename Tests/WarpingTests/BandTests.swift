import Tensors
import TestSupport
import Testing
import Warping

@Suite("Grids in bands of rows")
struct BandTests {
    @Test("a band's grid is those rows of the whole grid, bit for bit", arguments: TransformationCase.all)
    func bands(_ family: TransformationCase) {
        for frame in TransformationCase.frames {
            let theta: Tensor<Float> = family.theta(1, seed: 5).converted()
            let whole = family.transformation.grid(theta: theta, frame: frame)
            for rows in [0..<1, 0..<frame.outputHeight, frame.outputHeight / 2..<frame.outputHeight] {
                let band = family.transformation.grid(theta: theta, frame: frame.band(rows))
                let rowLength = frame.outputWidth * 2
                #expect(band.shape == [1, rows.count, frame.outputWidth, 2])
                #expect(
                    band.values.elementsEqual(
                        whole.values[rows.lowerBound * rowLength..<rows.upperBound * rowLength],
                        by: { $0.bitPattern == $1.bitPattern }))
            }
        }
    }

    @Test("a band of a band counts from the band")
    func nested() {
        let frame = SamplingFrame(height: 9, width: 2, corners: .edges)
        #expect(frame.band(2..<8).band(1..<3) == frame.band(3..<5))
    }

    @Test("a large output's spline, evaluated as a formula, is B·θ; zero is the identity bit for bit")
    func largeSpline() {
        let spline = ThinPlateSpline()
        let frame = SamplingFrame(height: 331, width: 199, corners: .edges)
        #expect(frame.count > ThinPlateSpline.keptPositions)
        let theta: Tensor<Double> = randomTensor([1, 32], seed: 3, -0.3, 0.3)
        let grid = spline.grid(theta: theta, frame: frame)
        let (basis, positions) = (spline.basis(frame: frame), frame.positions(of: Double.self))
        let expected = positions.values.indices.map { index in
            (0..<16).reduce(positions.values[index]) {
                $0 + basis.values[index / 2 * 16 + $1] * theta.values[$1 * 2 + index % 2]
            }
        }
        expectClose(grid.values, expected, relative: 0, absolute: 1e-12, "grid")
        let identity = spline.grid(theta: Tensor([1, 32], spline.identity), frame: frame)
        #expect(identity.values == frame.positions(of: Float.self).values)
    }
}
