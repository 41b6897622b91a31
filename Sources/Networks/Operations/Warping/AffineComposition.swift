import Tensors
import Warping

/// One affine warp after another as one: the product of two 2×3 matrices.
///
/// - Convention: an image warped by the first and the result by the second; see `ComposableTransformation`.
/// - Shapes: [6] and [6] → [6].
/// - Gradient: dFirst = dProduct · secondᵀ, dSecond = firstᵀ · dProduct.
public struct AffineCompositionOperation: Operation {
    /// A product.
    public init() {}

    /// Composition.
    public var name: String { "affine_composition" }

    /// Six numbers.
    ///
    /// - Throws: ``NetworkError/unsuitableInput(operation:input:needs:)`` when an input has not six numbers.
    public func outputShape(of inputs: [Shape]) throws -> Shape {
        for input in inputs { try NetworkError.check(theta: input, count: 6, operation: name) }
        return [6]
    }

    /// Twelve products and eight sums.
    public func cost(of inputs: [Shape]) -> Cost { Cost(flops: 20, bytes: 72) }

    /// first · second, each with a last row (0 0 1).
    public func forward<Scalar: BinaryFloatingPoint & Sendable>(
        _ inputs: [Tensor<Scalar>], parameters: [Tensor<Scalar>], context: OperationContext
    ) -> Tensor<Scalar> {
        var product = Tensor<Scalar>.zeros(inputs[0].shape)
        forEachTerm(of: inputs[0].shape[0]) { target, first, second in
            product.values[target] += inputs[0].values[first] * (second.map { inputs[1].values[$0] } ?? 1)
        }
        return product
    }

    /// See the type.
    public func backward<Scalar: BinaryFloatingPoint & Sendable>(
        _ dOutput: Tensor<Scalar>, output: Tensor<Scalar>, inputs: [Tensor<Scalar>], parameters: [Tensor<Scalar>],
        context: OperationContext
    ) -> OperationGradients<Scalar> {
        var dInputs = inputs.map { Tensor<Scalar>.zeros($0.shape) }
        forEachTerm(of: dOutput.shape[0]) { target, first, second in
            let gradient = dOutput.values[target]
            dInputs[0].values[first] += gradient * (second.map { inputs[1].values[$0] } ?? 1)
            if let second { dInputs[1].values[second] += gradient * inputs[0].values[first] }
        }
        return OperationGradients(inputs: dInputs)
    }

    /// Calls `body(target, first, second)` for each term of each entry of the product, nil for the 1 of the last row.
    private func forEachTerm(of images: Int, _ body: (Int, Int, Int?) -> Void) {
        for image in stride(from: 0, to: images * 6, by: 6) {
            for row in [image, image + 3] {
                for column in 0..<3 {
                    body(row + column, row, image + column)
                    body(row + column, row + 1, image + 3 + column)
                    if column == 2 { body(row + column, row + 2, nil) }
                }
            }
        }
    }
}
