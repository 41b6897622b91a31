import Foundation
import Interchange
import TestSupport
import Testing
import Training

@Suite("What a checkpoint says of its run")
struct CheckpointRecordTests {
    private let configuration = Fakes.configuration(epochs: StoredRun.epochs)
    private let path = "/run/checkpoints/step-0000000090.safetensors"

    private func checkpoint() throws -> SafetensorsFile {
        let storage = MemoryStorage()
        #expect(StoredRun.train(on: storage).failure == nil)
        return try Seal.opened(storage.contents(of: path), name: path)
    }

    private func plan(images: Int) throws -> TrainingPlan {
        try TrainingPlan(configuration.training, dataset: Fakes.dataset(training: images, test: 10))
    }

    @Test("a run goes on from where its checkpoint stood, but not with more images or fewer")
    func images() throws {
        let record = try CheckpointRecord(in: try checkpoint(), path: path)
        let plan = try plan(images: 10)
        #expect(try record.progress(for: configuration, plan: plan, path: path).completedSteps(in: plan) == 90)
        for count in [9, 11] {
            #expect(throws: CheckpointError.otherImages(path: path, checkpoint: 10, now: count)) {
                try record.progress(for: configuration, plan: self.plan(images: count), path: path)
            }
        }
    }

    @Test("a checkpoint that says what no run comes to is damaged, whatever its checksum")
    func impossible() throws {
        var file = try checkpoint()
        let said = try #require(file.metadata["run"])
        #expect(said.contains("\"batches\":0"))
        file.metadata["run"] = said.replacing("\"batches\":0", with: "\"batches\":-1")
        let record = try CheckpointRecord(in: file, path: path)
        let error = #expect(throws: CheckpointError.self) {
            try record.progress(for: configuration, plan: self.plan(images: 10), path: path)
        }
        #expect(error?.category == .badData)
    }

    @Test("what only looks like a checkpoint by its name is passed over")
    func others() throws {
        try withTemporaryFolder { folder in
            let store = CheckpointStore(folder: folder)
            for name in ["step-12.safetensors", "step-12345678901.safetensors", "step-000000001x.safetensors"] {
                try AtomicFile.write([1], to: "\(folder)/\(name)")
            }
            #expect(throws: CheckpointError.weightsAlone(folder: folder)) { try store.newest { _ in } }
            #expect(try CheckpointStore(folder: folder + "/none").newest { _ in } == nil)
        }
    }

    @Test("a checkpoint that cannot be read is put aside like one that is damaged")
    func unreadable() throws {
        try withTemporaryFolder { folder in
            let store = CheckpointStore(folder: folder)
            try store.save(SafetensorsFile(metadata: ["of": "1"], tensors: []), step: 1)
            let newer = folder + "/step-0000000002.safetensors"
            #expect(mkdir(newer, 0o777) == 0)
            var notes: [String] = []
            let found = try store.newest { notes.append($0) }
            #expect(found?.file.metadata["of"] == "1")
            #expect(notes.count == 1 && notes[0].hasPrefix("\(newer): cannot be read: "), "\(notes)")
            #expect(FileManager.default.fileExists(atPath: newer + ".corrupt"))
        }
    }
}
