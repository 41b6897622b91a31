import Execution
import Interchange
import Networks
import Tensors

/// All in which a file of weights and a network differ, to be told at once.
///
/// ``Classifier/loadWeights(from:)`` names the first difference, which is enough for a file that belongs to the network and was
/// damaged; whoever brings weights from elsewhere wants to see which network they are of.
public struct WeightsMismatch: UserFacingError, Equatable {
    /// A tensor of another shape than the network needs.
    public struct Misshapen: Sendable, Equatable {
        /// The tensor's name.
        public let name: String
        /// Its shape in the file.
        public let found: Shape
        /// The network's, in PyTorch's order.
        public let needed: Shape
    }

    /// The file, for messages.
    public let file: String
    /// The network, for messages.
    public let network: String
    /// Parameters that the file lacks, in the network's order.
    public let missing: [String]
    /// Tensors that the network has no place for, in the file's order.
    public let unexpected: [String]
    /// Tensors of another shape, in the network's order.
    public let misshapen: [Misshapen]

    /// Compares names and shapes; nil where all fit.
    public init?(of weights: SafetensorsFile, named file: String, for graph: Graph, named network: String) {
        let shapes: [String: Shape] = weights.tensors.reduce(into: [:]) { $0[$1.name] = $1.shape }
        let known = Set(graph.parameters.map(\.name))
        missing = graph.parameters.map(\.name).filter { shapes[$0] == nil }
        unexpected = weights.tensors.map(\.name).filter { !known.contains($0) }
        misshapen = graph.parameters.compactMap { parameter in
            let needed = parameter.specification.pyTorchShape
            return shapes[parameter.name].flatMap {
                $0 == needed ? nil : Misshapen(name: parameter.name, found: $0, needed: needed)
            }
        }
        (self.file, self.network) = (file, network)
        if missing.isEmpty, unexpected.isEmpty, misshapen.isEmpty { return nil }
    }

    /// A file that is there but not what it should be.
    public var category: ErrorCategory { .badData }

    /// One line: the file and the network, the first few differences of each kind, what to do.
    public var description: String {
        let parts = [
            Self.list("missing", missing), Self.list("unexpected", unexpected),
            Self.list("another shape", misshapen.map { "\($0.name) \($0.found) where \($0.needed) is needed" }),
        ]
        return "\(file) does not hold \(network): \(parts.compactMap(\.self).joined(separator: "; ")); "
            + "check --model, --transform and --dataset"
    }

    private static func list(_ kind: String, _ items: [String]) -> String? {
        guard !items.isEmpty else { return nil }
        let more = items.count > 3 ? " and \(items.count - 3) more" : ""
        return "\(kind): \(items.prefix(3).joined(separator: ", "))\(more)"
    }
}
