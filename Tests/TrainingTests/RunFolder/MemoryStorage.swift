import Foundation
import Interchange

/// Files in memory: records what is done to them, fails where it is told to, and knows what a loss of power may leave of them.
///
/// The model is POSIX's, not that of a particular file system: what was written is safe once the file was synchronized, what
/// was created, renamed or removed once its folder was, and before that anything may have come through, in any order.
final class MemoryStorage: Storage {
    /// What changes something.
    enum Operation {
        case link(path: String, file: Int)
        case rename(from: String, to: String)
        case remove(path: String)
        case write(file: Int, bytes: [UInt8])
        case truncate(file: Int, byteCount: Int)
        case synchronize(file: Int)
        case synchronizeFolder(path: String)
    }

    private(set) var operations: [Operation] = []
    /// Files by path, and their contents.
    private(set) var names: [String: Int]
    private(set) var contents: [Int: [UInt8]]
    /// The most that one call takes.
    var largestWrite = Int.max
    /// Asked before each call, by its number from 0; a number of `errno` makes it fail.
    var failure: (Int) -> Int32? = { _ in nil }
    private(set) var callCount = 0
    private var descriptors: [Int32: Int] = [:]
    private var nextFile: Int

    init(names: [String: Int] = [:], contents: [Int: [UInt8]] = [:]) {
        (self.names, self.contents) = (names, contents)
        nextFile = (contents.keys.max() ?? 0) + 1
    }

    func create(_ path: String) throws(SystemFailure) -> Int32 {
        try call()
        guard names[path] == nil else { throw SystemFailure(code: EEXIST) }
        return open(path)
    }

    func openEnd(of path: String) throws(SystemFailure) -> Int32 {
        try call()
        return open(path)
    }

    func write(_ bytes: ArraySlice<UInt8>, to descriptor: Int32) throws(SystemFailure) -> Int {
        try call()
        guard let file = descriptors[descriptor] else { throw SystemFailure(code: EBADF) }
        let taken = Array(bytes.prefix(largestWrite))
        contents[file, default: []] += taken
        operations.append(.write(file: file, bytes: taken))
        return taken.count
    }

    func synchronize(_ descriptor: Int32) throws(SystemFailure) {
        try call()
        guard let file = descriptors[descriptor] else { throw SystemFailure(code: EBADF) }
        operations.append(.synchronize(file: file))
    }

    func close(_ descriptor: Int32) throws(SystemFailure) {
        descriptors[descriptor] = nil
        try call()
    }

    func rename(_ path: String, to newPath: String) throws(SystemFailure) {
        try call()
        guard let file = names.removeValue(forKey: path) else { throw SystemFailure(code: ENOENT) }
        names[newPath] = file
        operations.append(.rename(from: path, to: newPath))
    }

    func remove(_ path: String) throws(SystemFailure) {
        try call()
        guard names.removeValue(forKey: path) != nil else { throw SystemFailure(code: ENOENT) }
        operations.append(.remove(path: path))
    }

    func truncate(_ path: String, to byteCount: Int) throws(SystemFailure) {
        try call()
        guard let file = names[path], let bytes = contents[file] else { throw SystemFailure(code: ENOENT) }
        contents[file] = Array(bytes.prefix(byteCount))
        operations.append(.truncate(file: file, byteCount: byteCount))
    }

    func synchronizeFolder(_ path: String) throws(SystemFailure) {
        try call()
        operations.append(.synchronizeFolder(path: path))
    }

    func names(in folder: String) throws(SystemFailure) -> [String] {
        try call()
        return names.keys.filter { Self.folder(of: $0) == folder }.map { String($0.dropFirst(folder.count + 1)) }
    }

    func contents(of path: String) throws(SystemFailure) -> [UInt8] {
        try call()
        guard let bytes = self[path] else { throw SystemFailure(code: ENOENT) }
        return bytes
    }

    /// The content of a file, if there is one, without a call.
    subscript(path: String) -> [UInt8]? { names[path].flatMap { contents[$0] } }

    static func folder(of path: String) -> String { String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)]) }

    private func call() throws(SystemFailure) {
        defer { callCount += 1 }
        if let code = failure(callCount) { throw SystemFailure(code: code) }
    }

    private func open(_ path: String) -> Int32 {
        let file: Int
        if let present = names[path] {
            file = present
        } else {
            file = nextFile
            nextFile += 1
            (names[path], contents[file]) = (file, [])
            operations.append(.link(path: path, file: file))
        }
        let descriptor = (descriptors.keys.max() ?? 2) + 1
        descriptors[descriptor] = file
        return descriptor
    }
}
