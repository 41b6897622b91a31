import Tensors

/// The largest of each square window, stride equal to the window; what does not fill a window is dropped.
///
/// - Shapes: [H, W, C] → [⌊H/w⌋, ⌊W/w⌋, C].
/// - Gradient: goes to the position that was largest; to the first in reading order where several were, as in PyTorch.
/// - Numerics: NaN counts as largest, so that it is passed on.
public struct MaxPoolOperation: Operation {
    /// Rows and columns of the window.
    public let window: Int

    /// Pooling over windows of `window` × `window`.
    public init(window: Int) { self.window = window }

    /// Max-pooling.
    public var name: String { "max_pool" }

    /// The number of whole windows.
    ///
    /// - Throws: ``NetworkError/unsuitableInput(operation:input:needs:)`` when there is none.
    public func outputShape(of inputs: [Shape]) throws -> Shape {
        guard inputs[0].rank == 3, inputs[0][0] >= window, inputs[0][1] >= window else {
            throw NetworkError.unsuitableInput(
                operation: name, input: inputs[0], needs: "height, width and channels, at least \(window) by \(window)")
        }
        return [inputs[0][0] / window, inputs[0][1] / window, inputs[0][2]]
    }

    /// One comparison an input.
    public func cost(of inputs: [Shape]) -> Cost {
        Cost(flops: Double(inputs[0].count), bytes: 5 * Double(inputs[0].count))
    }

    /// The largest of each window.
    @_specialize(where Scalar == Float)
    @_specialize(where Scalar == Double)
    public func forward<Scalar: BinaryFloatingPoint & Sendable>(
        _ inputs: [Tensor<Scalar>], parameters: [Tensor<Scalar>], context: OperationContext
    ) -> Tensor<Scalar> {
        let input = inputs[0]
        return Tensor(pooledShape(input.shape), winners(of: input).map { input.values[$0] })
    }

    /// dOutput at the winners, zero elsewhere.
    @_specialize(where Scalar == Float)
    @_specialize(where Scalar == Double)
    public func backward<Scalar: BinaryFloatingPoint & Sendable>(
        _ dOutput: Tensor<Scalar>, output: Tensor<Scalar>, inputs: [Tensor<Scalar>], parameters: [Tensor<Scalar>],
        context: OperationContext
    ) -> OperationGradients<Scalar> {
        var dInput = Tensor<Scalar>.zeros(inputs[0].shape)
        for (winner, gradient) in zip(winners(of: inputs[0]), dOutput.values) { dInput.values[winner] = gradient }
        return OperationGradients(inputs: [dInput])
    }

    private func pooledShape(_ shape: Shape) -> Shape {
        [shape[0], shape[1] / window, shape[2] / window, shape[3]]
    }

    /// The index of the largest element of each window.
    @inline(__always)
    private func winners<Scalar: BinaryFloatingPoint & Sendable>(of input: Tensor<Scalar>) -> [Int] {
        let (shape, pooled) = (input.shape, pooledShape(input.shape))
        var winners: [Int] = []
        winners.reserveCapacity(pooled.count)
        for image in 0..<pooled[0] {
            for row in 0..<pooled[1] {
                for column in 0..<pooled[2] {
                    let corner = ((image * shape[1] + row * window) * shape[2] + column * window) * shape[3]
                    for channel in 0..<pooled[3] {
                        var winner = corner + channel
                        for place in 1..<max(window * window, 1) {
                            let index = corner + (place / window * shape[2] + place % window) * shape[3] + channel
                            let value = input.values[index]
                            if value > input.values[winner] || value.isNaN { winner = index }
                        }
                        winners.append(winner)
                    }
                }
            }
        }
        return winners
    }
}
