import Tensors

extension ConvolutionOperation {
    /// Pixels from the kernel's first tap to its last.
    var reach: PerAxis {
        PerAxis(height: dilation.height * (kernelHeight - 1), width: dilation.width * (kernelWidth - 1))
    }

    /// Rows of zeros above the image, columns left of it.
    package var paddingBefore: PerAxis { padding.before(reach: reach) }

    /// Rows of zeros below the image, columns right of it.
    package var paddingAfter: PerAxis { padding.after(reach: reach) }

    /// The outputs of an image that the kernel fits into.
    package func positions(height: Int, width: Int) -> PerAxis {
        let (before, after, reach) = (paddingBefore, paddingAfter, reach)
        return PerAxis(
            height: (height + before.height + after.height - reach.height - 1) / stride.height + 1,
            width: (width + before.width + after.width - reach.width - 1) / stride.width + 1)
    }

    /// Whether every output sees adjacent pixels and all channels, and lies one pixel from the next.
    package var isDense: Bool { stride == 1 && dilation == 1 && groups == 1 }

    /// The largest kernel, stride, dilation or padding: more than any image has pixels along an axis, and so small that
    /// products of two cannot overflow.
    static let largestSetting = 65535

    /// Checks what does not depend on the input.
    ///
    /// - Throws: ``NetworkError/invalidSetting(layer:setting:value:needs:)``.
    func validate() throws {
        func invalid(_ setting: String, _ value: String, needs: String) -> NetworkError {
            .invalidSetting(layer: "Conv2d", setting: setting, value: value, needs: needs)
        }
        let positive = 1...Self.largestSetting
        let kernel = PerAxis(height: kernelHeight, width: kernelWidth)
        for (setting, value) in [("kernel", kernel), ("stride", stride), ("dilation", dilation)]
        where !value.lies(in: positive) {
            throw invalid(setting, "\(value)", needs: "1 to \(Self.largestSetting)")
        }
        if case .zeros(let height, let width) = padding,
            !PerAxis(height: height, width: width).lies(in: 0...Self.largestSetting)
        {
            throw invalid("padding", "\(padding)", needs: "0 to \(Self.largestSetting)")
        }
        if padding == .same, stride != 1 {
            throw invalid("padding", "same", needs: "a number of pixels where the stride is not 1")
        }
        guard groups > 0, inputChannels % groups == 0, outputChannels % groups == 0 else {
            throw invalid(
                "groups", "\(groups)",
                needs: "a divisor of \(inputChannels) input channels and of \(outputChannels) output channels")
        }
    }
}

/// Where the kernel meets the input: the index arithmetic that both passes share.
struct ConvolutionGeometry {
    /// An output's pixel, and where its kernel starts in the input, perhaps outside.
    struct Position {
        let index: Int
        let image: Int
        let row: Int
        let column: Int
    }

    let positions: PerAxis
    private let operation: ConvolutionOperation
    private let height: Int
    private let width: Int
    /// Channels that an output sees, and outputs that see them.
    private let channels: Int
    private let outputs: Int
    private let before: PerAxis

    init(_ operation: ConvolutionOperation, height: Int, width: Int) {
        (self.operation, self.height, self.width) = (operation, height, width)
        (channels, outputs) = (
            operation.inputChannels / operation.groups, operation.outputChannels / operation.groups
        )
        before = operation.paddingBefore
        positions = operation.positions(height: height, width: width)
    }

    @inline(__always)
    func forEachOutput(images: Int, _ body: (Position, Int) -> Void) {
        var index = 0
        for image in 0..<images {
            for row in 0..<positions.height {
                for column in 0..<positions.width {
                    let position = Position(
                        index: index, image: image, row: row * operation.stride.height - before.height,
                        column: column * operation.stride.width - before.width)
                    for channel in 0..<operation.outputChannels { body(position, channel) }
                    index += 1
                }
            }
        }
    }

    /// Calls `body` with the indices of input and weight for each tap within the image.
    @inline(__always)
    func forEachTap(_ position: Position, _ channel: Int, _ body: (Int, Int) -> Void) {
        let first = channel / outputs * channels
        for tapRow in 0..<operation.kernelHeight {
            let row = position.row + tapRow * operation.dilation.height
            if row < 0 || row >= height { continue }
            for tapColumn in 0..<operation.kernelWidth {
                let column = position.column + tapColumn * operation.dilation.width
                if column < 0 || column >= width { continue }
                let input = ((position.image * height + row) * width + column) * operation.inputChannels + first
                let weight =
                    ((channel * operation.kernelHeight + tapRow) * operation.kernelWidth + tapColumn) * channels
                for offset in 0..<channels { body(input + offset, weight + offset) }
            }
        }
    }
}
