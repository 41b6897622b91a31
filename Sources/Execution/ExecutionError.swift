import Tensors

/// What can go wrong when a network is compiled or fed.
public enum ExecutionError: UserFacingError, Equatable {
    /// `STN_ISA` holds a name that is none.
    case unknownInstructionSet(String)
    /// `STN_ISA` names a set that this processor lacks.
    case unavailableInstructionSet(InstructionSet)
    /// Input of another size than the network's.
    case wrongInputSize(given: Int, needed: Int)
    /// A label that is no class.
    case labelOutOfRange(label: Int32, classes: Int)
    /// Label smoothing outside 0 … 1.
    case labelSmoothingOutOfRange(Float)
    /// A training step came to a number that nothing can be learned from; nothing was changed.
    case numericFault(NumericFault)
    /// The network, or what a batch of this size takes, does not fit in memory.
    case outOfMemory(MemoryShortage)

    /// Wrong settings are usage errors, wrong contents bad data, what cannot go on a failure.
    public var category: ErrorCategory {
        switch self {
        case .unknownInstructionSet, .unavailableInstructionSet, .labelSmoothingOutOfRange: .usage
        case .wrongInputSize, .labelOutOfRange: .badData
        case .numericFault: .internalFailure
        case .outOfMemory(let shortage): shortage.category
        }
    }

    /// One line: what, and what to do.
    public var description: String {
        switch self {
        case .unknownInstructionSet(let name):
            "STN_ISA is '\(name)', but must be one of \(Self.names(InstructionSet.allCases))"
        case .unavailableInstructionSet(let set):
            "STN_ISA asks for \(set.rawValue), which this processor lacks; it has \(Self.names(InstructionSet.available))"
        case .wrongInputSize(let given, let needed):
            "the network was given \(given) numbers, but needs \(needed)"
        case .labelSmoothingOutOfRange(let smoothing):
            "label smoothing is \(smoothing), but must be between 0 and 1"
        case .numericFault(let fault):
            "training came to \(fault), and changed nothing; lower the learning rate, or look at the images"
        case .outOfMemory(let shortage): shortage.description
        case .labelOutOfRange(let label, let classes):
            "label \(label) is not one of the network's \(classes) classes (0 to \(classes - 1))"
        }
    }

    /// ``outOfMemory(_:)`` where so many bytes cannot be had.
    static func checkMemory(_ byteCount: Int, for purpose: String, cure: String) throws(ExecutionError) {
        do { try MemoryShortage.check(byteCount, for: purpose, cure: cure) } catch { throw .outOfMemory(error) }
    }

    private static func names(_ sets: [InstructionSet]) -> String {
        sets.map(\.rawValue).joined(separator: ", ")
    }
}
