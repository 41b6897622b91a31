import Tensors

/// Where layers write their operations while a network is lowered to a graph.
///
/// It also names parameters, as PyTorch names them for the same network: a numbered kind at the top (`conv1`, `fc2`), the
/// place in the stack inside a transformer (`localization.3`, `fc_loc.0`).
public struct GraphBuilder: Sendable {
    /// How the layers now being lowered are named.
    public enum Naming: Sendable, Equatable {
        /// The layer's kind with a running number: `conv1`, `conv2`, `fc1`.
        case byKind
        /// A prefix and the layer's place in its stack: `localization.3`.
        case byPlace(prefix: String)
    }

    /// What has been built so far.
    public private(set) var graph: Graph
    private var naming = Naming.byKind
    private var counts: [String: Int] = [:]
    private var flattened: [Graph.Value: Shape] = [:]
    private var isLocalization = false
    private var sharesParameters = false

    private init(input: Shape) { graph = Graph(input: input) }

    /// Lowers a network for images of shape `input` (height, width, channels) to a graph.
    ///
    /// - Throws: ``NetworkError``, naming the layer that does not fit.
    public static func graph(of network: some Layer, input: Shape) throws -> Graph {
        var builder = GraphBuilder(input: input)
        builder.graph.output = try network.lower(builder.graph.input, into: &builder)
        return builder.graph
    }

    /// The shape of a value, for one image.
    public func shape(of value: Graph.Value) -> Shape { graph.shape(of: value) }

    /// Adds an operation; its parameters are named after `layer`, or after the layer's kind and place.
    ///
    /// - Throws: ``NetworkError``.
    public mutating func add(
        _ operation: some Operation, _ inputs: Graph.Value..., kind: String = "", named layer: String? = nil
    ) throws -> Graph.Value {
        try add(operation, to: inputs, kind: kind, named: layer)
    }

    /// Adds an operation on any number of values.
    ///
    /// - Throws: ``NetworkError``.
    public mutating func add(
        _ operation: some Operation, to inputs: [Graph.Value], kind: String = "", named layer: String? = nil
    ) throws -> Graph.Value {
        let shape = try operation.outputShape(of: inputs.map(shape(of:)))
        let parameters = try parameters(of: operation, named: layer, kind: kind)
        graph.nodes.append(Graph.Node(operation: operation, inputs: inputs, parameters: parameters))
        graph.shapes.append(shape)
        let value = Graph.Value(index: graph.nodes.count)
        if operation.keepsOrder, let first = inputs.first { flattened[value] = flattened[first] }
        return value
    }

    private mutating func parameters(
        of operation: some Operation, named layer: String?, kind: String
    ) throws -> [Int] {
        if operation.parameters.isEmpty { return [] }
        let layerName = layer ?? nextName(kind: kind)
        return try operation.parameters.map { specification in
            let name = "\(layerName).\(specification.name)"
            if let known = graph.parameters.firstIndex(where: { $0.name == name }) {
                guard sharesParameters, graph.parameters[known].specification == specification else {
                    throw NetworkError.duplicateName(name)
                }
                return known
            }
            graph.parameters.append(
                Graph.Parameter(name: name, specification: specification, isLocalization: isLocalization))
            return graph.parameters.count - 1
        }
    }

    /// Lowers something whose parameters may be there already, under the same names: they are then used again.
    ///
    /// - Throws: What `body` throws.
    public mutating func sharingParameters<Result>(
        _ body: (inout GraphBuilder) throws -> Result
    ) rethrows -> Result {
        let outer = sharesParameters
        sharesParameters = true
        defer { sharesParameters = outer }
        return try body(&self)
    }

    /// Notes a spatial transformer of images, and marks its θ and its result.
    public mutating func note(_ transformer: Graph.Transformer) {
        graph.transformers.append(transformer)
        mark(theta: transformer.theta, output: transformer.output)
    }

    /// Makes θ and the result of one more transformer findable: `theta` and `transformed`, then `theta2` and so on.
    public mutating func mark(theta: Graph.Value, output: Graph.Value) {
        counts[Mark.theta, default: 0] += 1
        let number = counts[Mark.theta] == 1 ? "" : "\(counts[Mark.theta, default: 0])"
        mark(theta, as: Mark.theta + number)
        mark(output, as: Mark.transformed + number)
    }

    /// What the names of a localization network's parameters begin with: nothing is added for the first transformer, so
    /// that they are those of PyTorch's tutorial, and the number for the others.
    public mutating func nextLocalizationNumber() -> String {
        counts["localization", default: 0] += 1
        let number = counts["localization", default: 0]
        return number == 1 ? "" : "\(number)"
    }

    /// Makes a value findable under a name, so that people can look at it: `theta`.
    public mutating func mark(_ value: Graph.Value, as name: String) {
        graph.marks[name] = value
    }

    /// Notes that the elements of `value` are those of `shape` flattened: if that is an image or a volume, PyTorch orders them
    /// differently.
    mutating func noteFlattened(_ value: Graph.Value, from shape: Shape) {
        if shape.rank == 3 { flattened[value] = shape }
        // Slices under one another are an image whose elements have the same order.
        if shape.rank == 4 { flattened[value] = [shape[0] * shape[1], shape[2], shape[3]] }
    }

    /// The image that `value` is the flattened form of, if it is.
    func flattenedShape(of value: Graph.Value) -> Shape? { flattened[value] }

    /// Lowers the layers of a localization network, named by `prefix` and their place.
    ///
    /// - Throws: ``NetworkError``.
    public mutating func lowerLocalization(
        _ layers: [any Layer], from value: Graph.Value, prefix: String
    ) throws -> Graph.Value {
        let outer = (naming, counts["place"], isLocalization)
        (naming, counts["place"], isLocalization) = (.byPlace(prefix: prefix), 0, true)
        defer { (naming, counts["place"], isLocalization) = outer }
        return try lower(layers, from: value)
    }

    /// Lowers the layers of a branch; where layers are named by their place, below that of the layer they belong to:
    /// `localization.3.shortcut.0`.
    ///
    /// - Throws: ``NetworkError``.
    public mutating func lowerBranch(
        _ layers: [any Layer], from value: Graph.Value, named name: String
    ) throws -> Graph.Value {
        let outer = (naming, counts["place"])
        if case .byPlace(let prefix) = naming {
            (naming, counts["place"]) = (.byPlace(prefix: "\(prefix).\(counts["place", default: 0]).\(name)"), 0)
        }
        defer { (naming, counts["place"]) = outer }
        return try lower(layers, from: value)
    }

    /// Lowers `layers` one after the other.
    ///
    /// - Throws: ``NetworkError``.
    public mutating func lower(_ layers: [any Layer], from value: Graph.Value) throws -> Graph.Value {
        var value = value
        for layer in layers {
            value = try layer.lower(value, into: &self)
            counts["place", default: 0] += 1
        }
        return value
    }

    private mutating func nextName(kind: String) -> String {
        switch naming {
        case .byKind:
            counts[kind, default: 0] += 1
            return "\(kind)\(counts[kind, default: 0])"
        case .byPlace(let prefix):
            return "\(prefix).\(counts["place", default: 0])"
        }
    }
}

extension Operation {
    /// Whether the elements of the output stand for the same things, in the same order, as those of the first input.
    var keepsOrder: Bool {
        self is ReLUOperation || self is DropoutOperation || self is ActivationOperation || self is AddOperation
            || self is BatchNormOperation
    }
}

/// The names under which a network's inner values can be looked at.
public enum Mark {
    /// The transformation of each image.
    public static let theta = "theta"
    /// What the transformer passes on.
    public static let transformed = "transformed"
}
