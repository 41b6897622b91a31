import Datasets
import Foundation
import Tensors
import TestSupport
import Testing
import Warping

@Suite("What distortions draw")
struct DistortionRecipeTests {
    /// θ of the first images of a seed.
    private func thetas(_ recipe: DistortionRecipe, count: Int = 4000) -> [[Float]] {
        (0..<count).map { number in
            var generator = RandomStream(seed: 1, purpose: .distortion, step: UInt32(number)).generator
            return recipe.theta(&generator)
        }
    }

    private func recipe(_ distortion: Distortion) throws -> DistortionRecipe {
        try #require(DistortionRecipe(distortion, height: 28, width: 28))
    }

    @Test("a canvas grows for shifts alone, by half and by whole pixels on either side")
    func canvas() throws {
        for (side, expected) in [(28, 42), (32, 48), (64, 96), (19, 29)] {
            let grown = try #require(DistortionRecipe(.rotationScaleTranslation, height: side, width: 28))
            #expect(grown.frame.outputHeight == expected && grown.frame.outputWidth == 42)
            #expect(side + 2 * grown.marginY == expected)
        }
        for distortion in [Distortion.rotation, .projection, .elastic] {
            #expect(try recipe(distortion).frame == SamplingFrame(height: 28, width: 28, corners: .edges))
        }
        #expect(DistortionRecipe(.none, height: 28, width: 28) == nil)
    }

    @Test("rotations fill −90° to 90° evenly")
    func rotations() throws {
        let angles = thetas(try recipe(.rotation)).map { Double($0[0]) * 180 / .pi }
        // The moments of U(−90, 90), within four standard errors.
        expectMoments(angles, mean: 0, deviation: 90 / 3.0.squareRoot())
        #expect(angles.allSatisfy { abs($0) <= 90 })
        #expect((angles.min() ?? 0) < -89 && (angles.max() ?? 0) > 89)
    }

    @Test("rotation, scale and shift are in their ranges, and the inscribed circle is on the canvas")
    func placements() throws {
        let recipe = try recipe(.rotationScaleTranslation)
        let drawn = try thetas(recipe).map { theta in
            try #require(Similarity().inverse(of: theta.map(Double.init), frame: recipe.frame))
        }
        expectMoments(drawn.map { $0[0] * 180 / .pi }, mean: 0, deviation: 45 / 3.0.squareRoot())
        expectMoments(drawn.map { $0[1] }, mean: 0.95, deviation: 0.25 / 3.0.squareRoot())
        for axis in 2...3 {
            let rooms = drawn.map { 21 - 14 * $0[1] }
            let shifts = drawn.map { $0[axis] * 21 }
            #expect(zip(shifts, rooms).allSatisfy { abs($0) <= $1 + 1e-4 })
            expectMoments(zip(shifts, rooms).map { $0 / $1 }, mean: 0, deviation: 1 / 3.0.squareRoot())
        }
    }

    @Test("projections put corners where a smaller image has them, give or take 5 pixels, and keep the middle whole")
    func projections() throws {
        let recipe = try recipe(.projection)
        let homographies = try thetas(recipe).map { theta in
            try #require(Projective().inverse(of: theta.map(Double.init), frame: recipe.frame))
        }
        /// Where a point of the content went.
        func place(_ h: [Double], _ x: Double, _ y: Double) -> [Double] {
            let w = h[6] * x + h[7] * y + 1
            return [(h[0] * x + h[1] * y + h[2]) / w, (h[3] * x + h[4] * y + h[5]) / w]
        }
        let middle = homographies.flatMap { h in
            [(-1.0, -1.0), (1, -1), (1, 1), (-1, 1)].flatMap { x, y in place(h, x * 10 / 14, y * 10 / 14) }
        }
        #expect(middle.allSatisfy { abs($0) <= 1 + 1e-4 })
        // U(0.75, 1) and N(0, 5 of 14 pixels) have the mean −0.875 and the deviation 0.364; of 200,000 simulated corners that
        // fulfil the conditions, mean and deviation are −0.815 and 0.317.
        for axis in 0...1 {
            expectMoments(homographies.map { place($0, -1, -1)[axis] }, mean: -0.815, deviation: 0.317)
        }
    }

    @Test("splines read 1.5 pixels of 28 beside their control points")
    func splines() throws {
        let displacements = thetas(try recipe(.elastic), count: 500).flatMap { $0.map { Double($0) * 14 } }
        expectMoments(displacements, mean: 0, deviation: 1.5)
    }

    private func moments(_ values: [Double]) -> (mean: Double, deviation: Double) {
        let mean = values.reduce(0, +) / Double(values.count)
        return (mean, (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)).squareRoot())
    }

    /// Expects mean and deviation within four standard errors, those of the normal distribution, the widest here.
    private func expectMoments(
        _ values: [Double], mean: Double, deviation: Double, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let (actual, error) = (moments(values), deviation / Double(values.count).squareRoot())
        #expect(abs(actual.mean - mean) < 4 * error, "mean \(actual.mean)", sourceLocation: sourceLocation)
        #expect(
            abs(actual.deviation - deviation) < 4 * error / 2.0.squareRoot(), "deviation \(actual.deviation)",
            sourceLocation: sourceLocation)
    }
}
