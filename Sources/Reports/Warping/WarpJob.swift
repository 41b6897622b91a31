import Foundation
import Imaging
import Tensors
import Training

/// Which pictures are warped, and where each result goes.
public struct WarpJob: Sendable {
    /// The picture's file; nil for the built-in sample.
    public let input: String?
    /// The result's file; nil where none is wanted.
    public let output: String?
    /// The folder that the result goes into under its own name, which is made if need be.
    private let folder: String?

    /// Reads or draws the picture.
    ///
    /// - Throws: ``ImagingError``.
    public func picture() throws(ImagingError) -> Image {
        if let input { try Image(contentsOf: input) } else { .warpSample }
    }

    /// Writes the result, if one is wanted.
    ///
    /// - Throws: ``WarpError/cannotCreateFolder(path:reason:)``, ``ImagingError``.
    public func write(_ result: Image) throws { try write(result, to: output) }

    /// Writes the mask of the result beside it, as NAME-mask.png.
    ///
    /// - Returns: Where it lies; nil where no result is wanted.
    /// - Throws: As ``write(_:)``.
    public func write(mask: Image) throws -> String? {
        try write(mask, to: maskPath)
        return maskPath
    }

    private func write(_ picture: Image, to path: String?) throws {
        guard let path else { return }
        if let folder { try Self.createFolder(folder) }
        try picture.write(png: path)
    }

    private var maskPath: String? { output.map { $0.dropLast(".png".count) + "-mask.png" } }

    /// The jobs for pictures and an output as they are given, checked before anything is read or written.
    ///
    /// A single picture goes to a file, or into a folder that is there; several go into a folder, which is made if need be,
    /// under their own names.
    ///
    /// - Parameters:
    ///   - inputs: Files; none for the built-in sample.
    ///   - output: A file or folder; nil where nothing is written.
    ///   - withMasks: Whether masks will be written, too.
    /// - Returns: A job for each picture, in their order.
    /// - Throws: ``WarpError``.
    public static func all(
        inputs: [String], output: String?, withMasks: Bool = false
    ) throws(WarpError) -> [WarpJob] {
        let sources: [String?] = inputs.isEmpty ? [nil] : inputs
        guard let output else { return sources.map { WarpJob(input: $0, output: nil, folder: nil) } }
        let jobs: [WarpJob]
        if sources.count > 1 || FileManager.default.isFolder(output) || output.hasSuffix("/") {
            jobs = sources.map { WarpJob(input: $0, output: path(in: output, for: $0), folder: output) }
        } else {
            guard output.lowercased().hasSuffix(".png") else {
                throw .unsuitableValue(
                    option: "--output", value: output, needs: "a file whose name ends in .png, or a folder")
            }
            jobs = [WarpJob(input: sources[0], output: output, folder: nil)]
        }
        let outputs = jobs.compactMap(\.output) + (withMasks ? jobs.compactMap(\.maskPath) : [])
        try check(inputs: jobs.compactMap(\.input), outputs: outputs)
        return jobs
    }

    /// Refuses to write to an input, under whatever name, or twice to one file.
    static func check(inputs: [String], outputs: [String]) throws(WarpError) {
        let inputs = Set(inputs.compactMap(FileIdentity.init))
        var written: Set<String> = []
        for output in outputs {
            if let file = FileIdentity(output), inputs.contains(file) { throw .wouldReplaceInput(path: output) }
            // In any case, for file systems that do not tell them apart.
            guard written.insert(output.lowercased()).inserted else { throw .sharedOutput(path: output) }
        }
    }

    private static func path(in folder: String, for input: String?) -> String {
        let name = URL(fileURLWithPath: input ?? "sample").deletingPathExtension().lastPathComponent
        return URL(fileURLWithPath: folder).relativePath + "/\(name).png"
    }

    static func createFolder(_ path: String) throws(WarpError) {
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            throw .cannotCreateFolder(path: path, reason: systemReason(error))
        }
    }
}

/// A file whatever it is called.
private struct FileIdentity: Hashable {
    let device: UInt64, node: UInt64

    /// Nil where there is no file.
    init?(_ path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        (device, node) = (UInt64(truncatingIfNeeded: status.st_dev), UInt64(truncatingIfNeeded: status.st_ino))
    }
}
