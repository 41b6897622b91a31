import Tensors
import TestSupport
import Testing
import Warping

@Suite("Statistics of grids and penalties")
struct GridTests {
    @Test("the identity has area 1, no fold, and nothing outside", arguments: TransformationCase.frames)
    func identity(_ frame: SamplingFrame) {
        let grid = AffineTransform().grid(
            theta: Tensor<Double>([1, 6], AffineTransform.identity.map(Double.init)), frame: frame)
        let statistics = GridStatistics(of: grid, frame: frame)
        #expect(statistics.outside == 0 && statistics.folded == 0)
        if frame.outputHeight > 1 && frame.outputWidth > 1 {
            #expect(abs((statistics.meanDeterminant ?? 0) - 1) < 1e-12)
            #expect(abs((statistics.meanScale ?? 0) - 1) < 1e-12)
        } else {
            #expect(statistics.meanDeterminant == nil && statistics.meanScale == nil)
        }
        for penalty in [GridPenalty.departure, .scale(area: 1), .folding(margin: 0)] {
            #expect(abs(penalty.valueAndGradient(grid: grid, frame: frame).value) < 1e-24)
        }
    }

    @Test("an affine map has its determinant everywhere, a mirror is one fold")
    func affine() {
        let frame = SamplingFrame(height: 6, width: 9, corners: .edges)
        func statistics(_ theta: [Double]) -> GridStatistics {
            GridStatistics(of: AffineTransform().grid(theta: Tensor([1, 6], theta), frame: frame), frame: frame)
        }
        let shrunk = statistics([0.5, 0.2, 0, -0.1, 0.4, 0])
        #expect(abs((shrunk.meanDeterminant ?? 0) - 0.22) < 1e-12)
        #expect(abs((shrunk.meanScale ?? 0) - 0.22.squareRoot()) < 1e-12)
        let mirrored = statistics([-1, 0, 0, 0, 1, 0])
        #expect(mirrored.folded == 1 && abs((mirrored.meanDeterminant ?? 0) + 1) < 1e-12)
        // A shift by half the image leaves a quarter of nine columns' positions inside at each end: four of nine.
        #expect(abs(statistics([1, 0, 1, 0, 1, 0]).outside - 4.0 / 9) < 1e-12)
    }

    @Test("what is not finite counts as outside, spoils no mean, and gets no gradient")
    func notFinite() {
        let frame = SamplingFrame(height: 3, width: 3, corners: .centers)
        var grid = frame.positions(of: Double.self).reshaped([1, 3, 3, 2])
        grid.values[0] = .nan
        grid.values[17] = .infinity
        let statistics = GridStatistics(of: grid, frame: frame)
        #expect(abs(statistics.outside - 2.0 / 9) < 1e-12)
        #expect(statistics.meanDeterminant == 1 && statistics.folded == 0)
        for penalty in [GridPenalty.departure, .scale(area: 0.5), .folding(margin: 2)] {
            let (value, dGrid) = penalty.valueAndGradient(grid: grid, frame: frame)
            #expect(value.isFinite && dGrid.values.allSatisfy(\.isFinite))
        }
    }

    @Test(
        "a penalty's gradient is its slope",
        arguments: [GridPenalty.departure, .scale(area: 0.7), .folding(margin: 0), .folding(margin: 0.5)])
    func penalties(_ penalty: GridPenalty) {
        for frame in TransformationCase.frames {
            let positions: Tensor<Double> = frame.positions()
            let noise: Tensor<Double> = randomTensor(positions.shape.prefixed(by: 2), seed: 4, -0.8, 0.8)
            let grid = Tensor(
                noise.shape,
                noise.values.indices.map { noise.values[$0] + positions.values[$0 % positions.values.count] })
            let direction: Tensor<Double> = randomTensor(grid.shape, seed: 5)
            func value(_ distance: Double) -> Double {
                let moved = Tensor(grid.shape, zip(grid.values, direction.values).map { $0 + distance * $1 })
                return penalty.valueAndGradient(grid: moved, frame: frame).value
            }
            let (here, gradient) = penalty.valueAndGradient(grid: grid, frame: frame)
            let slope = (value(1e-6) - value(-1e-6)) / 2e-6, expected = dot(gradient.values, direction.values)
            #expect(abs(slope - expected) <= 1e-5 * max(abs(slope), 0.01), "\(frame)")
            let hasCells = frame.outputHeight > 1 && frame.outputWidth > 1
            #expect((here > 0) == (hasCells || penalty == .departure))
            #expect(!hasCells || abs(slope) > 1e-3, "a slope that the check could miss")
        }
    }

    @Test("going down a penalty undoes a fold, and brings θ back to the identity")
    func descent() {
        let frame = SamplingFrame(height: 5, width: 5, corners: .edges)
        var theta = Tensor<Double>([1, 6], [-0.4, 0.1, 0.2, 0.1, 0.9, -0.3])
        for penalty in [GridPenalty.folding(margin: 0.1), .departure] {
            for _ in 0..<400 {
                let grid = AffineTransform().grid(theta: theta, frame: frame)
                let (_, dGrid) = penalty.valueAndGradient(grid: grid, frame: frame)
                let gradient = AffineTransform().thetaGradient(dGrid: dGrid, theta: theta, frame: frame)
                theta.values = zip(theta.values, gradient.values).map { $0 - 0.2 * $1 }
            }
            let statistics = GridStatistics(of: AffineTransform().grid(theta: theta, frame: frame), frame: frame)
            #expect(statistics.folded == 0)
        }
        expectClose(theta.values, [1, 0, 0, 0, 1, 0], relative: 0, absolute: 1e-6, "θ")
    }
}
