/// Every state in which a loss of power may leave a ``MemoryStorage``, moment by moment.
struct PowerLoss {
    /// What is on the disk for certain.
    private var names: [String: Int] = [:]
    private var contents: [Int: [UInt8]] = [:]
    /// What may have come through.
    private var pendingNames: [MemoryStorage.Operation] = []
    private var pendingData: [MemoryStorage.Operation] = []

    /// Takes one more operation into account.
    mutating func follow(_ operation: MemoryStorage.Operation) {
        switch operation {
        case .link, .rename, .remove: pendingNames.append(operation)
        case .write, .truncate: pendingData.append(operation)
        case .synchronize(let file):
            let mine = pendingData.filter { Self.file(of: $0) == file }
            pendingData.removeAll { Self.file(of: $0) == file }
            for operation in mine { Self.apply(operation, to: &contents) }
        case .synchronizeFolder(let path):
            let mine = pendingNames.filter { Self.folder(of: $0) == path }
            pendingNames.removeAll { Self.folder(of: $0) == path }
            for operation in mine { Self.apply(operation, to: &names) }
        }
    }

    /// The states that power lost now may leave: each choice of pending names with each fate of pending data.
    var states: [MemoryStorage] {
        nameStates.flatMap { names in dataStates.map { MemoryStorage(names: names, contents: $0) } }
    }

    /// Every subset, in order: there are never more than a few.
    private var nameStates: [[String: Int]] {
        precondition(pendingNames.count <= 8, "\(pendingNames.count) names that no folder's synchronization covers")
        return (0..<1 << pendingNames.count).map { choice in
            var names = names
            for (index, operation) in pendingNames.enumerated() where choice >> index & 1 == 1 {
                Self.apply(operation, to: &names)
            }
            return names
        }
    }

    /// Nothing came through; all of it; all but the end of the last write; the length alone; the last write alone.
    private var dataStates: [[Int: [UInt8]]] {
        guard let last = pendingData.last else { return [contents] }
        let torn = pendingData.dropLast() + [Self.changed(last) { Array($0.prefix($0.count / 2)) }]
        let blank = pendingData.map { Self.changed($0) { [UInt8](repeating: 0, count: $0.count) } }
        let disordered = blank.dropLast() + [last]
        return [[], pendingData, Array(torn), blank, Array(disordered)].map { operations in
            var contents = contents
            for operation in operations { Self.apply(operation, to: &contents) }
            return contents
        }
    }

    private static func changed(
        _ operation: MemoryStorage.Operation, _ change: ([UInt8]) -> [UInt8]
    ) -> MemoryStorage.Operation {
        guard case .write(let file, let bytes) = operation else { return operation }
        return .write(file: file, bytes: change(bytes))
    }

    private static func file(of operation: MemoryStorage.Operation) -> Int? {
        switch operation {
        case .write(let file, _), .truncate(let file, _): file
        default: nil
        }
    }

    private static func folder(of operation: MemoryStorage.Operation) -> String? {
        switch operation {
        case .link(let path, _), .remove(let path), .rename(let path, _): MemoryStorage.folder(of: path)
        default: nil
        }
    }

    private static func apply(_ operation: MemoryStorage.Operation, to names: inout [String: Int]) {
        switch operation {
        case .link(let path, let file): names[path] = file
        case .remove(let path): names[path] = nil
        case .rename(let from, let to):
            // Without its first name a file has no second: both have come through, or neither counts.
            if let file = names.removeValue(forKey: from) { names[to] = file }
        default: break
        }
    }

    private static func apply(_ operation: MemoryStorage.Operation, to contents: inout [Int: [UInt8]]) {
        switch operation {
        case .write(let file, let bytes): contents[file, default: []] += bytes
        case .truncate(let file, let byteCount): contents[file] = Array((contents[file] ?? []).prefix(byteCount))
        default: break
        }
    }
}
