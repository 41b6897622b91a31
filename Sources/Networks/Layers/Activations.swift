/// x where it is positive, else a small multiple of x, so that no unit is without gradient.
public struct LeakyReLU: Layer {
    /// What negative numbers are multiplied by.
    public let slope: Float

    /// A leaky rectifier.
    ///
    /// - Parameter slope: What negative numbers are multiplied by; 0.01 is the paper's and PyTorch's.
    public init(_ slope: Float = 0.01) { self.slope = slope }

    /// Adds the rectifier.
    ///
    /// - Throws: ``NetworkError`` when the slope is not finite.
    public func lower(_ input: Graph.Value, into builder: inout GraphBuilder) throws -> Graph.Value {
        guard slope.isFinite else {
            throw NetworkError.invalidSetting(layer: "LeakyReLU", setting: "slope", value: "\(slope)", needs: "finite")
        }
        return try builder.add(ActivationOperation(.leakyReLU(slope: slope)), input)
    }
}

/// x · Φ(x), Φ the normal distribution: a smooth rectifier.
public struct GELU: Layer {
    /// How Φ is computed.
    public enum Approximation: Sendable, CaseIterable {
        /// By the error function, to float32's precision.
        case none
        /// By the paper's formula with a hyperbolic tangent, which differs by up to 5·10⁻⁴ in the output.
        case tanh
    }

    /// How Φ is computed.
    public let approximation: Approximation

    /// A Gaussian error linear unit.
    ///
    /// - Parameter approximation: None, as in PyTorch; `.tanh` for weights that were trained with it.
    public init(approximation: Approximation = .none) { self.approximation = approximation }

    /// Adds the function.
    ///
    /// - Throws: Nothing; every shape fits.
    public func lower(_ input: Graph.Value, into builder: inout GraphBuilder) throws -> Graph.Value {
        try builder.add(ActivationOperation(approximation == .tanh ? .geluTanh : .gelu), input)
    }
}

/// x · sigmoid(x), also called swish.
public struct SiLU: Layer {
    /// A sigmoid linear unit.
    public init() {}

    /// Adds the function.
    ///
    /// - Throws: Nothing; every shape fits.
    public func lower(_ input: Graph.Value, into builder: inout GraphBuilder) throws -> Graph.Value {
        try builder.add(ActivationOperation(.silu), input)
    }
}

/// The hyperbolic tangent, between −1 and 1.
public struct Tanh: Layer {
    /// A hyperbolic tangent.
    public init() {}

    /// Adds the function.
    ///
    /// - Throws: Nothing; every shape fits.
    public func lower(_ input: Graph.Value, into builder: inout GraphBuilder) throws -> Graph.Value {
        try builder.add(ActivationOperation(.tanh), input)
    }
}

/// 1 / (1 + e⁻ˣ), between 0 and 1.
public struct Sigmoid: Layer {
    /// A logistic function.
    public init() {}

    /// Adds the function.
    ///
    /// - Throws: Nothing; every shape fits.
    public func lower(_ input: Graph.Value, into builder: inout GraphBuilder) throws -> Graph.Value {
        try builder.add(ActivationOperation(.sigmoid), input)
    }
}
