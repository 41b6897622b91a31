import Foundation
import Imaging

/// Which slices make a volume, and where the result goes.
public struct VolumeJob: Sendable {
    /// The slices' files, the nearest first; none for the built-in sample.
    let inputs: [String]
    /// A sheet of all slices, or the folder that they go into one by one; nil where nothing is written.
    let output: String?

    /// Slices and an output as they are given.
    public init(inputs: [String], output: String?) { (self.inputs, self.output) = (inputs, output) }

    /// Whether all slices go on one sheet.
    private var isSheet: Bool {
        guard let output else { return false }
        return output.lowercased().hasSuffix(".png") && !FileManager.default.isFolder(output)
    }

    /// Reads or draws the volume.
    ///
    /// - Throws: ``ImagingError``, ``WarpError/unequalSlices(path:width:height:first:)``,
    ///   ``WarpError/tooManySamples(limit:)``.
    public func volume() throws -> SliceStack {
        if inputs.isEmpty { return .warpSample }
        var (slices, samples) = ([Image](), 0)
        for path in inputs {
            let slice = try Image(contentsOf: path)
            samples += slice.pixels.count
            guard samples <= WarpRequest.volumeLimit else {
                throw WarpError.tooManySamples(limit: WarpRequest.volumeLimit)
            }
            slices.append(slice)
        }
        return try SliceStack(slices, names: inputs)
    }

    /// Refuses outputs that cannot be had, before anything is read: one that is an input, or two that are one.
    ///
    /// - Throws: ``WarpError``.
    public func check(slices count: Int) throws(WarpError) {
        try WarpJob.check(inputs: inputs, outputs: paths(count))
    }

    /// Writes the result, if one is wanted.
    ///
    /// - Returns: Where it lies.
    /// - Throws: ``WarpError/cannotCreateFolder(path:reason:)``, ``ImagingError``.
    public func write(_ result: SliceStack) throws -> String? {
        guard let output else { return nil }
        if isSheet {
            try result.sheet().write(png: output)
            return output
        }
        try WarpJob.createFolder(output)
        for (slice, path) in zip(result.slices, paths(result.slices.count)) { try slice.write(png: path) }
        return "\(result.slices.count) slices to \(output)"
    }

    /// The files of `count` slices: under their own names where as many were given, else numbered.
    private func paths(_ count: Int) -> [String] {
        guard let output else { return [] }
        if isSheet { return [output] }
        let folder = URL(fileURLWithPath: output).relativePath
        if inputs.count == count {
            return inputs.map {
                folder + "/\(URL(fileURLWithPath: $0).deletingPathExtension().lastPathComponent).png"
            }
        }
        let digits = max(3, "\(count - 1)".count)
        return (0..<count).map { number in
            let digitsOfNumber = "\(number)"
            return folder + "/slice-" + String(repeating: "0", count: digits - digitsOfNumber.count) + digitsOfNumber
                + ".png"
        }
    }
}
