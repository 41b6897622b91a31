import Tensors
import TestSupport
import Testing
import Warping

@Suite("Every family of transformations")
struct TransformationTests {
    @Test("the identity's grid is the frame's positions bit for bit", arguments: TransformationCase.all)
    func identity(_ transformationCase: TransformationCase) {
        let transformation = transformationCase.transformation
        // A window of a fixed size has no identity, and is tested by itself.
        if transformation as? Attention == Attention(.fixed(0.5)) { return }
        for frame in TransformationCase.frames {
            #expect(identityBits(transformation, frame, of: Float.self))
            #expect(identityBits(transformation, frame, of: Double.self))
        }
    }

    private func identityBits<Scalar: BinaryFloatingPoint & Sendable>(
        _ transformation: any Transformation, _ frame: SamplingFrame, of type: Scalar.Type
    ) -> Bool {
        let identity = transformation.identity.map { Scalar($0) }
        let grid = transformation.grid(theta: Tensor([2, identity.count], identity + identity), frame: frame)
        let positions: Tensor<Scalar> = frame.positions()
        func bits(_ values: [Scalar]) -> [Scalar.RawSignificand] { values.map(\.significandBitPattern) }
        return grid.shape == positions.shape.prefixed(by: 2) && grid.values == positions.values + positions.values
            && bits(grid.values) == bits(positions.values + positions.values)
            && grid.values.map(\.sign) == (positions.values + positions.values).map(\.sign)
    }

    @Test("the gradient along random directions is the slope", arguments: TransformationCase.all)
    func gradient(_ transformationCase: TransformationCase) {
        for (index, frame) in TransformationCase.frames.enumerated() {
            let theta = transformationCase.theta(2, seed: UInt64(10 + index))
            let transformation = transformationCase.transformation
            let grid = transformation.grid(theta: theta, frame: frame)
            let cotangent: Tensor<Double> = randomTensor(grid.shape, seed: 30)
            let direction: Tensor<Double> = randomTensor(theta.shape, seed: 31)
            let gradient = transformation.thetaGradient(dGrid: cotangent, theta: theta, frame: frame)
            #expect(gradient.shape == theta.shape)
            func objective(_ distance: Double) -> Double {
                let moved = Tensor(theta.shape, zip(theta.values, direction.values).map { $0 + distance * $1 })
                return dot(transformation.grid(theta: moved, frame: frame).values, cotangent.values)
            }
            // Small against the distance to the next kink, large against rounding.
            let slope = (objective(1e-6) - objective(-1e-6)) / 2e-6
            func agrees(_ gradient: [Double]) -> Bool {
                abs(slope - dot(gradient, direction.values)) <= 1e-5 * max(abs(slope), 0.01)
            }
            #expect(agrees(gradient.values), "\(frame): \(slope), \(dot(gradient.values, direction.values))")
            // That the check itself can fail.
            var spoiled = gradient.values
            spoiled[spoiled.count / 2] += 0.01
            #expect(!agrees(spoiled) || abs(direction.values[spoiled.count / 2]) < 1e-4)
            #expect(!agrees(gradient.values.map { -$0 }) || abs(slope) < 1e-6)
        }
    }

    @Test("there is one θ an image, and the images of a batch do not meet", arguments: TransformationCase.all)
    func batch(_ transformationCase: TransformationCase) {
        let (transformation, frame) = (transformationCase.transformation, TransformationCase.frames[0])
        let theta = transformationCase.theta(3, seed: 5)
        let grids = transformation.grid(theta: theta, frame: frame)
        let count = transformation.parameterCount
        #expect(transformation.identity.count == count)
        for image in 0..<3 {
            let alone = Tensor([1, count], Array(theta.values[image * count..<(image + 1) * count]))
            let grid = transformation.grid(theta: alone, frame: frame)
            #expect(grid.values == Array(grids.values[image * frame.count * 2..<(image + 1) * frame.count * 2]))
        }
    }

