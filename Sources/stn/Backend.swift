import Datasets
import Foundation
import Tensors
import Training

/// What the commands need from the other modules: the one place where those are plugged in.
struct Backend {
    /// Reads or draws a data set; `seed` decides how folders are split and glyphs drawn.
    var loadDataset: (_ request: DatasetRequest, _ seed: UInt64) throws -> Dataset
    /// A model with fresh weights for the images of `dataset`.
    var makeModel: (_ configuration: RunConfiguration, _ dataset: Dataset) throws -> any TrainableModel
    /// A model with the weights of a checkpoint.
    var loadModel:
        (_ checkpoint: CheckpointLocation, _ configuration: RunConfiguration, _ dataset: Dataset) throws ->
            any TrainableModel
    /// Draws a sheet of pictures into a run's folder while it trains; nil draws none.
    var drawFigures:
        (
            (_ model: any TrainableModel, _ dataset: Dataset, _ report: EpochReport, _ folder: RunFolder)
                throws -> Void
        )?
    /// Draws a checkpoint's pictures and returns the files written.
    var visualize: (VisualizationRequest) throws -> [String]
    /// Downloads or unpacks data sets and returns a line to print for each.
    var fetchData: (DataFetchRequest) throws -> [String]
    /// Checks data sets against their checksums and returns a line to print for each.
    var verifyData: (_ names: [String], _ dataDirectory: String?) throws -> [String]
    /// Returns a line for each data set, with what is there.
    var listData: (_ dataDirectory: String?) throws -> [String]
    /// Measures, and returns what to print.
    var runBenchmark: (BenchmarkRequest) throws -> String
    /// Describes the machine and what was chosen for it; returns what to print.
    var diagnose: (_ asJSON: Bool) throws -> String
    /// The instruction set that kernels run with.
    var instructionSet: () -> String
}

/// What `stn visualize` was asked for.
struct VisualizationRequest {
    var checkpoint: CheckpointLocation
    var configuration: RunConfiguration
    /// The picture's file; nil for the run's folder of figures.
    var output: String?
    var count: Int
}

/// What `stn data fetch` was asked for.
struct DataFetchRequest {
    var names: [String]
    var mirror: String?
    var archive: String?
    var dataDirectory: String?
}

/// What `stn bench` was asked for.
struct BenchmarkRequest {
    enum Subject: String { case train, infer, sample }
    var subject: Subject
    var batchSize: Int
    var repetitions: Int
    var threads: Int?
    var asJSON: Bool
}

/// A part that this build was made without.
struct MissingPart: UserFacingError {
    var part: String
    var category: ErrorCategory { .unavailable }
    var description: String { "this build of stn was made without \(part); build it with all its modules" }
}

extension Backend {
    /// What this build is made of.
    static var current: Backend {
        Backend(
            loadDataset: { _, _ in throw MissingPart(part: "data sets") },
            makeModel: { _, _ in throw MissingPart(part: "networks") },
            loadModel: { _, _, _ in throw MissingPart(part: "networks") },
            drawFigures: nil,
            visualize: { _ in throw MissingPart(part: "pictures") },
            fetchData: { _ in throw MissingPart(part: "data sets") },
            verifyData: { _, _ in throw MissingPart(part: "data sets") },
            listData: { _ in throw MissingPart(part: "data sets") },
            runBenchmark: { _ in throw MissingPart(part: "benchmarks") },
            diagnose: { _ in throw MissingPart(part: "the doctor") },
            instructionSet: { "unknown" })
    }
}
