import Tensors

/// Why a network cannot be written as ONNX.
public enum ONNXError: UserFacingError, Equatable {
    /// An operation that no operator of the standard computes.
    case inexpressible(operation: String, reason: String)
    /// Mean and deviation of other images than the network's.
    case wrongNormalization(means: Int, deviations: Int, channels: Int)
    /// A message of protocol buffers ends at 2 GiB.
    case tooLarge(byteCount: Int)

    /// What kind of trouble it is; decides the exit code.
    public var category: ErrorCategory {
        switch self {
        case .inexpressible: .badData
        case .wrongNormalization: .usage
        case .tooLarge: .cannotCreate
        }
    }

    /// One line: the operation, why not, what to do.
    public var description: String {
        switch self {
        case .inexpressible(let operation, let reason):
            "\(operation) cannot be written as ONNX: \(reason); export as safetensors, or train without it"
        case .wrongNormalization(let means, let deviations, let channels):
            "\(means) means and \(deviations) deviations for images of \(channels) channels; give one of each a channel"
        case .tooLarge(let byteCount):
            "the model takes \(byteCount) bytes, but an ONNX file ends at \(Self.largestByteCount); export as safetensors"
        }
    }

    /// The most that a file may hold: 2 GiB less a megabyte for names.
    static let largestByteCount = (1 << 31) - (1 << 20)
}
