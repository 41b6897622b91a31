import Execution
import Foundation
import SpatialTransformers

/// One training step of the CIFAR-10 network and nothing else: timed from outside, from the process's start to its end.
public struct StartupReport: MeasuredReport {
    let loss: Double
    let isa: String
    let threads: Int
    let precision = "float32"

    /// Makes the network and 64 random images, and trains one step.
    ///
    /// - Throws: ``ExecutionError`` when `STN_ISA` is wrong.
    public init(threadCount: Int) throws {
        let executor = try Classifier(
            ReadyMade.seed(classes: 10), input: [32, 32, 3], seed: 0, threadCount: threadCount
        ).executor
        let batch = 64
        let data = BenchmarkBatch(count: batch, classes: 10, imageSize: executor.inputCount)
        let sum = try data.withBuffers { images, labels in
            try executor.trainingStep(
                images: images, labels: labels, step: 0, update: OptimizerUpdate(kind: .sgd, learningRate: 0.01)
            ).lossSum
        }
        loss = sum / Double(batch)
        isa = executor.instructionSet.rawValue
        threads = threadCount
    }

    /// What was done, for people.
    public var text: String {
        String(format: "one training step done, loss %.4f · %@ · %d threads · %@", loss, isa, threads, precision)
    }
}
