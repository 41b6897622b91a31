import Tensors
import TestSupport
import Testing
import Warping

@Suite("Continuous piecewise-affine flows")
struct ContinuousPiecewiseAffineTests {
    typealias Point = Vector2<Double>

    static let families: [ContinuousPiecewiseAffine] = [1, 2, 3, 5].flatMap { cells in
        [ContinuousPiecewiseAffine.Boundary.free, .fixed].map {
            ContinuousPiecewiseAffine(cells: cells, boundary: $0)
        }
    }

    private func field(
        _ family: ContinuousPiecewiseAffine, spread: Float, seed: UInt64, sign: Double = 1
    ) -> VelocityField<Double> {
        var theta: Tensor<Double> = randomTensor([1, family.parameterCount], seed: seed, -spread, spread)
        theta.values = theta.values.map { sign * $0 }
        return family.field(family.velocities(theta: theta), image: 0)
    }

    private func points(_ count: Int, seed: UInt64) -> [Point] {
        let values: Tensor<Double> = randomTensor([count, 2], seed: seed)
        return (0..<count).map { Point(x: values.values[$0 * 2], y: values.values[$0 * 2 + 1]) }
    }

    @Test("the basis is orthonormal over triangles", arguments: families)
    func orthonormal(_ family: ContinuousPiecewiseAffine) {
        let count = family.parameterCount / 2, cells = family.cells
        let unit = (0..<count).map { function in
            var theta = Tensor<Double>.zeros([1, family.parameterCount])
            theta.values[function * 2] = 1
            return family.field(family.velocities(theta: theta), image: 0)
        }
        // Each triangle's affine function from three points in it, not from what made it.
        var coefficients = [[Double]](repeating: [], count: count)
        for triangle in 0..<cells * cells * 4 {
            let (row, column) = (triangle / 4 / cells, triangle / 4 % cells)
            let (a, b) = [(0.3, 0.0), (-0.3, 0), (0, 0.3), (0, -0.3)][triangle % 4]
            let x = (Double(column) + 0.5 + a) * 2 / Double(cells) - 1,
                y = (Double(row) + 0.5 + b) * 2 / Double(cells) - 1
            for function in 0..<count {
                func value(_ dx: Double, _ dy: Double) -> Double {
                    unit[function].velocity(at: Point(x: x + dx, y: y + dy)).x
                }
                let step = 0.01
                let (here, right, below) = (value(0, 0), value(step, 0), value(0, step))
                let (slopeX, slopeY) = ((right - here) / step, (below - here) / step)
                coefficients[function] += [slopeX, slopeY, here - slopeX * x - slopeY * y]
            }
        }
        for first in 0..<count {
            for second in 0..<count {
                let product = dot(coefficients[first], coefficients[second])
                #expect(abs(product - (first == second ? 1 : 0)) < 1e-9, "functions \(first) and \(second)")
            }
        }
    }

