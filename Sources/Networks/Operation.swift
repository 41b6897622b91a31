import Tensors

/// One step of a graph: its shape rule, its gradient rule, its cost and a plain reference of both passes.
///
/// The reference is the executable specification: generic over the number type, plain loops. Gradients are checked on it in
/// Double, and every fast kernel is checked against it.
///
/// - Shapes: those of one image, without the batch: `[32, 32, 3]`. The tensors of `forward` and `backward` have the batch
///   in front.
public protocol Operation: Sendable {
    /// The operation's kind, for messages and profiles.
    var name: String { get }
    /// The parameters it learns, in the order `forward` receives them.
    var parameters: [ParameterSpecification] { get }

    /// The shape of the output.
    ///
    /// - Throws: ``NetworkError/unsuitableInput(operation:input:needs:)``.
    func outputShape(of inputs: [Shape]) throws -> Shape

    /// The work of one image's forward pass.
    func cost(of inputs: [Shape]) -> Cost

    /// The output for a batch.
    func forward<Scalar: BinaryFloatingPoint & Sendable>(
        _ inputs: [Tensor<Scalar>], parameters: [Tensor<Scalar>], context: OperationContext
    ) -> Tensor<Scalar>

    /// The gradients of inputs and parameters, given that of the output.
    func backward<Scalar: BinaryFloatingPoint & Sendable>(
        _ dOutput: Tensor<Scalar>, output: Tensor<Scalar>, inputs: [Tensor<Scalar>], parameters: [Tensor<Scalar>],
        context: OperationContext
    ) -> OperationGradients<Scalar>

    /// The parameters after a training step on `inputs`, apart from what the optimizer does: statistics have followed the
    /// batch.
    func followed<Scalar: BinaryFloatingPoint & Sendable>(
        by inputs: [Tensor<Scalar>], parameters: [Tensor<Scalar>]
    ) -> [Tensor<Scalar>]
}

extension Operation {
    /// Most operations learn nothing.
    public var parameters: [ParameterSpecification] { [] }

    /// Most operations keep no statistics.
    public func followed<Scalar: BinaryFloatingPoint & Sendable>(
        by inputs: [Tensor<Scalar>], parameters: [Tensor<Scalar>]
    ) -> [Tensor<Scalar>] {
        parameters
    }
}

/// The gradients of one operation: as many as it has inputs and parameters, in their order.
public struct OperationGradients<Scalar: BinaryFloatingPoint & Sendable>: Sendable {
    /// Gradients of the inputs.
    public var inputs: [Tensor<Scalar>]
    /// Gradients of the parameters.
    public var parameters: [Tensor<Scalar>]

    /// Gradients in the order of inputs and parameters.
    public init(inputs: [Tensor<Scalar>], parameters: [Tensor<Scalar>] = []) {
        self.inputs = inputs
        self.parameters = parameters
    }
}

/// What an operation may depend on besides its operands: whether the network is training, and its random numbers.
public struct OperationContext: Sendable {
    /// Whether dropout is active.
    public var isTraining: Bool
    /// The random numbers of this operation at this step.
    public var random: RandomStream

    /// The context of the operation at place `node` of a graph.
    public init(isTraining: Bool, seed: UInt64 = 0, step: UInt32 = 0, node: Int = 0) {
        self.isTraining = isTraining
        random = RandomStream(seed: seed, purpose: .dropout, index: UInt16(truncatingIfNeeded: node), step: step)
    }
}

/// Work: floating-point operations (a multiply-add counts two) and bytes that must move at least once.
public struct Cost: Sendable, Equatable {
    /// Floating-point operations.
    public var flops: Double
    /// Bytes read and written.
    public var bytes: Double

    /// A cost.
    public init(flops: Double, bytes: Double) {
        self.flops = flops
        self.bytes = bytes
    }
}

/// A parameter before it exists: its name within the layer, shape, initial values and how PyTorch stores it.
public struct ParameterSpecification: Sendable, Equatable {
    /// `weight` or `bias`.
    public let name: String
    /// Our layout.
    public let shape: Shape
    /// How initial values are drawn.
    public let initializer: Initializer
    /// How PyTorch lays the same parameter out.
    public let layout: ParameterLayout
    /// What changes it.
    public let role: ParameterRole

    /// A parameter to be; learned, as most are, unless said otherwise.
    public init(
        name: String, shape: Shape, initializer: Initializer, layout: ParameterLayout, role: ParameterRole = .learned
    ) {
        self.name = name
        self.shape = shape
        self.initializer = initializer
        self.layout = layout
        self.role = role
    }
}

/// What changes a parameter; all of them are saved.
public enum ParameterRole: Sendable, Equatable {
    /// The optimizer, along the gradient.
    case learned
    /// The operation itself, which follows the batches it sees: no gradient, no weight decay. PyTorch's buffers.
    case statistic
    /// As a statistic, but a whole number, which PyTorch keeps as one; it stops at 2²⁴, the last that a float counts to.
    case count
}

/// How initial values are drawn.
public enum Initializer: Sendable, Equatable {
    /// Uniform within ±1/√fanIn: what PyTorch's layers do for weights (Kaiming-uniform with a = √5) and for biases.
    case uniform(fanIn: Int)
    /// Given values; a single one is repeated.
    case values([Float])
}

/// How a parameter's layout relates to PyTorch's.
public enum ParameterLayout: Sendable, Equatable {
    /// The same in both.
    case plain
    /// Ours [O, kH, kW, I], PyTorch's [O, I, kH, kW].
    case convolution
    /// [O, K] in both, but the columns stand for a flattened [H, W, C] here and [C, H, W] there.
    case linear(flattened: Shape)
    /// [K] in both, one for each element of a flattened [H, W, C] here and [C, H, W] there.
    case features(flattened: Shape)
}
