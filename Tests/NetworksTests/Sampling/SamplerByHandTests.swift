import Tensors
import TestSupport
import Testing
import Warping

@Suite("Samplers by hand")
struct SamplerByHandTests {
    @Test("on a pixel centre the grid's gradient is one-sided towards +x; outside, and for NaN, it is zero")
    func samplerKinks() {
        // Pixels 1, 4, 9; alignCorners makes −1, 0, 1 their centres, one pixel a unit.
        let image = Tensor<Double>([1, 1, 3, 1], [1, 4, 9])
        let sampler = Sampler(corners: .centers)
        let grid = Tensor<Double>([1, 1, 6, 2], [-1, 0, 0, 0, 1, 0, -2, 0, 3, 0, .nan, 0])
        #expect(sampler.sample(image, at: grid).values == [1, 4, 9, 0, 0, 0])
        let ones = Tensor<Double>([1, 1, 6, 1], repeating: 1)
        let dGrid = sampler.gradients(dOutput: ones, image: image, grid: grid).dGrid.values
        // 4 − 1, 9 − 4, then 0 − 9 behind the last pixel; one pixel before the first the value starts to rise.
        #expect(stride(from: 0, to: 12, by: 2).map { dGrid[$0] } == [3, 5, -9, 1, 0, 0])
    }

    @Test("nearest rounds ties to the even pixel and has no gradient for the grid")
    func nearestTies() {
        let image = Tensor<Double>([1, 1, 4, 1], [1, 4, 9, 16])
        let sampler = Sampler(mode: .nearest, corners: .edges)
        // Pixels −0.5, 0.5, 1.5, 2.5 and 3.5; the last rounds to 4, which is outside.
        let grid = Tensor<Double>([1, 1, 5, 2], [-1, 0, -0.5, 0, 0, 0, 0.5, 0, 1, 0])
        #expect(sampler.sample(image, at: grid).values == [1, 1, 9, 9, 0])
        let gradients = sampler.gradients(
            dOutput: Tensor([1, 1, 5, 1], [1, 2, 4, 8, 16]), image: image, grid: grid)
        #expect(gradients.dImage.values == [3, 0, 12, 0])
        #expect(gradients.dGrid.values.allSatisfy { $0 == 0 })
    }

    @Test("bicubic weights a quarter and half a pixel on are Keys' with A = −0.75", arguments: [0.25, 0.5])
    func keysWeights(_ fraction: Double) {
        let expected =
            fraction == 0.5
            ? [-0.09375, 0.59375, 0.59375, -0.09375] : [-0.10546875, 0.87890625, 0.26171875, -0.03515625]
        let sampler = Sampler(mode: .bicubic, corners: .centers)
        // Between pixels 1 and 2 of four; each pixel in turn is one, the others zero.
        let grid = Tensor<Double>([1, 1, 1, 2], [(1 + fraction) / 1.5 - 1, 0])
        for pixel in 0..<4 {
            let image = Tensor<Double>([1, 1, 4, 1], (0..<4).map { $0 == pixel ? 1 : 0 })
            #expect(abs(sampler.sample(image, at: grid).values[0] - expected[pixel]) < 1e-12)
        }
    }

    /// Reads a row of pixels at positions in pixels.
    private func read(
        _ row: [Double], at positions: [Double], _ mode: SamplingMode, _ padding: SamplingPadding,
        _ corners: CornerConvention
    ) -> (values: [Double], slopes: [Double], dImage: [Double]) {
        let image = Tensor<Double>([1, 1, row.count, 1], row)
        let span: Double = corners.span(of: row.count)
        let grid = Tensor<Double>(
            [1, 1, positions.count, 2], positions.flatMap { [(2 * $0 + 1 - Double(row.count)) / span, 0] })
        let sampler = Sampler(mode: mode, padding: padding, corners: corners)
        let ones = Tensor<Double>([1, 1, positions.count, 1], repeating: 1)
        let gradients = sampler.gradients(dOutput: ones, image: image, grid: grid)
        let slopes = stride(from: 0, to: 2 * positions.count, by: 2).map { gradients.dGrid.values[$0] / (span / 2) }
        return (sampler.sample(image, at: grid).values, slopes, gradients.dImage.values)
    }

