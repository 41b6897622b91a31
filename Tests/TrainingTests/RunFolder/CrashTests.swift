import Foundation
import Interchange
import Tensors
import Testing
import Training

@Suite("Losses of power and failing disks")
struct CrashTests {
    /// The steps behind the newest checkpoint, after checking all that lies there; `metrics` is what the lines should be.
    private func recovered(_ storage: MemoryStorage, metrics: [UInt8]) throws -> Int {
        for name in ["last", "best"] {
            let path = "\(StoredRun.store)/\(name).safetensors"
            if let bytes = storage[path] { _ = try Seal.opened(bytes, name: path) }
        }
        var damaged: [String] = []
        let found = try CheckpointStore(folder: StoredRun.store, files: storage).newest { damaged.append($0) }
        #expect(damaged.isEmpty, "\(damaged)")
        guard let found else { return 0 }
        let record = try #require(
            JSONSerialization.jsonObject(with: Data((found.file.metadata["run"] ?? "").utf8)) as? [String: Any])
        let known = try #require((record["journals"] as? [String: Int])?["metrics.jsonl"])
        let lines = storage["/run/metrics.jsonl"] ?? []
        #expect(lines.count >= known && lines.prefix(known).elementsEqual(metrics.prefix(known)))
        let step = Int(try found.file.integers(named: "steps")[0])
        // A line for each epoch that the checkpoint closes.
        let epoch = try #require((record["progress"] as? [String: Any])?["epoch"] as? Int)
        #expect(lines.prefix(known).filter { $0 == UInt8(ascii: "\n") }.count == epoch - 1)
        #expect(found.file.metadata["step"] == "\(step)")
        return step
    }

    @Test("whatever power's loss leaves, the newest checkpoint is whole and no saved step or epoch is lost")
    func powerLoss() throws {
        let storage = MemoryStorage()
        storage.largestWrite = 800
        let (commits, failure) = StoredRun.train(on: storage)
        #expect(failure == nil)
        let metrics = try #require(storage["/run/metrics.jsonl"])
        var loss = PowerLoss()
        var (stateCount, committed, rest) = (0, 0, commits[...])
        for (index, operation) in storage.operations.enumerated() {
            loss.follow(operation)
            while let next = rest.first, next.operationCount <= index + 1 {
                committed = next.step
                rest = rest.dropFirst()
            }
            for state in loss.states {
                stateCount += 1
                let step = try recovered(state, metrics: metrics)
                #expect(step >= committed, "after operation \(index) step \(committed) was lost")
            }
        }
        #expect(committed == StoredRun.epochs * 3)
        #expect(stateCount >= 10_000)
    }

    /// What recovery reads is kept out of the failures.
    private func check(_ storage: MemoryStorage, _ commits: [StoredRun.Commit], at call: Int) throws {
        storage.failure = { _ in nil }
        let step = try recovered(storage, metrics: storage["/run/metrics.jsonl"] ?? [])
        #expect(step >= commits.last?.step ?? 0, "call \(call) lost a step")
    }

    @Test(
        "a call that fails, whichever it is, ends the run with the right exit code and leaves what was saved",
        arguments: [ENOSPC, EIO, EDQUOT])
    func failures(code: Int32) throws {
        let whole = MemoryStorage()
        _ = StoredRun.train(on: whole)
        // Each call of the first epochs, in which every kind of it occurs; then some.
        for call in Array(0..<70) + Array(stride(from: 70, to: whole.callCount, by: 97)) {
            let storage = MemoryStorage()
            storage.failure = { $0 == call ? code : nil }
            let (commits, failure) = StoredRun.train(on: storage)
            if let failure {
                let error = try #require(failure as? any UserFacingError)
                #expect([.cannotCreate, .inputOutput].contains(error.category))
                #expect(!error.description.contains("\n"))
            }
            try check(storage, commits, at: call)
        }
    }

    @Test("a disk that stays full ends the run at once")
    func full() throws {
        let storage = MemoryStorage()
        storage.failure = { $0 >= 60 ? ENOSPC : nil }
        let (commits, failure) = StoredRun.train(on: storage)
        #expect((failure as? any UserFacingError)?.category != nil)
        #expect(!commits.isEmpty)
        try check(storage, commits, at: 60)
    }

    @Test("short writes and interrupted ones are gone on with")
    func shortWrites() throws {
        let storage = MemoryStorage()
        storage.largestWrite = 100
        #expect(StoredRun.train(on: storage).failure == nil)
        let descriptor = try storage.create("/run/short")
        // Only writes are repeated when they are interrupted: the other calls, on local disks, never are.
        storage.failure = { $0 % 2 == 0 ? EINTR : nil }
        let bytes = (0..<1000).map { UInt8(truncatingIfNeeded: $0) }
        try storage.writeAll(bytes, to: descriptor)
        #expect(storage["/run/short"] == bytes)
    }
}
