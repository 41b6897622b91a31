/// A version of ONNX's operators.
///
/// The two differ in how the sampler's modes are called, and the older one has no grid generator. Runtimes take the one or
/// the other as they please: ONNX Runtime both; TensorRT's parser read the newer names as "nearest" for years.
public enum ONNXOperatorSet: Int, Sendable, CaseIterable {
    /// The oldest with a sampler, and so the one that most programs read. The grid is a product with a constant matrix.
    case version16 = 16
    /// The oldest with a grid generator of its own, `AffineGrid`, and `Gelu`.
    case version20 = 20

    /// The version of the messages that belongs to it, by the standard's table.
    var intermediateRepresentation: Int64 {
        switch self {
        case .version16: 8
        case .version20: 9
        }
    }
}
