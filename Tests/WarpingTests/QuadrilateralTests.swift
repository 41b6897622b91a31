import Tensors
import TestSupport
import Testing
import Warping

@Suite("Quadrilaterals")
struct QuadrilateralTests {
    private func quadrilateral(_ corners: [(Double, Double)]) -> Quadrilateral<Double> {
        Quadrilateral(corners.map { Vector2(x: $0.0, y: $0.1) })
    }

    @Test("a homography reads at the corners what they say, and at the crossing of the diagonals in the centre")
    func corners() throws {
        let corners = [(-0.9, -1.1), (1.2, -0.6), (0.7, 0.8), (-1.0, 0.5)]
        let theta = try #require(quadrilateral(corners).homography)
        let frame = SamplingFrame(height: 3, width: 3, corners: .centers)
        let grid = Projective().grid(theta: Tensor([1, 8], theta), frame: frame).values
        for (position, corner) in zip([0, 2, 8, 6], corners) {
            #expect(abs(grid[position * 2] - corner.0) < 1e-12 && abs(grid[position * 2 + 1] - corner.1) < 1e-12)
        }
        for (from, to) in [(0, 2), (1, 3)] {
            let along = (corners[to].0 - corners[from].0, corners[to].1 - corners[from].1)
            let across = (grid[8] - corners[from].0, grid[9] - corners[from].1)
            #expect(abs(along.0 * across.1 - along.1 * across.0) < 1e-12)
        }
    }

    @Test("the corners of the frame are the identity")
    func identity() throws {
        let theta = try #require(quadrilateral([(-1, -1), (1, -1), (1, 1), (-1, 1)]).homography)
        #expect(theta == Projective().identity.map(Double.init))
    }

    @Test("what is mirrored, dented, flat or not a number has none")
    func refused() {
        let bad: [[(Double, Double)]] = [
            [(1, -1), (-1, -1), (-1, 1), (1, 1)], [(-1, -1), (1, -1), (-0.1, -0.1), (-1, 1)],
            [(0, 0), (0, 0), (0, 0), (0, 0)], [(-1, -1), (1, 1), (1, -1), (-1, 1)],
            [(.nan, -1), (1, -1), (1, 1), (-1, 1)],
        ]
        for corners in bad {
            #expect(quadrilateral(corners).homography == nil)
        }
    }
}
