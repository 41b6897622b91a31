import Tensors

/// Where the windows of a pooling lie: PyTorch's rule.
///
/// Window (y, x) covers rows y · stride − padding ..< that + `height`, and columns likewise, as far as they are inside the
/// image. Each window has at least one pixel inside.
public struct PoolingWindows: Sendable, Equatable {
    /// Rows of a window.
    public let height: Int
    /// Columns of a window.
    public let width: Int
    /// Rows, and columns, from one window to the next.
    public let stride: Int
    /// Rows, and columns, that windows may reach beyond each side of the image; at most half a window.
    public let padding: Int
    /// Whether a last window may reach further than that, so that no pixel is left out.
    public let ceilMode: Bool

    /// Windows of `height` × `width`.
    public init(height: Int, width: Int, stride: Int, padding: Int = 0, ceilMode: Bool = false) {
        self.height = height
        self.width = width
        self.stride = stride
        self.padding = padding
        self.ceilMode = ceilMode
    }

    /// Square windows with settings from a user.
    ///
    /// - Throws: ``NetworkError/invalidSetting(layer:setting:value:needs:)``.
    init(layer: String, window: Int, largest: Int, stride: Int, padding: Int, ceilMode: Bool) throws {
        for (setting, value, range) in [
            ("window", window, 1...largest), ("stride", stride, 1...65535),
            ("padding", padding, 0...max(window / 2, 0)),
        ] where !range.contains(value) {
            throw NetworkError.invalidSetting(
                layer: layer, setting: setting, value: "\(value)", needs: "\(range.lowerBound) to \(range.upperBound)")
        }
        self.init(height: window, width: window, stride: stride, padding: padding, ceilMode: ceilMode)
    }

    /// Height, width and channels of what pooling makes of an image.
    ///
    /// - Throws: ``NetworkError/unsuitableInput(operation:input:needs:)`` when no window fits.
    func outputShape(of input: Shape, operation: String) throws -> Shape {
        let missing = 2 * padding + (ceilMode ? stride - 1 : 0)
        let smallest = (max(1, height - missing), max(1, width - missing))
        guard input.rank == 3, input[0] >= smallest.0, input[1] >= smallest.1 else {
            throw NetworkError.unsuitableInput(
                operation: operation, input: input,
                needs: "height, width and channels, at least \(smallest.0) by \(smallest.1)")
        }
        return [windows(over: input[0], of: height), windows(over: input[1], of: width), input[2]]
    }

    /// How many windows of `extent` rows there are over `input` rows.
    private func windows(over input: Int, of extent: Int) -> Int {
        let room = input + 2 * padding - extent
        if !ceilMode { return room / stride + 1 }
        let count = (room + stride - 1) / stride + 1
        // A window that would start behind the image and its padding before is none.
        return (count - 1) * stride >= input + padding ? count - 1 : count
    }

    /// Calls `body` for each window of a batch of images, in reading order, with the index of its output's first channel
    /// and its rows and columns inside the image.
    @inline(__always)
    func forEach(_ input: Shape, _ output: Shape, _ body: (Window) -> Void) {
        for image in 0..<output[0] {
            for row in 0..<output[1] {
                for column in 0..<output[2] {
                    let (top, left) = (row * stride - padding, column * stride - padding)
                    body(
                        Window(
                            output: ((image * output[1] + row) * output[2] + column) * output[3],
                            image: image * input[1] * input[2] * input[3],
                            rows: max(top, 0)..<min(top + height, input[1]),
                            columns: max(left, 0)..<min(left + width, input[2]),
                            paddedCount: (min(top + height, input[1] + padding) - top)
                                * (min(left + width, input[2] + padding) - left)))
                }
            }
        }
    }

    /// One window over one image of a batch.
    struct Window {
        /// The place of its output's first channel.
        let output: Int
        /// The place of the image's first number.
        let image: Int
        /// Its rows inside the image.
        let rows: Range<Int>
        /// Its columns inside the image.
        let columns: Range<Int>
        /// Its pixels inside the image and its padding.
        let paddedCount: Int
    }
}
