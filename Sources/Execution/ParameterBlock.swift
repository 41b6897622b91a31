import Networks
import Tensors

/// All parameters of a network in one block of memory, their gradients in another of the same layout.
///
/// One block makes the optimizer one pass, a checkpoint one write and an all-reduce one call. Each parameter starts on a
/// cache line; the gaps stay zero. Statistics, which are not learned, come behind all that is: the optimizer ends before
/// them, and their gradients stay zero.
public final class ParameterBlock {
    /// Where a parameter lies, in floats.
    public struct Entry: Sendable {
        /// The parameter's full name.
        public let name: String
        /// Shape and layout.
        public let specification: ParameterSpecification
        /// Whether it belongs to a localization network.
        public let isLocalization: Bool
        /// The place of its first number.
        public let offset: Int

        /// Its place in the block.
        public var range: Range<Int> { offset..<offset + specification.shape.count }
    }

    /// The parameters in the order of the graph.
    public let entries: [Entry]
    /// Floats in the block, gaps included.
    public let count: Int
    /// Floats up to the first statistic: all that an optimizer changes.
    public let learnedCount: Int
    /// Changes whenever values do, so that what is derived from them (packed weights) knows when it is stale.
    public private(set) var version = 0
    private let valueBuffer: AlignedBuffer
    private let gradientBuffer: AlignedBuffer

    /// The parameters of `graph`, drawn from `seed`.
    public init(for graph: Graph, seed: UInt64) {
        var offset = 0
        var offsets = [Int](repeating: 0, count: graph.parameters.count)
        func place(learned: Bool) {
            for (index, parameter) in graph.parameters.enumerated()
            where (parameter.specification.role == .learned) == learned {
                offsets[index] = offset
                offset += (parameter.specification.shape.count + 15) / 16 * 16
            }
        }
        place(learned: true)
        learnedCount = offset
        place(learned: false)
        count = offset
        entries = zip(graph.parameters, offsets).map { parameter, offset in
            Entry(
                name: parameter.name, specification: parameter.specification,
                isLocalization: parameter.isLocalization, offset: offset)
        }
        valueBuffer = AlignedBuffer(floats: offset)
        gradientBuffer = AlignedBuffer(floats: offset)
        for (index, entry) in entries.enumerated() { initialize(entry, index: index, seed: seed) }
    }

    /// All values; whoever writes calls ``markChanged()``.
    public var values: UnsafeMutableBufferPointer<Float> { valueBuffer.floats }

    /// All gradients of the last training step.
    public var gradients: UnsafeMutableBufferPointer<Float> { gradientBuffer.floats }

    /// Says that values were written.
    public func markChanged() { version += 1 }

    /// What is learned, cut where parameters of localization networks and others meet; gaps belong to the piece before
    /// them.
    package var learningGroups: [(range: Range<Int>, isLocalization: Bool)] {
        var groups: [(range: Range<Int>, isLocalization: Bool)] = []
        let learned = entries.filter { $0.specification.role == .learned }
        for (index, entry) in learned.enumerated() {
            let end = index + 1 < learned.count ? learned[index + 1].offset : learnedCount
            if let last = groups.last, last.isLocalization == entry.isLocalization {
                groups[groups.count - 1].range = last.range.lowerBound..<end
            } else {
                groups.append((entry.offset..<end, entry.isLocalization))
            }
        }
        return groups
    }

    /// A copy of one parameter's values.
    public func tensor(_ entry: Entry) -> Tensor<Float> {
        Tensor(entry.specification.shape, Array(values[entry.range]))
    }

    /// A copy of one parameter's gradients.
    public func gradient(_ entry: Entry) -> Tensor<Float> {
        Tensor(entry.specification.shape, Array(gradients[entry.range]))
    }

    /// Replaces one parameter's values.
    ///
    /// - Precondition: the shape is the parameter's.
    public func assign(_ tensor: Tensor<Float>, to entry: Entry) {
        precondition(tensor.shape == entry.specification.shape, "\(entry.name) is not \(tensor.shape)")
        for (index, value) in zip(entry.range, tensor.values) { values[index] = value }
        markChanged()
    }

    /// Whether every value is finite.
    public var isFinite: Bool { values.allSatisfy(\.isFinite) }

    private func initialize(_ entry: Entry, index: Int, seed: UInt64) {
        switch entry.specification.initializer {
        case .uniform(let fanIn):
            let bound = 1 / Float(fanIn).squareRoot()
            var generator = RandomStream(
                seed: seed, purpose: .initialization, index: UInt16(truncatingIfNeeded: index)
            ).generator
            for place in entry.range { values[place] = generator.uniform(-bound, bound) }
        case .values(let given):
            precondition(
                given.count == 1 || given.count == entry.specification.shape.count,
                "\(given.count) initial values for \(entry.name) of shape \(entry.specification.shape)")
            for (index, place) in entry.range.enumerated() { values[place] = given[given.count == 1 ? 0 : index] }
        }
    }
}
