import Tensors

/// The largest of each square window.
public struct MaxPool2d: Layer {
    /// Rows and columns of the window.
    public let window: Int
    /// Rows, and columns, from one window to the next.
    public let stride: Int
    /// Rows, and columns, that windows may reach beyond each side of the image.
    public let padding: Int
    /// Whether a last window may reach further, so that no pixel is left out.
    public let ceilMode: Bool

    /// Max-pooling.
    ///
    /// - Parameters:
    ///   - window: Rows and columns of the window, at most 15. Windows of 2 with their own stride cost nothing behind a
    ///     convolution.
    ///   - stride: nil, as in PyTorch, takes the window, so that none overlap.
    ///   - padding: 0, as in PyTorch; at most half a window. What lies outside the image never is the largest.
    ///   - ceilMode: false, as in PyTorch: rows and columns that do not fill a window are dropped.
    public init(_ window: Int, stride: Int? = nil, padding: Int = 0, ceilMode: Bool = false) {
        self.window = window
        self.stride = stride ?? window
        self.padding = padding
        self.ceilMode = ceilMode
    }

    /// Adds the pooling.
    ///
    /// - Throws: ``NetworkError`` when a setting is out of its range or the window larger than the input.
    public func lower(_ input: Graph.Value, into builder: inout GraphBuilder) throws -> Graph.Value {
        // The place in the window is kept in a byte, 15 · 15 = 225 places.
        let windows = try PoolingWindows(
            layer: "MaxPool2d", window: window, largest: 15, stride: stride, padding: padding, ceilMode: ceilMode)
        return try builder.add(MaxPoolOperation(windows), input)
    }
}

/// The mean of each square window.
public struct AvgPool2d: Layer {
    /// Rows and columns of the window.
    public let window: Int
    /// Rows, and columns, from one window to the next.
    public let stride: Int
    /// Rows, and columns, of zeros beyond each side of the image.
    public let padding: Int
    /// Whether a last window may reach further, so that no pixel is left out.
    public let ceilMode: Bool
    /// Whether zeros of the padding count as pixels of a window.
    public let countIncludePad: Bool

    /// Average pooling.
    ///
    /// - Parameters:
    ///   - window: Rows and columns of the window.
    ///   - stride: nil, as in PyTorch, takes the window, so that none overlap.
    ///   - padding: 0, as in PyTorch; at most half a window.
    ///   - ceilMode: false, as in PyTorch: rows and columns that do not fill a window are dropped.
    ///   - countIncludePad: true, as in PyTorch: a mean over padding is darker.
    public init(
        _ window: Int, stride: Int? = nil, padding: Int = 0, ceilMode: Bool = false, countIncludePad: Bool = true
    ) {
        self.window = window
        self.stride = stride ?? window
        self.padding = padding
        self.ceilMode = ceilMode
        self.countIncludePad = countIncludePad
    }

    /// Adds the pooling.
    ///
    /// - Throws: ``NetworkError`` when a setting is out of its range or the window larger than the input.
    public func lower(_ input: Graph.Value, into builder: inout GraphBuilder) throws -> Graph.Value {
        let windows = try PoolingWindows(
            layer: "AvgPool2d", window: window, largest: 65535, stride: stride, padding: padding, ceilMode: ceilMode)
        return try builder.add(AveragePoolOperation(windows, countIncludePad: countIncludePad), input)
    }
}

/// The mean of each channel over the whole image: PyTorch's `AdaptiveAvgPool2d(1)`.
///
/// - Shapes: [H, W, C] → [1, 1, C]; put `Flatten()` behind it.
public struct GlobalAvgPool2d: Layer {
    /// Pooling over the whole image.
    public init() {}

    /// Adds the pooling.
    ///
    /// - Throws: ``NetworkError`` when the input is no image.
    public func lower(_ input: Graph.Value, into builder: inout GraphBuilder) throws -> Graph.Value {
        let shape = builder.shape(of: input)
        guard shape.rank == 3 else {
            throw NetworkError.unsuitableInput(
                operation: "GlobalAvgPool2d", input: shape, needs: "height, width and channels")
        }
        return try builder.add(
            AveragePoolOperation(PoolingWindows(height: shape[0], width: shape[1], stride: 1)), input)
    }
}
