import Datasets
import Foundation
import Tensors
import TestSupport
import Testing
import Warping

@Suite("Distorted images")
struct DistortedImagesTests {
    private static let kinds = Distortion.allCases.filter { $0 != .none }

    /// Images of noise.
    private func noise(count: Int, height: Int = 12, width: Int = 17, channels: Int = 3) -> LabeledImages {
        var generator = RandomStream(seed: 9, purpose: .testing).generator
        return LabeledImages(
            height: height, width: width, channels: channels,
            pixels: (0..<count * height * width * channels).map { _ in UInt8(generator.integer(below: 256)) },
            labels: (0..<count).map { Int32($0) })
    }

    @Test("no distortion leaves every byte")
    func none() {
        let images = noise(count: 3)
        let same = images.distorted(by: .none, seed: 1, split: .training)
        #expect(same.pixels == images.pixels && same.height == 12 && same.width == 17)
    }

    @Test("an image depends on seed, split and number alone", arguments: kinds)
    func deterministic(kind: Distortion) {
        // Enough for several chunks; all images are the same one, so that differences are the distortion's.
        let one = noise(count: 1).pixels
        func images(_ count: Int) -> LabeledImages {
            LabeledImages(
                height: 12, width: 17, channels: 3, pixels: [[UInt8]](repeating: one, count: count).flatMap { $0 },
                labels: (0..<count).map { Int32($0) })
        }
        let many = images(1500).distorted(by: kind, seed: 1, split: .training)
        let few = images(700).distorted(by: kind, seed: 1, split: .training)
        #expect(few.pixels[...] == many.pixels.prefix(few.pixels.count))
        #expect(many.labels == images(1500).labels)
        let bytes = many.bytesPerImage
        let distinct = Set((0..<700).map { Array(few.pixels[$0 * bytes..<($0 + 1) * bytes]) })
        #expect(distinct.count > 690)
        #expect(images(700).distorted(by: kind, seed: 2, split: .training).pixels != few.pixels)
        #expect(images(700).distorted(by: kind, seed: 1, split: .test).pixels != few.pixels)
    }

    @Test("a data set keeps names, labels and normalisation, and both splits are distorted")
    func dataset() {
        let images = noise(count: 4)
        let set = Dataset(
            name: "noise", classNames: ["a", "b", "c", "d"], normalization: Normalization(mean: [0], deviation: [1]),
            training: images, test: images)
        let distorted = set.distorted(by: .rotationScaleTranslation, seed: 3)
        #expect(distorted.name == set.name && distorted.classNames == set.classNames)
        #expect(distorted.normalization == set.normalization)
        for (split, before) in [(distorted.training, set.training), (distorted.test, set.test)] {
            #expect(split.height == 18 && split.width == 27 && split.channels == 3)
            #expect(split.labels == before.labels)
        }
        #expect(distorted.training.pixels != distorted.test.pixels)
    }

    @Test("bytes are the reference sampler's, rounded", arguments: [Distortion.rotation, .rotationScaleTranslation])
    func reference(kind: Distortion) throws {
        let images = noise(count: 1)
        let recipe = try #require(DistortionRecipe(kind, height: 12, width: 17))
        let frame = recipe.frame
        // Everywhere on the canvas and around it, and where there is nothing.
        var grid: Tensor<Float> = randomTensor([1, 60, 60, 2], seed: 4, -1.3, 1.3)
        grid.values.replaceSubrange(0..<6, with: [.nan, 0, .infinity, 0, 0, -.infinity])
        var canvas = Tensor<Float>.zeros([1, frame.inputHeight, frame.inputWidth, 3])
        for row in 0..<12 {
            for column in 0..<17 {
                for channel in 0..<3 {
                    let place = ((row + recipe.marginY) * frame.inputWidth + column + recipe.marginX) * 3 + channel
                    canvas.values[place] = Float(images.pixels[(row * 17 + column) * 3 + channel])
                }
            }
        }
        let expected = Sampler(corners: frame.corners).sample(canvas, at: grid).values
        var bytes = [UInt8](repeating: 77, count: expected.count)
        let sampler = ByteSampler(height: 12, width: 17, channels: 3, recipe: recipe)
        images.pixels.withUnsafeBufferPointer { image in
            grid.values.withUnsafeBufferPointer { grid in
                bytes.withUnsafeMutableBufferPointer { sampler.sample(image, at: grid, into: $0) }
            }
        }
        // Half a byte of rounding, and the rounding of float32 at 255.
        expectClose(bytes.map(Float.init), expected, relative: 0, absolute: 0.5 + 1e-3, "bytes")
        #expect(bytes.contains { $0 > 200 })
    }

