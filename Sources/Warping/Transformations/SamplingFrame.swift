import Tensors

/// Where the pixels of an output lie, and what they read: the extents of output and input, and the corner convention.
public struct SamplingFrame: Hashable, Sendable {
    /// Rows of the output, hence of the grid.
    public let outputHeight: Int
    /// Columns of the output, hence of the grid.
    public let outputWidth: Int
    /// Rows of the image that is read.
    public let inputHeight: Int
    /// Columns of the image that is read.
    public let inputWidth: Int
    /// What −1 and +1 mean, in output and input.
    public let corners: CornerConvention

    /// A frame whose output and input differ in size.
    ///
    /// - Precondition: no extent is negative.
    public init(outputHeight: Int, outputWidth: Int, inputHeight: Int, inputWidth: Int, corners: CornerConvention) {
        precondition(
            min(outputHeight, outputWidth, inputHeight, inputWidth) >= 0,
            "a frame from \(inputHeight) × \(inputWidth) to \(outputHeight) × \(outputWidth)")
        (self.outputHeight, self.outputWidth) = (outputHeight, outputWidth)
        (self.inputHeight, self.inputWidth) = (inputHeight, inputWidth)
        self.corners = corners
    }

    /// A frame whose output is as large as its input.
    public init(height: Int, width: Int, corners: CornerConvention) {
        self.init(outputHeight: height, outputWidth: width, inputHeight: height, inputWidth: width, corners: corners)
    }

    /// The number of positions.
    public var count: Int { outputHeight * outputWidth }

    /// Width over height of the input, in what [−1, 1] spans.
    ///
    /// 1 where an axis has no span (one pixel between centres): nothing can turn out of an axis that is not there.
    public func aspect<Scalar: BinaryFloatingPoint>(as type: Scalar.Type = Scalar.self) -> Scalar {
        let (height, width): (Scalar, Scalar) = (corners.span(of: inputHeight), corners.span(of: inputWidth))
        return height > 0 && width > 0 ? width / height : 1
    }

    /// The positions of the output's own pixels: the grid of every identity, bit for bit.
    ///
    /// - Shapes: [outputHeight, outputWidth, 2], the last axis (x, y).
    public func positions<Scalar: BinaryFloatingPoint & Sendable>(of type: Scalar.Type = Scalar.self) -> Tensor<Scalar>
    {
        var positions = Tensor<Scalar>.zeros([outputHeight, outputWidth, 2])
        forEachPosition { index, x, y in
            positions.values[index * 2] = x
            positions.values[index * 2 + 1] = y
        }
        return positions
    }

    /// Calls `body(index, x, y)` for each position, row by row.
    @inline(__always)
    func forEachPosition<Scalar: BinaryFloatingPoint>(_ body: (Int, Scalar, Scalar) -> Void) {
        var index = 0
        for row in 0..<outputHeight {
            let y: Scalar = corners.normalized(row, of: outputHeight)
            for column in 0..<outputWidth {
                body(index, corners.normalized(column, of: outputWidth), y)
                index += 1
            }
        }
    }

    /// Checks that θ has a row of `parameterCount` numbers for each image, and returns the number of images.
    func imageCount<Scalar>(theta: Tensor<Scalar>, parameterCount: Int) -> Int {
        precondition(
            theta.shape.rank == 2 && theta.shape[1] == parameterCount,
            "θ is \(theta.shape), expected [N, \(parameterCount)]")
        return theta.shape[0]
    }

    /// The same, and that `dGrid` is a gradient for these images' grids.
    func imageCount<Scalar>(dGrid: Tensor<Scalar>, theta: Tensor<Scalar>, parameterCount: Int) -> Int {
        let count = imageCount(theta: theta, parameterCount: parameterCount)
        let expected: Shape = [count, outputHeight, outputWidth, 2]
        precondition(dGrid.shape == expected, "the grid's gradient is \(dGrid.shape), expected \(expected)")
        return count
    }
}
