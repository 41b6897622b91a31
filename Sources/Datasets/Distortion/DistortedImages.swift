import Tensors

extension LabeledImages {
    /// The images distorted, on all cores; those of a split share no random numbers with the other's.
    package func distorted(by distortion: Distortion, seed: UInt64, split: Glyphs.Split) -> LabeledImages {
        guard let recipe = DistortionRecipe(distortion, height: height, width: width) else { return self }
        let (canvasHeight, canvasWidth) = (recipe.frame.outputHeight, recipe.frame.outputWidth)
        let bytes = recipe.frame.count * channels
        // A chunk's grids take a megabyte: enough to share what is made once a call, little enough to stay in caches.
        let chunk = max(1, 128 * 1024 / max(1, recipe.frame.count))
        let distorted = Self.bytes(of: count, size: bytes, chunk: chunk) { numbers, output in
            let theta = numbers.flatMap { number in
                var generator = RandomStream(
                    seed: seed, purpose: .distortion, index: split.rawValue, step: UInt32(number)
                ).generator
                return recipe.theta(&generator)
            }
            read(numbers, by: recipe, theta: theta, into: output)
        }
        return LabeledImages(
            height: canvasHeight, width: canvasWidth, channels: channels, pixels: distorted, labels: labels)
    }

    private func read(
        _ numbers: Range<Int>, by recipe: DistortionRecipe, theta: [Float],
        into output: UnsafeMutableBufferPointer<UInt8>
    ) {
        let theta = Tensor<Float>([numbers.count, recipe.family.parameterCount], theta)
        let grids = recipe.family.grid(theta: theta, frame: recipe.frame).values
        let sampler = ByteSampler(height: height, width: width, channels: channels, recipe: recipe)
        let (positions, bytes) = (recipe.frame.count * 2, recipe.frame.count * channels)
        pixels.withUnsafeBufferPointer { pixels in
            grids.withUnsafeBufferPointer { grids in
                for (place, number) in numbers.enumerated() {
                    sampler.sample(
                        .init(rebasing: pixels[number * bytesPerImage..<(number + 1) * bytesPerImage]),
                        at: .init(rebasing: grids[place * positions..<(place + 1) * positions]),
                        into: .init(rebasing: output[place * bytes..<(place + 1) * bytes]))
                }
            }
        }
    }
}
