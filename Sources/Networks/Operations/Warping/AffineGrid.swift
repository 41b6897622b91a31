import Tensors
import Warping

/// The sampling grid of an affine θ.
///
/// - Shapes: [6] → [height, width, 2].
public struct AffineGridOperation: Operation {
    /// Rows of the grid.
    public let height: Int
    /// Columns of the grid.
    public let width: Int
    /// What −1 and +1 mean.
    public let corners: CornerConvention

    /// A grid of `height` × `width` positions.
    public init(height: Int, width: Int, corners: CornerConvention) {
        self.height = height
        self.width = width
        self.corners = corners
    }

    /// Grid generator.
    public var name: String { "affine_grid" }

    /// One position (x, y) a pixel of the output.
    ///
    /// - Throws: ``NetworkError/unsuitableInput(operation:input:needs:)`` when θ has not six numbers.
    public func outputShape(of inputs: [Shape]) throws -> Shape {
        guard inputs[0] == [AffineTransform.parameterCount] else {
            throw NetworkError.unsuitableInput(operation: name, input: inputs[0], needs: "six numbers")
        }
        return [height, width, 2]
    }

    /// Eight flops a position.
    public func cost(of inputs: [Shape]) -> Cost {
        Cost(flops: 8 * Double(height * width), bytes: 8 * Double(height * width))
    }

    /// See `AffineTransform`.
    public func forward<Scalar: BinaryFloatingPoint & Sendable>(
        _ inputs: [Tensor<Scalar>], parameters: [Tensor<Scalar>], context: OperationContext
    ) -> Tensor<Scalar> {
        AffineTransform.grid(theta: inputs[0], height: height, width: width, corners: corners)
    }

    /// See `AffineTransform`.
    public func backward<Scalar: BinaryFloatingPoint & Sendable>(
        _ dOutput: Tensor<Scalar>, output: Tensor<Scalar>, inputs: [Tensor<Scalar>], parameters: [Tensor<Scalar>],
        context: OperationContext
    ) -> OperationGradients<Scalar> {
        OperationGradients(inputs: [AffineTransform.thetaGradient(dGrid: dOutput, corners: corners)])
    }
}