    @Test("reflection, with the mirrors at the edges and at the centres")
    func reflection() {
        // On a ramp the value is where the position comes to lie.
        let ramp: [Double] = [0, 1, 2, 3]
        let positions = [-0.7, -3.2, 3.4, 5.0, 9.1]
        let edges = read(ramp, at: positions, .bilinear, .reflection, .edges)
        expectClose(edges.values, [0, 2.2, 3, 2, 1.1], relative: 0, absolute: 1e-12, "edges")
        expectClose(edges.slopes, [0, -1, 0, -1, 1], relative: 0, absolute: 1e-12, "edges, slopes")
        let centers = read(ramp, at: positions, .bilinear, .reflection, .centers)
        expectClose(centers.values, [0.7, 2.8, 2.6, 1, 2.9], relative: 0, absolute: 1e-12, "centers")
        expectClose(centers.slopes, [-1, 1, -1, -1, -1], relative: 0, absolute: 1e-12, "centers, slopes")
    }

    @Test("at the border the slope is zero, on the border pixel too")
    func borderSlopes() {
        let identity = read([0, 1, 2, 3, 4], at: [0, 1, 2, 3, 4], .bilinear, .border, .centers)
        #expect(identity.values == [0, 1, 2, 3, 4])
        #expect(identity.slopes == [0, 1, 1, 1, 0])
        let beyond = read([5, 1, 7], at: [-0.25, -9, 2.5, 11], .bilinear, .border, .edges)
        #expect(beyond.values == [5, 5, 7, 7])
        #expect(beyond.slopes == [0, 0, 0, 0])
        #expect(beyond.dImage == [2, 0, 2])
    }

    @Test("zeros and border on a column, as NNlib's documentation has it", arguments: [false, true])
    func published(_ border: Bool) {
        let image = Tensor<Double>([1, 2, 2, 1], [1, 2, 3, 4])
        let grid = Tensor<Double>([1, 1, 6, 2], [-3, -1, 0, -1, 1, -1, -1, 1, 0, 1, 3, 1])
        let sampler = Sampler(padding: border ? .border : .zeros, corners: .centers)
        #expect(sampler.sample(image, at: grid).values == (border ? [1, 1.5, 2, 3, 3.5, 4] : [0, 1.5, 2, 3, 3.5, 0]))
    }

    @Test("wrapping goes from the last pixel to the first", arguments: [CornerConvention.edges, .centers])
    func wrap(_ corners: CornerConvention) {
        let row: [Double] = [1, 4, 9]
        let bilinear = read(row, at: [2.25, 3, -0.5, -3, 7.5], .bilinear, .wrap, corners)
        expectClose(bilinear.values, [7, 1, 5, 1, 6.5], relative: 0, absolute: 1e-12, "values")
        expectClose(bilinear.slopes, [-8, 3, -8, 3, 5], relative: 0, absolute: 1e-12, "slopes")
        #expect(read(row, at: [2.75, -1, 5.25], .nearest, .wrap, corners).values == [1, 9, 9])
        // Half way from the last pixel to the first; the outer taps are both the middle one.
        let cubic = read(row, at: [2.5], .bicubic, .wrap, corners)
        expectClose(cubic.values, [0.59375 * (9 + 1) - 0.09375 * (4 + 4)], relative: 0, absolute: 1e-12, "bicubic")
    }

    @Test("nearest rounds a tie to the even pixel after padding")
    func tiesAfterPadding() {
        let row: [Double] = [1, 4, 9, 16]
        // −1.5 is mirrored to 0.5 first; rounded first it would be pixel 1.
        #expect(read(row, at: [-1.5, 0.5, 1.5, 2.5], .nearest, .reflection, .edges).values == [1, 1, 9, 9])
        #expect(read(row, at: [-1.5, -0.5, 3.5, 8], .nearest, .border, .edges).values == [1, 1, 16, 16])
        #expect(read(row, at: [3.5, -0.5], .nearest, .wrap, .edges).values == [1, 1])
    }

    @Test("bicubic under border and reflection moves each tap, not the position")
    func cubicTaps() {
        let ramp: [Double] = (0..<8).map(Double.init)
        // PyTorch's value; moving the position first would give 0.
        let border = read(ramp, at: [-0.7], .bicubic, .border, .edges)
        expectClose(border.values, [-0.04725], relative: 0, absolute: 1e-12)
        #expect(border.slopes[0] != 0)
        // At −1 the taps are −2, −1, 0 and 1 with weights 0, 1, 0 and 0.
        #expect(read(ramp, at: [-1], .bicubic, .reflection, .centers).values == [1])
        #expect(read(ramp, at: [-1], .bicubic, .reflection, .edges).values == [0])
    }

    @Test("a constant counts with the weight of the taps outside, and the slope sees it")
    func constant() {
        let read = read([1, 4], at: [-0.25, -1, -5, 1.5, 3], .bilinear, .constant([10]), .edges)
        #expect(read.values == [0.25 * 10 + 0.75, 10, 10, 2 + 5, 10])
        #expect(read.slopes == [-9, -9, 0, 6, 0])
        #expect(read.dImage == [0.75, 0.5])
    }

