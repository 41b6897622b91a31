import Tensors

/// What can be wrong with the description of a network; found while it is lowered to a graph, before anything runs.
public enum NetworkError: UserFacingError, Equatable {
    /// An operation that cannot take an input of this shape.
    case unsuitableInput(operation: String, input: Shape, needs: String)
    /// A size that must be positive, a probability outside 0 ..< 1, and the like.
    case invalidSetting(layer: String, setting: String, value: String, needs: String)
    /// Two parameters of one name.
    case duplicateName(String)

    /// A network that cannot exist is a usage error.
    public var category: ErrorCategory { .usage }

    /// One line: the layer, what it got and what it needs.
    public var description: String {
        switch self {
        case .unsuitableInput(let operation, let input, let needs):
            "\(operation) cannot take an input of shape \(input): it needs \(needs)"
        case .invalidSetting(let layer, let setting, let value, let needs):
            "\(layer): \(setting) is \(value), but must be \(needs)"
        case .duplicateName(let name):
            "two parameters are named \(name): give one of the layers another name"
        }
    }
}
