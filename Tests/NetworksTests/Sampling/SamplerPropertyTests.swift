import Tensors
import TestSupport
import Testing
import Warping

@Suite("What holds for every sampler")
struct SamplerPropertyTests {
    /// An image or volume and a grid across all of it and well beyond.
    struct Operands: Sendable {
        let image, grid: Tensor<Double>
        let output: Shape

        static let image = Operands(image: [2, 5, 4, 2], grid: [2, 7, 3, 2], reach: 3)
        static let volume = Operands(image: [2, 3, 4, 5, 2], grid: [2, 3, 2, 4, 3], reach: 2)

        init(image: Shape, grid: Shape, reach: Float) {
            self.image = randomTensor(image, seed: 1)
            self.grid = randomTensor(grid, seed: 2, -reach, reach)
            output = Shape(Array(grid.dimensions.dropLast()) + [image[image.rank - 1]])
        }
    }

    @Test("gradients of image and grid are slopes", arguments: SamplerCase.all)
    func gradients(_ sampling: SamplerCase) {
        for operands in [Operands.image, .volume] { checkGradients(sampling.sampler, operands) }
    }

    @Test("gradients under antialiasing, with the number of pieces as a constant", arguments: SamplerCase.all)
    func antialiasedGradients(_ sampling: SamplerCase) {
        let sampler = sampling.sampler
        let averaging = Sampler(
            mode: sampler.mode, padding: sampler.padding, corners: sampler.corners, antialias: true)
        checkGradients(averaging, .image)
        // The grid is coarse, so this is not the plain sampler again.
        #expect(
            averaging.sample(Operands.image.image, at: Operands.image.grid)
                != sampler.sample(Operands.image.image, at: Operands.image.grid))
    }

    private func checkGradients(_ sampler: Sampler, _ operands: Operands) {
        let cotangent: Tensor<Double> = randomTensor(operands.output, seed: 3)
        let gradients = sampler.gradients(dOutput: cotangent, image: operands.image, grid: operands.grid)
        let h = 1e-6
        for (what, start, gradient) in [
            ("image", operands.image, gradients.dImage), ("grid", operands.grid, gradients.dGrid),
        ] {
            let direction: Tensor<Double> = randomTensor(start.shape, seed: 4)
            func objective(_ distance: Double) -> Double {
                let moved = Tensor(start.shape, zip(start.values, direction.values).map { $0 + distance * $1 })
                let output =
                    what == "image"
                    ? sampler.sample(moved, at: operands.grid) : sampler.sample(operands.image, at: moved)
                return dot(output, cotangent)
            }
            let slope = (objective(h) - objective(-h)) / (2 * h)
            expectClose([dot(gradient, direction)], [slope], relative: 1e-5, absolute: 1e-7, what)
            #expect((slope == 0) == (what == "grid" && sampler.mode == .nearest))
        }
    }

    @Test("sampling is linear in the image, and the image's gradient is its transpose", arguments: SamplerCase.all)
    func transpose(_ sampling: SamplerCase) {
        for operands in [Operands.image, .volume] {
            let y: Tensor<Double> = randomTensor(operands.output, seed: 5)
            // What is read from no image at all is the constant outside.
            let rest = sampling.sampler.sample(.zeros(operands.image.shape), at: operands.grid)
            let forward = sampling.sampler.sample(operands.image, at: operands.grid)
            let gradient = sampling.sampler.gradients(dOutput: y, image: operands.image, grid: operands.grid).dImage
            #expect(abs(dot(forward, y) - dot(rest, y) - dot(operands.image, gradient)) < 1e-12)
            #expect(dot(forward, y) != dot(rest, y))
        }
    }

    @Test("the identity copies the image bit for bit", arguments: SamplerCase.all)
    func identity(_ sampling: SamplerCase) {
        for (image, grid) in [([1, 7, 9, 2], [1, 7, 9, 2]), ([1, 3, 6, 5, 2], [1, 3, 6, 5, 3])] as [(Shape, Shape)] {
            var values: Tensor<Float> = randomTensor(image, seed: 1)
            values.values[5] = .infinity
            let axes = image.rank - 2
            var coordinates: [Float] = []
            for place in 0..<grid.count / axes {
                var rest = place
                for axis in 0..<axes {
                    let extent = image[axes - axis]
                    coordinates.append(sampling.sampler.corners.normalized(rest % extent, of: extent))
                    rest /= extent
                }
            }
            for antialias in [false, true] {
                let sampler = Sampler(
                    mode: sampling.sampler.mode, padding: sampling.sampler.padding, corners: sampling.sampler.corners,
                    antialias: antialias)
                let output = sampler.sample(values, at: Tensor(grid, coordinates))
                #expect(output == values, "antialias \(antialias)")
            }
        }
    }

    @Test("positions that are not finite read the constant, or zero, with zero gradient", arguments: SamplerCase.all)
    func notFinite(_ sampling: SamplerCase) {
        let image: Tensor<Float> = randomTensor([1, 4, 5, 2], seed: 1)
        let broken: [Float] = [.nan, 0, 0, .nan, .infinity, 0.1, -.infinity, .nan, 0.2, -.infinity]
        let grid = Tensor<Float>([1, 1, 5, 2], broken)
        let ones = Tensor<Float>([1, 1, 5, 2], repeating: 1)
        for antialias in [false, true] {
            let sampler = Sampler(
                mode: sampling.sampler.mode, padding: sampling.sampler.padding, corners: sampling.sampler.corners,
                antialias: antialias)
            let outside: [Float] = sampler.padding == SamplerCase.paddings[4] ? [0.75, -1.25] : [0, 0]
            #expect(sampler.sample(image, at: grid).values == (0..<5).flatMap { _ in outside })
            let gradients = sampler.gradients(dOutput: ones, image: image, grid: grid)
            #expect((gradients.dImage.values + gradients.dGrid.values).allSatisfy { $0 == 0 })
            #expect(sampler.validity(of: image.shape, at: grid).values == [0, 0, 0, 0, 0])
        }
    }

    @Test("huge positions follow the mathematics", arguments: SamplerCase.all)
    func huge(_ sampling: SamplerCase) {
        let sampler = sampling.sampler
        let image: Tensor<Float> = randomTensor([1, 1, 5, 2], seed: 1)
        for magnitude: Float in [1e7, 1e19, .greatestFiniteMagnitude] {
            for place in [magnitude, -magnitude] {
                let grid = Tensor<Float>([1, 1, 1, 2], [place, 0])
                let output = sampler.sample(image, at: grid).values
                let pixel = place > 0 ? Array(image.values[8...]) : Array(image.values[..<2])
                switch sampler.padding {
                case .zeros: #expect(output == [0, 0])
                case .constant(let values): #expect(output == values)
                case .border: #expect(output == pixel)
                // Numbers of this size are whole, so some pixel is hit; bilinear reflection between two at their edge.
                case .reflection, .wrap:
                    let pixels = (0..<5).map { Array(image.values[2 * $0..<2 * $0 + 2]) }
                    #expect(pixels.contains(output) || sampler.corners == .edges, "\(output)")
                    #expect(output.allSatisfy { abs($0) <= 1.5 })
                }
                let gradients = sampler.gradients(
                    dOutput: Tensor([1, 1, 1, 2], [1, 1]), image: image, grid: grid)
                #expect((gradients.dImage.values + gradients.dGrid.values).allSatisfy { $0.isFinite })
            }
        }
    }

    @Test("many grids of one image are as many images with a grid each", arguments: SamplerCase.all)
    func manyGrids(_ sampling: SamplerCase) {
        let sampler = sampling.sampler
        let image: Tensor<Double> = randomTensor([2, 4, 5, 2], seed: 1)
        let grid: Tensor<Double> = randomTensor([6, 3, 4, 2], seed: 2, -1.5, 1.5)
        let dOutput: Tensor<Double> = randomTensor([6, 3, 4, 2], seed: 3)
        let size = image.values.count / 2
        let pixels: [Double] = (0..<6).flatMap { copy in image.values[copy / 3 * size..<(copy / 3 + 1) * size] }
        let copies = Tensor<Double>([6, 4, 5, 2], pixels)
        #expect(sampler.sample(image, at: grid) == sampler.sample(copies, at: grid))
        let shared = sampler.gradients(dOutput: dOutput, image: image, grid: grid)
        let apart = sampler.gradients(dOutput: dOutput, image: copies, grid: grid)
        #expect(shared.dGrid == apart.dGrid)
        var sums = [Double](repeating: 0, count: 2 * size)
        for (place, gradient) in apart.dImage.values.enumerated() {
            sums[place / (3 * size) * size + place % size] += gradient
        }
        expectClose(shared.dImage.values, sums, relative: 1e-12, absolute: 1e-12)
    }

    private func dot(_ a: Tensor<Double>, _ b: Tensor<Double>) -> Double {
        zip(a.values, b.values).reduce(0) { $0 + $1.0 * $1.1 }
    }
}
