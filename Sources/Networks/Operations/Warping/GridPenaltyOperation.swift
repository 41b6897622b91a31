import Tensors
import Warping

/// Passes θ on as it is, and adds to its gradient that of a penalty on the grid.
///
/// The loss that is reported stays that of the classes. The penalty is a mean over the batch, and is taken on a coarse grid:
/// it hardly depends on the resolution.
///
/// - Gradient: dθ + weight · ∂penalty/∂θ.
public struct GridPenaltyOperation: Operation {
    /// What θ stands for.
    public let transformation: any Transformation
    /// Where the penalty looks.
    public let frame: SamplingFrame
    /// What is penalised.
    public let penalty: GridPenalty
    /// What the penalty is multiplied by; the class's loss counts once.
    public let weight: Float

    /// `weight` times `penalty` on grids of `transformation`.
    public init(_ transformation: any Transformation, frame: SamplingFrame, penalty: GridPenalty, weight: Float) {
        (self.transformation, self.frame, self.penalty, self.weight) = (transformation, frame, penalty, weight)
    }

    /// The penalty.
    public var name: String { "grid_penalty" }

    /// The shape of θ.
    ///
    /// - Throws: ``NetworkError/unsuitableInput(operation:input:needs:)`` when θ has another length.
    public func outputShape(of inputs: [Shape]) throws -> Shape {
        try NetworkError.check(theta: inputs[0], count: transformation.parameterCount, operation: name)
        return inputs[0]
    }

    /// A grid, its cells and their gradients.
    public func cost(of inputs: [Shape]) -> Cost {
        Cost(flops: 40 * Double(frame.count), bytes: 8 * Double(inputs[0].count))
    }

    /// θ.
    public func forward<Scalar: BinaryFloatingPoint & Sendable>(
        _ inputs: [Tensor<Scalar>], parameters: [Tensor<Scalar>], context: OperationContext
    ) -> Tensor<Scalar> {
        inputs[0]
    }

    /// See the type.
    public func backward<Scalar: BinaryFloatingPoint & Sendable>(
        _ dOutput: Tensor<Scalar>, output: Tensor<Scalar>, inputs: [Tensor<Scalar>], parameters: [Tensor<Scalar>],
        context: OperationContext
    ) -> OperationGradients<Scalar> {
        let grid = transformation.grid(theta: inputs[0], frame: frame)
        let dGrid = penalty.valueAndGradient(grid: grid, frame: frame).dGrid
        let dTheta = transformation.thetaGradient(dGrid: dGrid, theta: inputs[0], frame: frame)
        let sum = zip(dOutput.values, dTheta.values).map { $0 + Scalar(weight) * $1 }
        return OperationGradients(inputs: [Tensor(dOutput.shape, sum)])
    }
}
