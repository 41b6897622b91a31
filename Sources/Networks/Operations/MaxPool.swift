import Tensors

/// The largest of each window.
///
/// - Shapes: [H, W, C] → [windows down, windows across, C], see ``PoolingWindows``.
/// - Gradient: goes to the position that was largest; to the first in reading order where several were, as in PyTorch.
///   Where windows overlap it is added up.
/// - Numerics: NaN counts as largest, so that it is passed on. What lies outside the image counts as nothing.
public struct MaxPoolOperation: Operation {
    /// Where the windows lie.
    public let windows: PoolingWindows

    /// Pooling over the given windows.
    public init(_ windows: PoolingWindows) { self.windows = windows }

    /// Pooling over windows of `window` × `window`, stride equal to the window; what does not fill a window is dropped.
    public init(window: Int) { self.init(PoolingWindows(height: window, width: window, stride: window)) }

    /// Max-pooling.
    public var name: String { "max_pool" }

    /// One pixel a window.
    ///
    /// - Throws: ``NetworkError/unsuitableInput(operation:input:needs:)`` when there is none.
    public func outputShape(of inputs: [Shape]) throws -> Shape {
        try windows.outputShape(of: inputs[0], operation: name)
    }

    /// One comparison an input of each window.
    public func cost(of inputs: [Shape]) -> Cost { windows.cost(of: inputs[0]) }

    /// The largest of each window.
    @_specialize(where Scalar == Float)
    @_specialize(where Scalar == Double)
    public func forward<Scalar: BinaryFloatingPoint & Sendable>(
        _ inputs: [Tensor<Scalar>], parameters: [Tensor<Scalar>], context: OperationContext
    ) -> Tensor<Scalar> {
        let input = inputs[0]
        return Tensor(windows.batchShape(of: input.shape), winners(of: input).map { input.values[$0] })
    }

    /// dOutput at the winners, zero elsewhere.
    @_specialize(where Scalar == Float)
    @_specialize(where Scalar == Double)
    public func backward<Scalar: BinaryFloatingPoint & Sendable>(
        _ dOutput: Tensor<Scalar>, output: Tensor<Scalar>, inputs: [Tensor<Scalar>], parameters: [Tensor<Scalar>],
        context: OperationContext
    ) -> OperationGradients<Scalar> {
        var dInput = Tensor<Scalar>.zeros(inputs[0].shape)
        for (winner, gradient) in zip(winners(of: inputs[0]), dOutput.values) { dInput.values[winner] += gradient }
        return OperationGradients(inputs: [dInput])
    }

    /// The index of the largest element of each window.
    @inline(__always)
    private func winners<Scalar: BinaryFloatingPoint & Sendable>(of input: Tensor<Scalar>) -> [Int] {
        let (shape, pooled) = (input.shape, windows.batchShape(of: input.shape))
        var winners: [Int] = []
        winners.reserveCapacity(pooled.count)
        windows.forEach(shape, pooled) { window in
            for channel in 0..<shape[3] {
                var winner: Int?
                for row in window.rows {
                    for column in window.columns {
                        let index = window.image + (row * shape[2] + column) * shape[3] + channel
                        let value = input.values[index]
                        if winner.map({ value > input.values[$0] || value.isNaN }) ?? true { winner = index }
                    }
                }
                if let winner { winners.append(winner) }
            }
        }
        return winners
    }
}

extension PoolingWindows {
    /// The shape of a batch of pooled images.
    ///
    /// - Precondition: a window fits, as `outputShape` has checked.
    func batchShape(of input: Shape) -> Shape {
        guard let shape = try? outputShape(of: [input[1], input[2], input[3]], operation: "pool") else {
            preconditionFailure("no window fits an image of \(input)")
        }
        return shape.prefixed(by: input[0])
    }

    /// One operation for each pixel of each window; input and output are moved once.
    func cost(of input: Shape) -> Cost {
        let pooled = Double(batchShape(of: input.prefixed(by: 1)).count)
        return Cost(flops: pooled * Double(height * width), bytes: 4 * (Double(input.count) + pooled))
    }
}
