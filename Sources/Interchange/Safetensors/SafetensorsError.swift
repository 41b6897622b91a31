import Tensors

/// What can be wrong with a safetensors file, apart from the file system's own troubles (``FileError``).
public enum SafetensorsError: UserFacingError, Equatable {
    /// The bytes are not a safetensors file that this library accepts.
    case malformed(file: String, SafetensorsProblem)
    /// The tensors or metadata to be written break a limit of the format.
    case unwritable(file: String, SafetensorsProblem)
    /// The file holds no tensor of that name.
    case missingTensor(file: String, name: String)
    /// The tensor is there, but its elements are of another kind than was asked for.
    case wrongType(file: String, name: String, type: SafetensorsFile.ElementType, wanted: String)

    /// What kind of trouble it is; decides the exit code.
    public var category: ErrorCategory {
        switch self {
        case .malformed, .missingTensor, .wrongType: .badData
        case .unwritable: .cannotCreate
        }
    }

    /// One line: the file, what is wrong with it, what to do.
    public var description: String {
        switch self {
        case .malformed(let file, let problem):
            "\(file): \(problem); export or copy the file again"
        case .unwritable(let file, let problem):
            "cannot write \(file): \(problem)"
        case .missingTensor(let file, let name):
            "\(file): there is no tensor \(quoted(name)); check that the file belongs to this network"
        case .wrongType(let file, let name, let type, let wanted):
            "\(file): tensor \(quoted(name)) holds \(type.rawValue) where \(wanted) are needed; convert it before saving"
        }
    }
}

/// The ways in which bytes fail to be a safetensors file.
public enum SafetensorsProblem: Error, Equatable, CustomStringConvertible {
    /// Fewer bytes than the length field and header take.
    case truncatedHeader(byteCount: Int)
    /// The length field exceeds the limit of ``SafetensorsFile/maximumHeaderByteCount``.
    case headerTooLong(byteCount: UInt64)
    /// The header does not start with a brace, as the format demands.
    case notAHeader
    /// The header is not JSON, or has a key twice.
    case invalidJSON(offset: Int, reason: String)
    /// More tensors than ``SafetensorsFile/maximumTensorCount``.
    case tooManyTensors(Int)
    /// A name above ``SafetensorsFile/maximumNameByteCount`` bytes.
    case nameTooLong(String)
    /// A name that the format keeps for itself.
    case reservedName(String)
    /// Two tensors of one name.
    case duplicateName(String)
    /// `__metadata__` is not an object of strings.
    case metadataNotText
    /// A tensor's entry lacks a field, or has one of the wrong kind.
    case invalidField(tensor: String, field: String)
    /// An element type that is unknown or has no use here.
    case unsupportedType(tensor: String, type: String)
    /// More axes than ``SafetensorsFile/maximumRank``.
    case rankTooHigh(tensor: String, rank: Int)
    /// The number of elements or bytes overflows.
    case shapeOverflow(tensor: String)
    /// The offsets span another number of bytes than the shape and type need.
    case wrongByteCount(tensor: String, stated: Int, needed: Int)
    /// The tensor does not start where the one before it ends.
    case notContiguous(tensor: String, begin: Int, expected: Int)
    /// The file is longer or shorter than the header says.
    case wrongLength(dataByteCount: Int, expected: Int)
    /// More data than ``SafetensorsFile/maximumDataByteCount``.
    case tooMuchData(byteCount: Int)

    /// What is wrong, without the file's name.
    public var description: String {
        switch self {
        case .truncatedHeader(let byteCount): "the file ends inside its header, after \(byteCount) bytes"
        case .headerTooLong(let byteCount):
            "a header of \(byteCount) bytes exceeds \(SafetensorsFile.maximumHeaderByteCount); is it a safetensors file?"
        case .notAHeader: "the header does not start with '{'; is it a safetensors file?"
        case .invalidJSON(let offset, let reason): "the header is not valid JSON: \(reason) at byte \(offset)"
        case .tooManyTensors(let count): "\(count) tensors exceed \(SafetensorsFile.maximumTensorCount)"
        case .nameTooLong(let name):
            "the name \(quoted(name)) exceeds \(SafetensorsFile.maximumNameByteCount) bytes"
        case .reservedName(let name): "the name \(quoted(name)) is reserved"
        case .duplicateName(let name): "the tensor \(quoted(name)) occurs twice"
        case .metadataNotText: "\"__metadata__\" is not an object of strings"
        case .invalidField(let tensor, let field): "tensor \(quoted(tensor)) has no valid \"\(field)\""
        case .unsupportedType(let tensor, let type):
            "tensor \(quoted(tensor)) has the type \(quoted(type)); known are "
                + SafetensorsFile.ElementType.allCases.map(\.rawValue).joined(separator: ", ")
        case .rankTooHigh(let tensor, let rank):
            "tensor \(quoted(tensor)) has \(rank) axes; at most \(SafetensorsFile.maximumRank) are allowed"
        case .shapeOverflow(let tensor): "the shape of tensor \(quoted(tensor)) overflows"
        case .wrongByteCount(let tensor, let stated, let needed):
            "tensor \(quoted(tensor)) spans \(stated) bytes, but its shape needs \(needed)"
        case .notContiguous(let tensor, let begin, let expected):
            "tensor \(quoted(tensor)) starts at byte \(begin) of the data instead of \(expected)"
        case .wrongLength(let dataByteCount, let expected):
            "the file holds \(dataByteCount) bytes of data instead of \(expected)"
        case .tooMuchData(let byteCount):
            "\(byteCount) bytes of data exceed \(SafetensorsFile.maximumDataByteCount)"
        }
    }
}
