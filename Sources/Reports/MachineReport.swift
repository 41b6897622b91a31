import Datasets
import Foundation
import SpatialTransformers
import Training

/// What a bug report needs: versions, processor, kernels, threads, data.
public struct MachineReport: Encodable, Sendable {
    let version: String
    let swift: String
    let system: String
    let processor: String
    let instructionSet: String
    let availableInstructionSets: [String]
    let cores: Int
    let peakGflopsOneCore: Double
    let dataFolder: String
    let data: [String]

    /// This machine, now.
    ///
    /// - Throws: ``ExecutionError`` when `STN_ISA` is wrong.
    public init() throws {
        let set = try InstructionSet.best()
        cores = ProcessInfo.processInfo.activeProcessorCount
        let environment = RunEnvironment.current(instructionSet: set.rawValue, threads: cores)
        (version, swift) = (environment.version, environment.swift)
        (system, processor) = (environment.system, environment.processor)
        instructionSet = set.rawValue
        availableInstructionSets = InstructionSet.available.map(\.rawValue)
        peakGflopsOneCore = (set.measuredPeak() / 1e9).rounded()
        let folder = DataFolder.resolve(option: nil)
        dataFolder = folder.path
        data = DataListing.lines(of: folder)
    }

    /// The report as text, or as one JSON object.
    ///
    /// - Throws: ``ExecutionError`` when `STN_ISA` is wrong.
    public static func current(json: Bool) throws -> String {
        let report = try MachineReport()
        guard json else { return report.text }
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(report), as: UTF8.self)
    }

    private var text: String {
        """
        stn          \(version), Swift \(swift)
        system       \(system)
        processor    \(processor), \(cores) cores
        kernels      \(instructionSet) (available: \(availableInstructionSets.joined(separator: ", ")); \
        cap with STN_ISA)
        peak         \(Int(peakGflopsOneCore)) GFLOP/s one core, float32
        threads      \(cores) unless --threads says otherwise
        data folder  \(dataFolder)
        \(data.map { "             \($0)" }.joined(separator: "\n"))
        """
    }
}
