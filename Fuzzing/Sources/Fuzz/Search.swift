import CLibFuzzer
import Foundation
import ReaderChecks
import Tensors

/// A search of libFuzzer's for bytes that break a promise of one reader.
///
/// libFuzzer calls C functions without a context, on one thread: hence the two variables.
enum Search {
    nonisolated(unsafe) private static var check = ReaderCheck.safetensors
    nonisolated(unsafe) private static var scratch: ScratchFolder?

    /// Chooses the reader.
    static func begin(_ check: ReaderCheck) throws {
        self.check = check
        scratch = try ScratchFolder()
    }

    /// Runs libFuzzer, which ends the process.
    static func run(_ arguments: ArraySlice<String>) -> Never {
        Counters.register { replay(folders: arguments.filter { !$0.hasPrefix("-") }) }
        var pointers = ([CommandLine.arguments[0]] + arguments).map { strdup($0) } + [nil]
        var count = Int32(pointers.count - 1)
        let code = pointers.withUnsafeMutableBufferPointer { buffer in
            var base = buffer.baseAddress
            return withUnsafeMutablePointer(to: &base) { LLVMFuzzerRunDriver(&count, $0, readInput) }
        }
        exit(code)
    }

    private static func replay(folders: [String]) {
        for folder in folders {
            for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] {
                guard let data = FileManager.default.contents(atPath: "\(folder)/\(name)") else { continue }
                _ = data.withUnsafeBytes { read($0.bindMemory(to: UInt8.self).baseAddress, $0.count) }
            }
        }
    }

    /// Reads one input; a broken promise ends the process, and libFuzzer keeps the input.
    static func read(_ data: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
        guard let scratch else { return 0 }
        do {
            _ = try check.accepts(Array(UnsafeBufferPointer(start: data, count: count)), scratch: scratch)
            return 0
        } catch {
            fatalError("\(check.name): \(error)")
        }
    }

    /// Changes an input in place and returns its new size.
    static func mutate(_ data: UnsafeMutablePointer<UInt8>, _ count: Int, _ maximum: Int, _ seed: UInt32) -> Int {
        guard check.form.isMoreThanBytes else { return LLVMFuzzerMutate(data, count, maximum) }
        var generator = RandomStream(seed: UInt64(seed), purpose: .testing).generator
        let bytes = Array(UnsafeBufferPointer(start: data, count: count))
        let mutated = check.form.mutated(bytes, using: &generator) { part, _ in changed(part, maximum: maximum) }
        guard mutated.count <= maximum else { return LLVMFuzzerMutate(data, count, maximum) }
        UnsafeMutableBufferPointer(start: data, count: maximum).update(fromContentsOf: mutated)
        return mutated.count
    }

    private static func changed(_ bytes: [UInt8], maximum: Int) -> [UInt8] {
        let capacity = max(maximum, bytes.count)
        return [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
            buffer.update(fromContentsOf: bytes)
            count = LLVMFuzzerMutate(buffer.baseAddress, bytes.count, capacity)
        }
    }
}

private func readInput(_ data: UnsafePointer<UInt8>?, _ count: Int) -> Int32 { Search.read(data, count) }

@_cdecl("LLVMFuzzerCustomMutator")
func mutate(_ data: UnsafeMutablePointer<UInt8>, _ count: Int, _ maximum: Int, _ seed: UInt32) -> Int {
    Search.mutate(data, count, maximum, seed)
}
