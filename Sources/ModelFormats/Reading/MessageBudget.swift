/// Looks over a message of protocol buffers before it is decoded, and refuses it when it would become far larger in memory
/// than it is.
///
/// An empty part takes two bytes in a file and some hundred when decoded, and a list of small numbers eight times its bytes: a
/// file of a few megabytes could ask for gigabytes. So parts and numbers are counted first, without memory of their own.
struct MessageBudget {
    /// The parts of a message that are worth counting: fields that hold messages, and those that hold packed numbers.
    struct Outline: Sendable {
        var messages: [UInt64: Outline] = [:]
        var numbers: Set<UInt64> = []
    }

    /// Why a message is refused.
    enum Problem: Error {
        /// The bytes are no message.
        case malformed
        /// It has more parts and numbers than the limit.
        case tooManyParts(limit: Int)
    }

    private let limit: Int
    private var spent = 0

    /// A budget of so many parts and numbers.
    init(limit: Int) { self.limit = limit }

    /// Counts the message in `bytes`.
    mutating func count(_ bytes: ArraySlice<UInt8>, as outline: Outline) throws(Problem) {
        var rest = bytes
        while !rest.isEmpty {
            spent += 1
            let key = try Self.varint(&rest)
            switch key & 7 {
            case 0: _ = try Self.varint(&rest)
            case 1: rest = try Self.dropping(8, of: rest)
            case 5: rest = try Self.dropping(4, of: rest)
            case 2:
                let length = try Self.varint(&rest)
                guard length <= UInt64(rest.count) else { throw .malformed }
                let content = rest.prefix(Int(length))
                rest = rest.dropFirst(Int(length))
                if outline.numbers.contains(key >> 3) { spent += content.count }
                if let inner = outline.messages[key >> 3] { try count(content, as: inner) }
            // Groups are not used by any of the formats.
            default: throw .malformed
            }
            if spent > limit { throw .tooManyParts(limit: limit) }
        }
    }

    private static func dropping(_ count: Int, of bytes: ArraySlice<UInt8>) throws(Problem) -> ArraySlice<UInt8> {
        guard bytes.count >= count else { throw .malformed }
        return bytes.dropFirst(count)
    }

    private static func varint(_ bytes: inout ArraySlice<UInt8>) throws(Problem) -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 64, by: 7) {
            guard let byte = bytes.popFirst() else { throw .malformed }
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
        }
        throw .malformed
    }
}

extension MessageBudget.Outline {
    /// A part that holds nothing else worth counting.
    static let leaf = MessageBudget.Outline()

    /// ONNX: the header's lists, and the graph with its nodes, tensors and values.
    static let onnxModel = {
        let dimension = MessageBudget.Outline(messages: [1: .leaf])
        let value = MessageBudget.Outline(messages: [2: .init(messages: [1: .init(messages: [2: dimension])])])
        let tensor = MessageBudget.Outline(numbers: [1])
        let node = MessageBudget.Outline(messages: [5: .init(numbers: [7, 8])])
        let graph = MessageBudget.Outline(messages: [1: node, 5: tensor, 11: value, 12: value])
        return MessageBudget.Outline(messages: [7: graph, 8: .leaf, 14: .leaf])
    }()

    /// TensorBoard: an event's summary with its values, histograms and tensors.
    static let event = {
        let tensor = MessageBudget.Outline(messages: [2: .init(messages: [2: .leaf])], numbers: [5])
        let value = MessageBudget.Outline(messages: [8: tensor, 5: .init(numbers: [6, 7])])
        return MessageBudget.Outline(messages: [5: .init(messages: [1: value])])
    }()
}
