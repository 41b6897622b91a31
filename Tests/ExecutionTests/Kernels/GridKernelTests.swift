import Execution
import Tensors
import TestSupport
import Testing
import Warping

@Suite("Kernels that make grids against the plain families")
struct GridKernelTests {
    /// A family, and how far its parameters go from the identity.
    struct Family: Sendable, CustomStringConvertible {
        let description: String
        let transformation: any Transformation
        var spread: Float = 0.4

        static let all = [
            Family(description: "affine", transformation: .affine),
            Family(description: "projective", transformation: .projective, spread: 0.2),
            Family(description: "thin-plate spline", transformation: .thinPlateSpline()),
            Family(
                description: "thin-plate spline, 5×5",
                transformation: .thinPlateSpline(controlPoints: 5)),
            Family(
                description: "thin-plate spline, fewest points", transformation: .thinPlateSpline(controlPoints: 2)),
            Family(
                description: "thin-plate spline, most points", transformation: .thinPlateSpline(controlPoints: 16)),
            Family(
                description: "displacements, one a position",
                transformation: .displacementField(height: 11, width: 13)),
            Family(description: "displacements, coarse", transformation: .displacementField(height: 4, width: 3)),
            Family(description: "displacements, one row", transformation: .displacementField(height: 1, width: 5)),
            Family(description: "CPAB", transformation: .continuousPiecewiseAffine(), spread: 0.7),
            Family(
                description: "CPAB, fixed border, few steps",
                transformation: ContinuousPiecewiseAffine(cells: 4, boundary: .fixed, steps: 3), spread: 0.7),
        ]

        func theta(_ images: Int) -> Tensor<Float> {
            let identity = transformation.identity
            let noise: Tensor<Float> = randomTensor([images, identity.count], seed: 61, -spread, spread)
            return Tensor(
                noise.shape, noise.values.indices.map { noise.values[$0] + identity[$0 % identity.count] })
        }

        func fast(_ theta: Tensor<Float>, _ frame: SamplingFrame) throws -> FastGrid {
            FastGrid(family: try #require(GridFamily(transformation)), theta: theta, frame: frame)
        }
    }

    /// Across vectors, bands of rows, and one of everything.
    ///
    /// Of sizes that put no position so on a triangle's side that rounding decides which slope it has.
    static let frames =
        [(11, 13), (1, 1), (5, 1), (1, 37), (70, 71)].map {
            SamplingFrame(height: $0, width: $1, corners: .edges)
        }
        + [(12, 14), (1, 1), (5, 1), (1, 38), (71, 72)].map { SamplingFrame(height: $0, width: $1, corners: .centers) }

    @Test("grids and gradients of θ", arguments: Family.all, frames)
    func agrees(_ family: Family, _ frame: SamplingFrame) throws {
        // More than go through the rows together, where that is soon done.
        let images = frame.count > 4096 ? 1 : frame.count > 100 ? 3 : 11
        let theta = family.theta(images)
        let positions: Tensor<Double> = theta.converted()
        let expected = family.transformation.grid(theta: positions, frame: frame)
        let dGrid: Tensor<Double> = randomTensor(expected.shape, seed: 62)
        let gradient = family.transformation.thetaGradient(dGrid: dGrid, theta: positions, frame: frame)
        let scale = gradient.values.reduce(1) { max($0, abs($1)) }
        let fast = try family.fast(theta, frame)
        for set in InstructionSet.available {
            expectClose(
                try fast.grid(set).map(Double.init), expected.values, relative: 3e-6, absolute: 3e-6, "\(set): grid")
            expectClose(
                try fast.thetaGradient(set, dGrid: dGrid.values.map { Float($0) }).map(Double.init), gradient.values,
                relative: 1e-5, absolute: 1e-5 * scale, "\(set): gradient of θ")
        }
    }