    @Test("the background is what black becomes")
    func background() {
        let (mean, deviation): ([Float], [Float]) = ([0.4914, 0.4822, 0.4465], [0.2470, 0.2434, 0.2615])
        let black = zip(mean, deviation).map { (Float(0) / 255 - $0) / $1 }
        let sampler = Sampler(padding: .background(mean: mean, deviation: deviation), corners: .edges)
        let image = Tensor<Float>([1, 1, 1, 3], [1, 2, 3])
        let grid = Tensor<Float>([1, 1, 3, 2], [-9, 0, 1, 0, .nan, 0])
        let output = sampler.sample(image, at: grid).values
        #expect(Array(output[..<3]) == black && Array(output[6...]) == black)
        #expect(Array(output[3..<6]) == (0..<3).map { Float(0.5) * image.values[$0] + 0.5 * black[$0] })
    }

    @Test("one pixel under every padding", arguments: SamplerCase.all)
    func onePixel(_ sampling: SamplerCase) {
        let image = Tensor<Double>([1, 1, 1, 2], [3, 5])
        let grid = Tensor<Double>([1, 1, 3, 2], [0, 0, 0.3, -0.2, 7, 5])
        let values = sampling.sampler.sample(image, at: grid).values
        #expect(Array(values[..<2]) == [3, 5])
        switch sampling.sampler.padding {
        case .border, .reflection, .wrap: expectClose(values, [3, 5, 3, 5, 3, 5], relative: 1e-12)
        case .zeros, .constant: #expect(sampling.sampler.corners == .centers || values[4] != 3)
        }
    }

    @Test("validity is the weight inside", arguments: SamplerCase.paddings)
    func validity(_ padding: SamplingPadding) {
        let sampler = Sampler(padding: padding, corners: .edges)
        let grid = Tensor<Double>([1, 1, 4, 2], [0, 0, 1, 0, 1, -1, 2, 0])
        #expect(sampler.validity(of: [1, 4, 4, 2], at: grid).values == [1, 0.5, 0.25, 0])
        let nearest = Sampler(mode: .nearest, padding: padding, corners: .edges)
        #expect(nearest.validity(of: [1, 4, 4, 2], at: grid).values == [1, 0, 0, 0])
    }

    @Test("at half the size, antialiasing is the mean of the pixels covered")
    func antialias() {
        let image: Tensor<Double> = randomTensor([1, 8, 12, 1], seed: 1)
        let grid = AffineTransform.grid(
            theta: Tensor([1, 6], [1, 0, 0, 0, 1, 0]), height: 4, width: 4, corners: .edges)
        let output = Sampler(mode: .nearest, corners: .edges, antialias: true).sample(image, at: grid)
        let means = (0..<16).map { place in
            let pixels = (0..<6).map { image.values[(place / 4 * 2 + $0 / 3) * 12 + place % 4 * 3 + $0 % 3] }
            return pixels.reduce(0, +) / 6
        }
        expectClose(output.values, means, relative: 1e-12, absolute: 1e-15)
    }

    @Test("antialiasing steps aside at scale 1 or more", arguments: SamplerCase.all)
    func antialiasStepsAside(_ sampling: SamplerCase) {
        let sampler = sampling.sampler
        let image: Tensor<Float> = randomTensor([1, 9, 9, 2], seed: 1)
        // A rotation by 30°, and an enlargement.
        for theta: [Float] in [[0.8660254, -0.5, 0.1, 0.5, 0.8660254, -0.2], [0.6, 0.1, 0.4, -0.2, 0.7, 0.1]] {
            let grid = AffineTransform.grid(
                theta: Tensor([1, 6], theta), height: 9, width: 9, corners: sampler.corners)
            let averaging = Sampler(
                mode: sampler.mode, padding: sampler.padding, corners: sampler.corners, antialias: true)
            #expect(averaging.sample(image, at: grid) == sampler.sample(image, at: grid))
            let dOutput: Tensor<Float> = randomTensor([1, 9, 9, 2], seed: 2)
            let (a, b) = (
                averaging.gradients(dOutput: dOutput, image: image, grid: grid),
                sampler.gradients(dOutput: dOutput, image: image, grid: grid)
            )
            #expect(a.dImage == b.dImage && a.dGrid == b.dGrid)
            #expect(
                averaging.validity(of: image.shape, at: grid) == sampler.validity(of: image.shape, at: grid))
        }
    }
}