    @Test("Float and Double agree to Float's rounding", arguments: TransformationCase.all)
    func numberTypes(_ transformationCase: TransformationCase) {
        // Near a horizon rounding is magnified as everything else is.
        if transformationCase.testDescription.contains("horizon") { return }
        let transformation = transformationCase.transformation
        for frame in TransformationCase.frames {
            let theta = transformationCase.theta(2, seed: 6)
            let grid = transformation.grid(theta: theta, frame: frame)
            let single: Tensor<Float> = transformation.grid(theta: theta.converted(), frame: frame)
            expectClose(single.values.map(Double.init), grid.values, relative: 1e-5, absolute: 1e-5, "grid")
            let gradient = transformation.thetaGradient(dGrid: grid, theta: theta, frame: frame)
            let singleGradient: Tensor<Float> = transformation.thetaGradient(
                dGrid: grid.converted(), theta: theta.converted(), frame: frame)
            expectClose(
                singleGradient.values.map(Double.init), gradient.values, relative: 1e-4, absolute: 1e-4, "gradient")
        }
    }

    @Test("θ that is no number does not trap", arguments: TransformationCase.all, [Double.nan, .infinity, 1e300])
    func hostile(_ transformationCase: TransformationCase, _ value: Double) {
        let (transformation, frame) = (transformationCase.transformation, TransformationCase.frames[0])
        let theta = Tensor<Double>([1, transformation.parameterCount], repeating: value)
        let grid = transformation.grid(theta: theta, frame: frame)
        let gradient = transformation.thetaGradient(dGrid: grid, theta: theta, frame: frame)
        #expect(gradient.shape == theta.shape)
        #expect(!transformation.meaning(of: theta.values.map { Float($0) }).isEmpty)
        #expect(!value.isNaN || GridStatistics(of: grid, frame: frame).outside == 1)
    }

    @Test("an inverse leads back, in every family that has one", arguments: TransformationCase.all)
    func inverse(_ transformationCase: TransformationCase) throws {
        guard let transformation = transformationCase.transformation as? any MatrixTransformation else { return }
        for frame in TransformationCase.frames {
            let theta = transformationCase.theta(1, seed: 8).values
            guard let inverse = transformation.inverse(of: theta, frame: frame) else {
                #expect(transformationCase.testDescription.hasPrefix("attention, half"))
                continue
            }
            let both = try #require(transformation.composition(of: theta, then: inverse, frame: frame))
            let matrix = transformation.matrix(of: both, frame: frame)
            expectClose(matrix, [1, 0, 0, 0, 1, 0], relative: 0, absolute: 1e-12, transformationCase.testDescription)
        }
    }

    @Test("a composition reads where one grid leads through the other", arguments: TransformationCase.all)
    func composition(_ transformationCase: TransformationCase) {
        guard let transformation = transformationCase.transformation as? any MatrixTransformation else { return }
        // Small enough that the bounded families hold the product too.
        var small = transformationCase
        small.spread = 0.1
        for frame in TransformationCase.frames {
            let (first, second) = (small.theta(1, seed: 8), small.theta(1, seed: 9))
            guard let both = transformation.composition(of: first.values, then: second.values, frame: frame) else {
                #expect(small.testDescription.hasPrefix("attention, half"))
                continue
            }
            let m = transformation.matrix(of: first.values, frame: frame)
            let through = transformation.grid(theta: second, frame: frame).values
            var expected: [Double] = []
            for position in stride(from: 0, to: through.count, by: 2) {
                let (x, y) = (through[position], through[position + 1])
                expected += [m[0] * x + m[1] * y + m[2], m[3] * x + m[4] * y + m[5]]
            }
            let grid = transformation.grid(theta: Tensor([1, both.count], both), frame: frame).values
            expectClose(grid, expected, relative: 0, absolute: 1e-12, small.testDescription)
        }
    }

    @Test("names are those of the command line, and differ by family alone")
    func names() {
        let names = Set(TransformationCase.all.map(\.transformation.name))
        #expect(
            names == [
                "translation", "rotation", "attention", "similarity", "affine", "projective", "thin-plate-spline",
                "cpab",
                "displacement-field",
            ])
    }
}
