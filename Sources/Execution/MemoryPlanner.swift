/// Lays buffers out in one block so that those in use at the same time never overlap.
///
/// - Source: greedy best fit by decreasing size, as in Pisarchyk & Lee, "Efficient memory management for deep neural net
///   inference" (arXiv:2001.03288).
package struct MemoryPlanner {
    /// A buffer to be: its place is known once all are.
    package struct Slot: Hashable, Sendable {
        let index: Int
    }

    /// A buffer's size and the moments between which its contents matter, both included.
    package struct Request: Sendable {
        package let byteCount: Int
        package let first: Int
        package let last: Int
    }

    package private(set) var requests: [Request] = []

    package init() {}

    /// Asks for `byteCount` bytes whose contents matter from moment `first` to moment `last`.
    package mutating func reserve(byteCount: Int, from first: Int, to last: Int) -> Slot {
        precondition(byteCount >= 0 && first <= last, "a buffer of \(byteCount) bytes from \(first) to \(last)")
        requests.append(Request(byteCount: byteCount, first: first, last: last))
        return Slot(index: requests.count - 1)
    }

    /// Places of all buffers, in bytes, and the size of the block.
    ///
    /// Sizes are rounded up to cache lines, with two between neighbours for what kernels read past an end.
    /// - Complexity: O(n²) for n buffers.
    package func layout() -> (offsets: [Int], byteCount: Int) {
        var offsets = [Int](repeating: 0, count: requests.count)
        var placed: [Int] = []
        var total = 0
        for index in requests.indices.sorted(by: { requests[$0].byteCount > requests[$1].byteCount }) {
            let size = paddedSize(index)
            let neighbours = placed.filter { overlapsInTime($0, index) }.sorted { offsets[$0] < offsets[$1] }
            var best: (offset: Int, gap: Int)?
            var end = 0
            for neighbour in neighbours {
                let gap = offsets[neighbour] - end
                if gap >= size, best.map({ gap < $0.gap }) ?? true { best = (end, gap) }
                end = max(end, offsets[neighbour] + paddedSize(neighbour))
            }
            offsets[index] = best?.offset ?? end
            total = max(total, offsets[index] + size)
            placed.append(index)
        }
        return (offsets, total)
    }

    private func paddedSize(_ index: Int) -> Int { (requests[index].byteCount + 63) / 64 * 64 + 128 }

    private func overlapsInTime(_ a: Int, _ b: Int) -> Bool {
        requests[a].first <= requests[b].last && requests[b].first <= requests[a].last
    }
}
