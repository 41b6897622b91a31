import Tensors
import Warping

/// One projective warp after another as one: the product of two 3×3 matrices, divided by its last entry.
///
/// - Convention: an image warped by the first and the result by the second; see `ComposableTransformation`.
/// - Numerics: the last entry is where the second puts the middle, seen from the first's horizon. Below `Projective.horizon` it is
///   taken for that, so that the product stays finite: the middle then lies beyond the horizon, and so does most of the image.
/// - Shapes: [8] and [8] → [8].
/// - Gradient: with P the product, w its last entry and q = P / w, dP = dq / w and dw = −⟨dq, q⟩ / w, nothing where w was too
///   small; dFirst = dP · secondᵀ, dSecond = firstᵀ · dP.
public struct HomographyCompositionOperation: Operation {
    /// A product.
    public init() {}

    /// Composition.
    public var name: String { "homography_composition" }

    /// Eight numbers.
    ///
    /// - Throws: ``NetworkError/unsuitableInput(operation:input:needs:)`` when an input has not eight numbers.
    public func outputShape(of inputs: [Shape]) throws -> Shape {
        for input in inputs { try NetworkError.check(theta: input, count: 8, operation: name) }
        return [8]
    }

    /// 27 products and 18 sums, and eight divisions.
    public func cost(of inputs: [Shape]) -> Cost { Cost(flops: 53, bytes: 96) }

    /// first · second, each with a last entry of 1, over its last entry.
    public func forward<Scalar: BinaryFloatingPoint & Sendable>(
        _ inputs: [Tensor<Scalar>], parameters: [Tensor<Scalar>], context: OperationContext
    ) -> Tensor<Scalar> {
        var result = Tensor<Scalar>.zeros(inputs[0].shape)
        for image in 0..<result.shape[0] {
            let product = Self.product(Self.matrix(inputs[0], image), Self.matrix(inputs[1], image))
            let divisor = Self.divisor(product)
            for entry in 0..<8 { result.values[image * 8 + entry] = product[entry] / divisor }
        }
        return result
    }

    /// See the type.
    public func backward<Scalar: BinaryFloatingPoint & Sendable>(
        _ dOutput: Tensor<Scalar>, output: Tensor<Scalar>, inputs: [Tensor<Scalar>], parameters: [Tensor<Scalar>],
        context: OperationContext
    ) -> OperationGradients<Scalar> {
        var dInputs = inputs.map { Tensor<Scalar>.zeros($0.shape) }
        for image in 0..<dOutput.shape[0] {
            let (first, second) = (Self.matrix(inputs[0], image), Self.matrix(inputs[1], image))
            let product = Self.product(first, second), divisor = Self.divisor(product)
            var dProduct = (0..<8).map { dOutput.values[image * 8 + $0] / divisor }
            let along = (0..<8).reduce(Scalar(0)) { $0 + dProduct[$1] * output.values[image * 8 + $1] }
            dProduct.append(divisor == product[8] ? -along : 0)
            let dFirst = Self.product(dProduct, Self.transposed(second))
            let dSecond = Self.product(Self.transposed(first), dProduct)
            for entry in 0..<8 {
                dInputs[0].values[image * 8 + entry] = dFirst[entry]
                dInputs[1].values[image * 8 + entry] = dSecond[entry]
            }
        }
        return OperationGradients(inputs: dInputs)
    }

    private static func matrix<Scalar: BinaryFloatingPoint>(_ theta: Tensor<Scalar>, _ image: Int) -> [Scalar] {
        theta.values[image * 8..<image * 8 + 8] + [1]
    }

    private static func product<Scalar: BinaryFloatingPoint>(_ left: [Scalar], _ right: [Scalar]) -> [Scalar] {
        (0..<9).map { entry in
            let (row, column) = (entry / 3 * 3, entry % 3)
            let sum = left[row] * right[column] + left[row + 1] * right[column + 3]
            return sum + left[row + 2] * right[column + 6]
        }
    }

    private static func transposed<Scalar>(_ matrix: [Scalar]) -> [Scalar] {
        (0..<9).map { matrix[$0 % 3 * 3 + $0 / 3] }
    }

    /// The last entry; NaN stays, so that it is found.
    private static func divisor<Scalar: BinaryFloatingPoint>(_ product: [Scalar]) -> Scalar {
        product[8] < Scalar(Projective.horizon) ? Scalar(Projective.horizon) : product[8]
    }
}
