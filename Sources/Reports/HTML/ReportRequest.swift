import Datasets
import Foundation
import Imaging
import Tensors
import Training

/// A report as it is asked for on a command line; nil where nothing is said.
public struct ReportRequest: Sendable {
    /// Folders of runs, at least one; the first is what most of the report is about.
    public var runs: [String]
    /// The page's file; the run's own report.html unless said otherwise.
    public var output: String?
    /// In place of what the first run was trained on and where that lies.
    public var dataset, dataDirectory: String?
    /// Threads that compute, on which results do not depend; as in training unless said otherwise.
    public var threads: String?

    /// A report on runs.
    public init(runs: [String]) {
        precondition(!runs.isEmpty, "a report on no run")
        self.runs = runs
    }

    /// What was written.
    public struct Outcome: Sendable, Equatable {
        /// Files with their sizes, the page first.
        public var files: [(path: String, bytes: Int)]
        /// What the page leaves out and how to have it; nil where it is complete.
        public var omission: String?

        /// Equality of all that was written.
        public static func == (one: Outcome, other: Outcome) -> Bool {
            one.lines == other.lines && one.omission == other.omission
        }

        /// A line for each file: `wrote runs/mnist-affine-001/report.html (812 kB, needs nothing else)`.
        public var lines: [String] {
            files.map { file in
                let isPage = file.path.hasSuffix(".html")
                return "wrote \(file.path) (\(Words.size(file.bytes))\(isPage ? ", opens offline" : ""))"
            }
        }
    }

    /// Computes and writes the page, and the animation beside it or in the run's figures.
    ///
    /// A run whose data set is gone gets a page with what its folder has.
    ///
    /// - Parameter bar: Makes a bar for each part of the work; none unless told otherwise.
    /// - Returns: What was written.
    /// - Throws: ``RunFolderError``, ``ConfigurationError``, ``WeightsError`` for runs that are not what they should be; what is
    ///   wrong with a data set that was named in the request; ``ImagingError`` when a file cannot be written.
    public func write(bar: BarMaker = { _, _, _ in nil }) throws -> Outcome {
        let records = try runs.map { try RunRecord($0) }
        let pagePath = output ?? "\(runs[0])/report.html"
        try Self.requireWritable(pagePath)
        var report = RunReport(runs: records, figures: nil, animationPath: animationPath)
        switch try material(of: records[0]) {
        case .missing(let omission): report.omission = omission
        case .found(let checkpoint, let configuration, let dataset):
            report = RunReport(
                runs: records,
                figures: try RunFigures(
                    of: records[0], checkpoint: checkpoint, configuration: configuration, dataset: dataset, bar: bar),
                animationPath: animationPath)
        }
        let page = Array(try report.html().utf8)
        try WholeFile.write(page, to: pagePath)
        var files = [(path: pagePath, bytes: page.count)]
        if let evolution = report.figures?.evolution {
            let bytes = try evolution.animation.data()
            if output == nil {
                try? FileManager.default.createDirectory(
                    atPath: "\(runs[0])/figures", withIntermediateDirectories: true)
            }
            try WholeFile.write(bytes, to: animationPath)
            files.append((animationPath, bytes.count))
        }
        return Outcome(files: files, omission: report.omission)
    }

    /// Refuses, before minutes of computing, a page that could not be written.
    private static func requireWritable(_ path: String) throws(ImagingError) {
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
        guard FileManager.default.isFolder(folder) else {
            throw .cannotCreate(path: path, reason: "there is no folder \(folder)")
        }
        guard FileManager.default.isWritableFile(atPath: folder) else {
            throw .cannotCreate(path: path, reason: "the folder cannot be written to")
        }
    }

    /// In the run's figures; beside the page where that has a place of its own.
    private var animationPath: String {
        guard let output else { return "\(runs[0])/figures/evolution.png" }
        let stem = output.lowercased().hasSuffix(".html") ? String(output.dropLast(5)) : output
        return "\(stem)-evolution.png"
    }

    /// What figures are computed with, or one sentence on why there are none.
    private enum Material {
        case found(CheckpointLocation, RunConfiguration, Dataset)
        case missing(String)
    }

    private func material(of record: RunRecord) throws -> Material {
        var flags = SettingValues()
        flags.set(.dataset, dataset)
        flags.set(.dataDirectory, dataDirectory)
        flags.set(.threads, threads)
        guard let checkpoint = record.checkpoint else {
            return .missing(
                "\(Self.dependents) left out, as the run's folder holds no weights: let it finish an epoch.")
        }
        try checkpoint.requireIntactWeights()
        do {
            let configuration = try RunConfiguration(resolving: record.settings.overridden(by: flags))
            let dataset = try configuration.dataset.load(seed: configuration.training.seed, note: { _ in })
            return .found(checkpoint, configuration, dataset)
        } catch {
            // What was asked for in so many words is had or refused.
            guard dataset == nil, dataDirectory == nil, Self.isAboutData(error) else { throw error }
            return .missing("\(Self.dependents) left out, as the images cannot be read: \(error).")
        }
    }

    private static let dependents = "Confusions, mistakes, pictures, windows by class and moved inputs are"

    /// Whether the data set is gone or broken, and not the run's own folder.
    private static func isAboutData(_ error: any Error) -> Bool {
        if case ConfigurationError.unknownDataset(let name, _, _) = error { return name.contains("/") }
        return error is DatasetError || error is ImageFolderError
    }
}
