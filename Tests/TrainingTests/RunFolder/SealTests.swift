import Foundation
import Interchange
import Testing
import Training

@Suite("Sealed checkpoints")
struct SealTests {
    private func sealed(byteCount: Int) throws -> [UInt8] {
        let data = (0..<byteCount).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
        return try Seal.sealed(
            SafetensorsFile(
                metadata: ["note": "with \"sha256\":\"quotes\""],
                tensors: [.init(name: "a", shape: [byteCount], unsignedBytes: data)]))
    }

    @Test("a sealed file is a safetensors file, and opens to what was sealed")
    func roundTrip() throws {
        let bytes = try sealed(byteCount: 300)
        let file = try Seal.opened(bytes, name: "a")
        #expect(file == (try SafetensorsFile(parsing: bytes)))
        #expect(file.metadata["sha256"]?.count == 64)
        #expect(file.tensors[0].bytes.count == 300)
    }

    @Test("the seal covers the last byte, wherever the blocks end in which a file is read")
    func lastByte() throws {
        try withTemporaryFolder { folder in
            // The head is a block of this length, later ones of 2²⁰.
            let head = 8 + SafetensorsFile.maximumHeaderByteCount
            let overhead = try sealed(byteCount: head).count - head
            for excess in [-1, 0, 1, 2, 1 << 20, 1 << 20 + 1] {
                let path = "\(folder)/sealed.safetensors"
                var bytes = try sealed(byteCount: head - overhead + excess)
                #expect(bytes.count == head + excess)
                try AtomicFile.write(bytes, to: path)
                try Seal.check(path)
                bytes[bytes.count - 1] ^= 1
                try AtomicFile.write(bytes, to: path)
                #expect(throws: CheckpointError.self, "\(excess)") { try Seal.check(path) }
            }
        }
    }

    @Test("a name that ends like a seal is none, and stands in no seal's way")
    func nameOfSeal() throws {
        let name = "a\",\"sha256"
        let file = SafetensorsFile(metadata: [name: String(repeating: "1", count: 64)], tensors: [])
        let opened = try Seal.opened(Seal.sealed(file), name: "sealed")
        #expect(opened.metadata[name] == file.metadata[name] && opened.metadata["sha256"] != nil)
        #expect(throws: CheckpointError.self) { try Seal.opened(file.encoded(), name: "without") }
    }

    /// All 524,288 take minutes; `STN_ALL_BITS=1` goes through them, otherwise each of the header and each 97th behind it.
    @Test("the flip of any single bit of 64 KiB is seen")
    func flips() throws {
        var bytes = try sealed(byteCount: (1 << 16) - 256)
        #expect((65_000...65_536).contains(bytes.count))
        let all = ProcessInfo.processInfo.environment["STN_ALL_BITS"] != nil
        let header = 8 * 256
        let bits =
            all ? Array(0..<bytes.count * 8) : Array(0..<header) + stride(from: header, to: bytes.count * 8, by: 97)
        var unseen: [Int] = []
        for bit in bits {
            bytes[bit / 8] ^= 1 << (bit % 8)
            if (try? Seal.opened(bytes, name: "a")) != nil { unseen.append(bit) }
            bytes[bit / 8] ^= 1 << (bit % 8)
        }
        #expect(unseen.isEmpty)
        #expect(bits.count > 7000)
        #expect((try? Seal.opened(bytes, name: "a")) != nil)
    }

    @Test("a file that is cut off anywhere, or goes on behind its end, is seen")
    func lengths() throws {
        let bytes = try sealed(byteCount: 300)
        for count in 0..<bytes.count {
            #expect(throws: (any Error).self) { try Seal.opened(Array(bytes.prefix(count)), name: "a") }
        }
        #expect(throws: (any Error).self) { try Seal.opened(bytes + [0], name: "a") }
    }

    @Test("a damaged checkpoint is put aside for the one before it, and two are kept")
    func fallback() throws {
        let storage = MemoryStorage()
        let store = CheckpointStore(folder: "/c", files: storage)
        for step in 1...4 {
            try store.save(
                SafetensorsFile(tensors: [.init(name: "s", shape: [1], integers: [Int64(step)])]), step: step)
        }
        let paths = ["/c/step-0000000003.safetensors", "/c/step-0000000004.safetensors"]
        #expect(storage.names.keys.sorted() == paths)
        try storage.truncate(paths[1], to: 50)
        var notes: [String] = []
        let found = try store.newest { notes.append($0) }
        #expect(found?.path == paths[0])
        #expect(try found?.file.integers(named: "s") == [3])
        #expect(notes.count == 1 && notes[0].contains(paths[1]) && notes[0].contains("falling back"))
        #expect(storage.names.keys.sorted() == [paths[0], paths[1] + ".corrupt"])
        try storage.truncate(paths[0], to: 0)
        let error = #expect(throws: CheckpointError.self) { try store.newest { _ in } }
        #expect(error == .noneIntact(folder: "/c", count: 2))
        #expect(error?.category == .badData)
        // Put aside, they must not make the folder one in which nothing was saved.
        #expect(throws: CheckpointError.noneIntact(folder: "/c", count: 2)) { try store.newest { _ in } }
    }

    @Test("weights without a checkpoint are no run that has not begun")
    func weightsAlone() throws {
        let store = CheckpointStore(folder: "/c", files: MemoryStorage())
        #expect(try store.newest { _ in } == nil)
        try store.save(SafetensorsFile(tensors: []), to: "/c/best.safetensors")
        #expect(throws: CheckpointError.weightsAlone(folder: "/c")) { try store.newest { _ in } }
    }
}
