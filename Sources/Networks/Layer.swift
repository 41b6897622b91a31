import Tensors

/// A piece of a network as a plain value: it says what is computed, and nothing about memory, gradients or hardware.
public protocol Layer: Sendable {
    /// Adds the layer's operations to a graph and returns the value they make of `input`.
    ///
    /// - Throws: ``NetworkError`` when the input does not fit.
    func lower(_ input: Graph.Value, into builder: inout GraphBuilder) throws -> Graph.Value
}

/// Layers one after the other.
///
/// ```swift
/// let network = Sequential {
///     Conv2d(16, kernel: 5); MaxPool2d(2); ReLU()
///     Flatten(); Linear(10)
/// }
/// ```
public struct Sequential: Layer {
    /// The layers in order.
    public let layers: [any Layer]

    /// A stack of the layers listed in the closure.
    public init(@LayerBuilder _ layers: () -> [any Layer]) { self.layers = layers() }

    /// A stack of the given layers.
    public init(_ layers: [any Layer]) { self.layers = layers }

    /// Lowers the layers in order.
    ///
    /// - Throws: ``NetworkError`` of the first layer that does not fit.
    public func lower(_ input: Graph.Value, into builder: inout GraphBuilder) throws -> Graph.Value {
        try builder.lower(layers, from: input)
    }
}

/// Collects the layers written in a closure into one list; types are erased, so errors stay short and stacks any length.
@resultBuilder
public enum LayerBuilder {
    /// A line with one layer.
    public static func buildExpression(_ layer: any Layer) -> [any Layer] { [layer] }
    /// A line with a list of layers.
    public static func buildExpression(_ layers: [any Layer]) -> [any Layer] { layers }
    /// The lines together.
    public static func buildBlock(_ parts: [any Layer]...) -> [any Layer] { parts.flatMap(\.self) }
    /// An `if` without `else`.
    public static func buildOptional(_ part: [any Layer]?) -> [any Layer] { part ?? [] }
    /// The first branch of an `if`.
    public static func buildEither(first part: [any Layer]) -> [any Layer] { part }
    /// The other branch of an `if`.
    public static func buildEither(second part: [any Layer]) -> [any Layer] { part }
    /// A loop.
    public static func buildArray(_ parts: [[any Layer]]) -> [any Layer] { parts.flatMap(\.self) }
}
