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
    /// The place of the first row in the whole output, and the rows of that; see ``band(_:)``.
    private let firstRow: Int, wholeHeight: Int

    /// A frame whose output and input differ in size.
    ///
    /// - Precondition: no extent is negative.
    public init(outputHeight: Int, outputWidth: Int, inputHeight: Int, inputWidth: Int, corners: CornerConvention) {
        precondition(
            min(outputHeight, outputWidth, inputHeight, inputWidth) >= 0,
            "a frame from \(inputHeight) × \(inputWidth) to \(outputHeight) × \(outputWidth)")
        self.init(
            rows: 0..<outputHeight, of: outputHeight, outputWidth: outputWidth, inputHeight: inputHeight,
            inputWidth: inputWidth, corners: corners)
    }

    private init(
        rows: Range<Int>, of wholeHeight: Int, outputWidth: Int, inputHeight: Int, inputWidth: Int,
        corners: CornerConvention
    ) {
        (self.outputHeight, self.outputWidth) = (rows.count, outputWidth)
        (self.inputHeight, self.inputWidth) = (inputHeight, inputWidth)
        (firstRow, self.wholeHeight) = (rows.lowerBound, wholeHeight)
        self.corners = corners
    }

    /// A frame whose output is as large as its input.
    public init(height: Int, width: Int, corners: CornerConvention) {
        self.init(outputHeight: height, outputWidth: width, inputHeight: height, inputWidth: width, corners: corners)
    }

    /// The number of positions.
    public var count: Int { outputHeight * outputWidth }

    /// The number of positions of the whole output, of which this frame may be a band.
    var wholeCount: Int { wholeHeight * outputWidth }

    /// Some rows of the output, where they lie: their positions are those of the whole frame, bit for bit.
    ///
    /// For what makes the grid of a large output piece by piece.
    ///
    /// - Precondition: the rows are the frame's.
    package func band(_ rows: Range<Int>) -> SamplingFrame {
        precondition(0 <= rows.lowerBound && rows.upperBound <= outputHeight, "rows \(rows) of \(outputHeight)")
        return SamplingFrame(
            rows: firstRow + rows.lowerBound..<firstRow + rows.upperBound, of: wholeHeight, outputWidth: outputWidth,
            inputHeight: inputHeight, inputWidth: inputWidth, corners: corners)
    }

    /// The same output over an input of the output's own size.
    var readingItself: SamplingFrame {
        SamplingFrame(
            rows: firstRow..<firstRow + outputHeight, of: wholeHeight, outputWidth: outputWidth,
            inputHeight: wholeHeight, inputWidth: outputWidth, corners: corners)
    }

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
            let y: Scalar = corners.normalized(firstRow + row, of: wholeHeight)
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
