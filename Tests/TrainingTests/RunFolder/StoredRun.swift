import Datasets
import Interchange
import Training

/// A run of a ``RecordingModel`` on a ``MemoryStorage``, every step saved.
struct StoredRun {
    /// An epoch whose observers were all told that it is saved.
    struct Commit {
        /// What the storage had been asked to do until then.
        var operationCount: Int
        var step: Int
    }

    static let store = "/run/checkpoints"
    static let epochs = 30

    /// Told of steps and epochs after the writer of checkpoints.
    private final class Witness: TrainingObserver {
        var commits: [Commit] = []
        private let storage: MemoryStorage
        init(_ storage: MemoryStorage) { self.storage = storage }
        func batchDidFinish(_ report: BatchReport) throws { note(report.completedSteps) }
        func epochDidFinish(_ report: EpochReport) throws { note(report.completedSteps) }
        private func note(_ step: Int) {
            commits.append(Commit(operationCount: storage.operations.count, step: step))
        }
    }

    /// Trains until the end or the first failure.
    static func train(on storage: MemoryStorage) -> (commits: [Commit], failure: (any Error)?) {
        let witness = Witness(storage)
        do {
            var configuration = Fakes.configuration(epochs: epochs)
            configuration.saveEvery = 1
            let model = RecordingModel(testCount: 10)
            // Better with every other epoch, so that the best weights change, too.
            for epoch in 0..<epochs {
                let loss = epoch % 2 == 0 ? 1.0 : 2.0
                model.tests.append((accuracy: 0.1 + 0.01 * Double(epoch), loss: loss))
            }
            let metrics = try Journal("metrics.jsonl", in: "/run", keeping: 0, files: storage)
            let writer = CheckpointWriter(
                model: model, store: CheckpointStore(folder: store, files: storage), configuration: configuration,
                metadata: [:], journals: [metrics], from: TrainingProgress())
            _ = try Trainer(
                model: model, dataset: Fakes.dataset(training: 10, test: 10),
                configuration: configuration.training, observers: [MetricsWriter(metrics), writer, witness]
            ).run()
            return (witness.commits, nil)
        } catch {
            return (witness.commits, error)
        }
    }
}