    @Test("velocities are continuous across triangles and beyond the border", arguments: families)
    func continuity(_ family: ContinuousPiecewiseAffine) {
        let field = field(family, spread: 1, seed: 2)
        // Lines across the square and out of it, in short steps: no jump larger than a Lipschitz constant allows.
        for (start, end) in zip(points(20, seed: 3), points(20, seed: 4)) {
            var before: Point?
            for step in 0...3000 {
                let velocity = field.velocity(at: start + (Double(step) / 1000 - 1) * (end - start))
                if let before { #expect((velocity - before).dot(velocity - before).squareRoot() < 0.02) }
                before = velocity
            }
        }
    }

    @Test("a fixed border stays, and nothing leaves")
    func fixedBorder() {
        for family in Self.families where family.boundary == .fixed {
            let field = field(family, spread: 3, seed: 5)
            for point in points(50, seed: 6) {
                for border in [Point(x: 1, y: point.y), Point(x: -1, y: point.y), Point(x: point.x, y: -1)] {
                    let moved = field.flow(from: border)
                    #expect(moved.x == border.x && moved.y == border.y)
                }
                let moved = field.flow(from: point)
                #expect(abs(moved.x) < 1 && abs(moved.y) < 1)
            }
        }
    }

    @Test("a velocity that is affine throughout has the flow of its matrix exponential")
    func exponential() {
        let family = ContinuousPiecewiseAffine(cells: 3)
        let positions = family.vertexPositions.values
        // A rotation by 0.7 and a growth by e^−0.2: cos 0.7 and sin 0.7 from tables.
        var vertices: [Point] = []
        for index in stride(from: 0, to: positions.count, by: 2) {
            let (x, y) = (positions[index], positions[index + 1])
            vertices.append(Point(x: -0.2 * x - 0.7 * y, y: 0.7 * x - 0.2 * y))
        }
        let field = VelocityField(tessellation: family.tessellation, vertices: vertices, steps: 16)
        let (cosine, sine, shrink) = (0.7648421872844885, 0.644217687237691, 0.8187307530779818)
        for point in points(50, seed: 7) {
            // Points that stay inside, where the velocity is affine.
            let start = 0.7 * point, moved = field.flow(from: start)
            #expect(abs(moved.x - shrink * (cosine * start.x - sine * start.y)) < 1e-7)
            #expect(abs(moved.y - shrink * (sine * start.x + cosine * start.y)) < 1e-7)
        }
    }

    @Test("sixteen steps have the error that is stated, and −θ leads back within a tenth of that")
    func statedError() {
        let frame = SamplingFrame(height: 10, width: 10, corners: .edges)
        let family = ContinuousPiecewiseAffine(cells: 3), fine = ContinuousPiecewiseAffine(cells: 3, steps: 1024)
        let positions = frame.positions(of: Double.self).values
        var worst = (error: 0.0, inverse: 0.0)
        for seed in 0..<20 {
            let theta: Tensor<Double> = randomTensor([1, family.parameterCount], seed: UInt64(seed))
            let grid = family.grid(theta: theta, frame: frame).values
            let exact = fine.grid(theta: theta, frame: frame).values
            let back = field(family, spread: 1, seed: UInt64(seed), sign: -1)
            for index in stride(from: 0, to: grid.count, by: 2) {
                let moved = Point(x: grid[index], y: grid[index + 1])
                let error = moved - Point(x: exact[index], y: exact[index + 1])
                let rest = back.flow(from: moved) - Point(x: positions[index], y: positions[index + 1])
                worst.error = max(worst.error, error.dot(error).squareRoot())
                worst.inverse = max(worst.inverse, rest.dot(rest).squareRoot())
            }
        }
        // A hundredth of the bound would mean that the bound says nothing.
        #expect(worst.error < 2e-4 && worst.error > 2e-6)
        #expect(worst.inverse < 1e-5)
    }

    @Test("flows do not fold", arguments: families)
    func folds(_ family: ContinuousPiecewiseAffine) {
        let frame = SamplingFrame(height: 40, width: 40, corners: .edges)
        for seed in 0..<5 {
            let theta: Tensor<Double> = randomTensor([1, family.parameterCount], seed: UInt64(seed), -2, 2)
            let grid = family.grid(theta: theta, frame: frame)
            #expect(GridStatistics(of: grid, frame: frame).folded == 0)
            // A displacement field as rough as this one folds, so the statistic can tell.
            let wild: Tensor<Double> = randomTensor([1, 3200], seed: UInt64(seed), -0.5, 0.5)
            let field = DisplacementField(height: 40, width: 40).grid(theta: wild, frame: frame)
            #expect(GridStatistics(of: field, frame: frame).folded > 0.1)
        }
    }

    @Test("parameters are counted by the vertices that may move, and −θ is the inverse")
    func counts() {
        #expect(ContinuousPiecewiseAffine(cells: 3).parameterCount == 50)
        #expect(ContinuousPiecewiseAffine(cells: 3, boundary: .fixed).parameterCount == 26)
        #expect(ContinuousPiecewiseAffine(cells: 1, boundary: .fixed).parameterCount == 2)
        let frame = SamplingFrame(height: 2, width: 2, corners: .edges)
        #expect(ContinuousPiecewiseAffine(cells: 1, boundary: .fixed).inverse(of: [1.0, -2], frame: frame) == [-1, 2])
    }
}