    @Test("a reading of pixel centres copies the image")
    func identity() throws {
        let images = noise(count: 1)
        let recipe = try #require(DistortionRecipe(.elastic, height: 12, width: 17))
        let sampler = ByteSampler(height: 12, width: 17, channels: 3, recipe: recipe)
        var bytes = [UInt8](repeating: 0, count: images.pixels.count)
        images.pixels.withUnsafeBufferPointer { image in
            recipe.frame.positions(of: Float.self).values.withUnsafeBufferPointer { grid in
                bytes.withUnsafeMutableBufferPointer { sampler.sample(image, at: grid, into: $0) }
            }
        }
        #expect(bytes == images.pixels)
    }

    /// 28×28 images with a red dot in the middle, a green one to its right and a blue one below; of 6×6 pixels, because a
    /// bilinear reading steps over smaller ones where a projection makes them tiny.
    private func dots(count: Int) -> LabeledImages {
        var pixels = [UInt8](repeating: 0, count: 28 * 28 * 3)
        for (channel, (x, y)) in [(13, 13), (20, 13), (13, 20)].enumerated() {
            for row in y - 2...y + 3 { for column in x - 2...x + 3 { pixels[(row * 28 + column) * 3 + channel] = 255 } }
        }
        return LabeledImages(
            height: 28, width: 28, channels: 3, pixels: [[UInt8]](repeating: pixels, count: count).flatMap { $0 },
            labels: [Int32](repeating: 0, count: count))
    }

    /// The centre of a colour in an image, and how much of it there is.
    private func center(_ channel: Int, _ images: LabeledImages, _ number: Int) -> (x: Double, y: Double, ink: Double) {
        var (x, y, ink) = (0.0, 0.0, 0.0)
        for row in 0..<images.height {
            for column in 0..<images.width {
                let place = number * images.bytesPerImage + (row * images.width + column) * 3 + channel
                let value = Double(images.pixels[place])
                (x, y, ink) = (x + value * Double(column), y + value * Double(row), ink + value)
            }
        }
        return (x / ink, y / ink, ink / 255)
    }

    @Test("what is in the image stays there, turned both ways where it is turned, and never mirrored", arguments: kinds)
    func content(kind: Distortion) {
        let images = dots(count: 200).distorted(by: kind, seed: 5, split: .training)
        var (left, right) = (0, 0)
        for number in 0..<200 {
            let (red, green, blue) = (center(0, images, number), center(1, images, number), center(2, images, number))
            let (toGreen, toBlue) = ((green.x - red.x, green.y - red.y), (blue.x - red.x, blue.y - red.y))
            #expect(toGreen.0 * toBlue.1 - toGreen.1 * toBlue.0 > 0, "image \(number) is mirrored")
            if toGreen.1 > 3 { right += 1 }
            if toGreen.1 < -3 { left += 1 }
            if kind == .rotation || kind == .rotationScaleTranslation {
                // Lengths change by the scale, up to the blur of bilinear reading; areas by its square.
                let length = (toGreen.0 * toGreen.0 + toGreen.1 * toGreen.1).squareRoot() / 7
                #expect(kind == .rotation ? abs(length - 1) < 0.05 : length > 0.66 && length < 1.25)
                #expect(abs(red.ink / (36 * length * length) - 1) < 0.15)
            }
        }
        let turns = kind == .rotation || kind == .rotationScaleTranslation
        #expect(turns ? min(left, right) > 30 : true, "\(left) to the left, \(right) to the right")
    }

    @Test("a circle inscribed in the image is whole wherever it is put")
    func whole() {
        var pixels = [UInt8](repeating: 0, count: 28 * 28)
        for row in 0..<28 {
            for column in 0..<28 where hypot(Double(row) - 13.5, Double(column) - 13.5) < 11.5 {
                pixels[row * 28 + column] = 255
            }
        }
        let images = LabeledImages(
            height: 28, width: 28, channels: 1, pixels: [[UInt8]](repeating: pixels, count: 300).flatMap { $0 },
            labels: [Int32](repeating: 0, count: 300))
        let placed = images.distorted(by: .rotationScaleTranslation, seed: 5, split: .training)
        for number in 0..<300 {
            let first = number * placed.bytesPerImage
            for place in 0..<42 {
                for pixel in [place, 41 * 42 + place, place * 42, place * 42 + 41] {
                    #expect(placed.pixels[first + pixel] == 0, "image \(number)")
                }
            }
        }
    }
}
