import Warping

/// Reads an image of bytes at the positions of a grid: what ``Sampler`` does bilinearly with zeros around, rounded to bytes.
///
/// A loop of its own because a data set has a hundred million positions, and the reference is general and slow.
package struct ByteSampler {
    private let height: Int
    private let width: Int
    private let channels: Int
    private let recipe: DistortionRecipe

    /// For images of `height` × `width`; grids span the canvas of `recipe`, the image and the margins around it.
    package init(height: Int, width: Int, channels: Int, recipe: DistortionRecipe) {
        (self.height, self.width, self.channels, self.recipe) = (height, width, channels, recipe)
    }

    /// Writes a pixel for each of the grid's positions (x, y).
    package func sample(
        _ image: UnsafeBufferPointer<UInt8>, at grid: UnsafeBufferPointer<Float>,
        into output: UnsafeMutableBufferPointer<UInt8>
    ) {
        let frame = recipe.frame
        let (right, bottom) = (Float(width), Float(height))
        let (marginX, marginY) = (Float(recipe.marginX), Float(recipe.marginY))
        for position in 0..<grid.count / 2 {
            let x = frame.corners.pixel(grid[2 * position], of: frame.inputWidth) - marginX
            let y = frame.corners.pixel(grid[2 * position + 1], of: frame.inputHeight) - marginY
            let pixel = position * channels
            // False for NaN too.
            guard x > -1, y > -1, x < right, y < bottom else {
                for channel in 0..<channels { output[pixel + channel] = 0 }
                continue
            }
            let (column, row) = (Self.floor(x), Self.floor(y))
            let (shareX, shareY) = (x - Float(column), y - Float(row))
            for channel in 0..<channels {
                let upper =
                    (1 - shareX) * value(row, column, channel, image)
                    + shareX * value(row, column + 1, channel, image)
                let lower =
                    (1 - shareX) * value(row + 1, column, channel, image)
                    + shareX * value(row + 1, column + 1, channel, image)
                output[pixel + channel] = UInt8((1 - shareY) * upper + shareY * lower + 0.5)
            }
        }
    }

    @inline(__always)
    private func value(_ row: Int, _ column: Int, _ channel: Int, _ image: UnsafeBufferPointer<UInt8>) -> Float {
        guard row >= 0, column >= 0, row < height, column < width else { return 0 }
        return Float(image[(row * width + column) * channels + channel])
    }

    /// Not `rounded(.down)`, which is a call on the oldest processors that this is compiled for.
    @inline(__always)
    private static func floor(_ number: Float) -> Int {
        let whole = Int(number)
        return Float(whole) > number ? whole - 1 : whole
    }
}
