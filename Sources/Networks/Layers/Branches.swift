import Tensors

/// Layers whose output is added to their input: they learn what is to change.
///
/// ```swift
/// Residual { Conv2d(64, kernel: 1); ReLU(); Conv2d(64, kernel: 1) }; ReLU()
/// Residual {
///     Conv2d(128, kernel: 3); BatchNorm2d()
/// } shortcut: {
///     AvgPool2d(3, stride: 1); Conv2d(128, kernel: 1)
/// }
/// ```
///
/// A `ReLU()` right behind costs no pass of its own.
///
/// - Shapes: both ways must give the same shape.
/// - Source: He et al. 2016 (arXiv:1512.03385).
public struct Residual: Layer {
    /// The layers that learn.
    public let layers: [any Layer]
    /// The layers of the other way; none passes the input on as it is.
    public let shortcut: [any Layer]

    /// Layers with a shortcut around them.
    ///
    /// - Parameters:
    ///   - layers: The layers that learn. Inside a transformer their parameters are named `localization.3.layers.0…`,
    ///     at the top as if they stood there.
    ///   - shortcut: The other way, such as a projection where the shape changes; named `localization.3.shortcut.0…`.
    public init(
        @LayerBuilder _ layers: () -> [any Layer], @LayerBuilder shortcut: () -> [any Layer] = { [] }
    ) {
        self.layers = layers()
        self.shortcut = shortcut()
    }

    /// Adds both ways and their sum.
    ///
    /// - Throws: ``NetworkError`` when a layer does not fit, both ways give different shapes, or one is a flattened image
    ///   and the other not, so that PyTorch would add other elements.
    public func lower(_ input: Graph.Value, into builder: inout GraphBuilder) throws -> Graph.Value {
        let value = try builder.lowerBranch(layers, from: input, named: "layers")
        let around = try builder.lowerBranch(shortcut, from: input, named: "shortcut")
        let images = (builder.reorderedImage(of: value), builder.reorderedImage(of: around))
        if let image = images.0 ?? images.1, images.0 != images.1 {
            throw NetworkError.unsuitableInput(
                operation: "Residual", input: image,
                needs: "both ways flattened or none: put a Linear() between Flatten() and Residual")
        }
        return try builder.add(AddOperation(), value, around)
    }
}

/// Layers side by side, all on the same input, their outputs put together along the channels.
///
/// ```swift
/// Branches {
///     Conv2d(16, kernel: 1)
///     Sequential { Conv2d(8, kernel: 1); ReLU(); Conv2d(16, kernel: 1) }
/// }
/// ```
///
/// - Shapes: [H, W, C₁], [H, W, C₂] … → [H, W, C₁ + C₂ + …].
public struct Branches: Layer {
    /// The branches in the order of their channels.
    public let branches: [any Layer]

    /// Branches, one for each layer of the closure; a branch of several layers is a ``Sequential``.
    ///
    /// Inside a transformer the parameters of the second branch are named `localization.3.branches.1.0…`, at the top as if
    /// its layers stood there.
    public init(@LayerBuilder _ branches: () -> [any Layer]) { self.branches = branches() }

    /// Adds all branches and their concatenation.
    ///
    /// - Throws: ``NetworkError`` when a layer does not fit, there is no branch, outputs differ in height or width, or one is
    ///   a flattened image, whose elements PyTorch orders differently.
    public func lower(_ input: Graph.Value, into builder: inout GraphBuilder) throws -> Graph.Value {
        guard !branches.isEmpty else {
            throw NetworkError.invalidSetting(
                layer: "Branches", setting: "branches", value: "none", needs: "one or more")
        }
        var values: [Graph.Value] = []
        for (index, branch) in branches.enumerated() {
            let layers = (branch as? Sequential)?.layers ?? [branch]
            let value = try builder.lowerBranch(layers, from: input, named: "branches.\(index)")
            if let image = builder.reorderedImage(of: value) {
                throw NetworkError.unsuitableInput(
                    operation: "Branches", input: image, needs: "images: put Flatten() behind the branches")
            }
            values.append(value)
        }
        return try builder.add(ConcatenateOperation(), to: values)
    }
}

extension GraphBuilder {
    /// The image that `value` is the flattened form of, if PyTorch has its elements in another order.
    fileprivate func reorderedImage(of value: Graph.Value) -> Shape? {
        flattenedShape(of: value).flatMap { $0[0] * $0[1] > 1 && $0[2] > 1 ? $0 : nil }
    }
}
