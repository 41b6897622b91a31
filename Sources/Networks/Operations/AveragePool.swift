import Tensors

/// The mean of each window.
///
/// - Shapes: [H, W, C] → [windows down, windows across, C], see ``PoolingWindows``.
/// - Gradient: each pixel of a window gets an equal share.
public struct AveragePoolOperation: Operation {
    /// Where the windows lie.
    public let windows: PoolingWindows
    /// Whether zeros of the padding count as pixels of a window.
    public let countIncludePad: Bool

    /// Pooling over the given windows.
    public init(_ windows: PoolingWindows, countIncludePad: Bool = true) {
        self.windows = windows
        self.countIncludePad = countIncludePad
    }

    /// Average pooling.
    public var name: String { "average_pool" }

    /// One pixel a window.
    ///
    /// - Throws: ``NetworkError/unsuitableInput(operation:input:needs:)`` when there is none.
    public func outputShape(of inputs: [Shape]) throws -> Shape {
        try windows.outputShape(of: inputs[0], operation: name)
    }

    /// One sum an input of each window.
    public func cost(of inputs: [Shape]) -> Cost { windows.cost(of: inputs[0]) }

    /// The sum of each window over its count.
    @_specialize(where Scalar == Float)
    @_specialize(where Scalar == Double)
    public func forward<Scalar: BinaryFloatingPoint & Sendable>(
        _ inputs: [Tensor<Scalar>], parameters: [Tensor<Scalar>], context: OperationContext
    ) -> Tensor<Scalar> {
        var output = Tensor<Scalar>.zeros(windows.batchShape(of: inputs[0].shape))
        forEachTap(inputs[0].shape, output.shape) { output.values[$1] += inputs[0].values[$0] / Scalar($2) }
        return output
    }

    /// dOutput over the window's count, to each of its pixels.
    @_specialize(where Scalar == Float)
    @_specialize(where Scalar == Double)
    public func backward<Scalar: BinaryFloatingPoint & Sendable>(
        _ dOutput: Tensor<Scalar>, output: Tensor<Scalar>, inputs: [Tensor<Scalar>], parameters: [Tensor<Scalar>],
        context: OperationContext
    ) -> OperationGradients<Scalar> {
        var dInput = Tensor<Scalar>.zeros(inputs[0].shape)
        forEachTap(inputs[0].shape, output.shape) { dInput.values[$0] += dOutput.values[$1] / Scalar($2) }
        return OperationGradients(inputs: [dInput])
    }

    /// Calls `body` with the indices of input and output and the window's count, for each element of each window.
    @inline(__always)
    private func forEachTap(_ input: Shape, _ output: Shape, _ body: (Int, Int, Int) -> Void) {
        windows.forEach(input, output) { window in
            let count = countIncludePad ? window.paddedCount : window.rows.count * window.columns.count
            for row in window.rows {
                for column in window.columns {
                    let pixel = window.image + (row * input[2] + column) * input[3]
                    for channel in 0..<input[3] { body(pixel + channel, window.output + channel, count) }
                }
            }
        }
    }
}