    @Test("the identity's grid is the positions, bit for bit", arguments: Family.all, frames)
    func identity(_ family: Family, _ frame: SamplingFrame) throws {
        let identity = family.transformation.identity
        let fast = try family.fast(Tensor([2, identity.count], identity + identity), frame)
        let positions: Tensor<Float> = frame.positions()
        for set in InstructionSet.available {
            let grid = try fast.grid(set)
            #expect(grid.map(\.bitPattern) == (positions.values + positions.values).map(\.bitPattern), "\(set)")
        }
    }

    @Test("past the horizon positions are infinite, and no gradient counts", arguments: InstructionSet.available)
    func horizon(_ set: InstructionSet) throws {
        let frame = SamplingFrame(height: 19, width: 23, corners: .edges)
        let theta = Tensor<Float>([2, 8], [1, 0.1, 0, 0.2, 1, 0, 0.9, -0.6, 0.8, 0, 0, 0, 1, 0.3, -0.2, 1.3])
        let family = Projective(), exact: Tensor<Double> = theta.converted()
        let expected = family.grid(theta: exact, frame: frame)
        let fast = FastGrid(family: .homography(parameterCount: 8), theta: theta, frame: frame)
        let grid = try fast.grid(set).map(Double.init)
        #expect(expected.values.contains(.infinity) && expected.values.contains { $0.isFinite })
        #expect(grid.map(\.isFinite) == expected.values.map(\.isFinite))
        // Rounding of w is magnified as the plane is, so compare on the scale of that.
        let visible = grid.indices.filter { expected.values[$0].isFinite }
        expectClose(
            visible.map { grid[$0] / (1 + abs(expected.values[$0])) },
            visible.map { expected.values[$0] / (1 + abs(expected.values[$0])) }, relative: 0, absolute: 3e-5)
        var dGrid: Tensor<Double> = randomTensor(expected.shape, seed: 63, -1, 1)
        for place in dGrid.values.indices where !expected.values[place].isFinite { dGrid.values[place] = .nan }
        // Close to the horizon gradients grow with the square of the magnification; leave those to rounding.
        for place in dGrid.values.indices where abs(expected.values[place]) > 20 { dGrid.values[place] = 0 }
        let gradient = family.thetaGradient(dGrid: dGrid, theta: exact, frame: frame)
        let scale = gradient.values.reduce(1) { max($0, abs($1)) }
        expectClose(
            try fast.thetaGradient(set, dGrid: dGrid.values.map { Float($0) }).map(Double.init), gradient.values,
            relative: 1e-4, absolute: 1e-5 * scale)
    }

    @Test("a broken θ breaks its own image alone", arguments: Family.all, InstructionSet.available)
    func broken(_ family: Family, _ set: InstructionSet) throws {
        let frame = SamplingFrame(height: 11, width: 13, corners: .edges)
        let (count, theta) = (family.transformation.parameterCount, family.theta(3))
        let dGrid: [Float] = (randomTensor([3, 11, 13, 2], seed: 64) as Tensor<Float>).values
        let whole = try family.fast(theta, frame)
        for number in [Float.nan, .infinity, -.greatestFiniteMagnitude, 1e30] {
            var values = theta.values
            for place in count..<2 * count { values[place] = number }
            let broken = try family.fast(Tensor(theta.shape, values), frame)
            let (grid, expected) = (try broken.grid(set), try whole.grid(set))
            let (dTheta, dExpected) = (
                try broken.thetaGradient(set, dGrid: dGrid), try whole.thetaGradient(set, dGrid: dGrid)
            )
            for image in [0, 2] {
                let (positions, numbers) = (image * 286..<(image + 1) * 286, image * count..<(image + 1) * count)
                expectSame(Array(grid[positions]), Array(expected[positions]), "grid, θ = \(number)")
                expectSame(Array(dTheta[numbers]), Array(dExpected[numbers]), "gradient, θ = \(number)")
            }
        }
    }
}
