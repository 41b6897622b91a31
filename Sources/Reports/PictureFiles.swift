import Datasets
import Foundation
import Imaging
import SpatialTransformers
import Training

extension TransformPictures {
    /// Writes both pictures and returns their paths: `path` itself, and beside it the same name with `-regions`.
    ///
    /// - Throws: ``ImagingError`` when a file cannot be written.
    public func write(to path: String) throws -> [String] {
        let stem = path.lowercased().hasSuffix(".png") ? String(path.dropLast(4)) : path
        let outlinePath = "\(stem)-regions.png"
        try comparison.write(png: path)
        try outlines.write(png: outlinePath)
        return [path, outlinePath]
    }
}

extension CheckpointLocation {
    /// Draws the run's learning curve into its figures; nil for a file without a run, or a run with nothing to draw yet.
    ///
    /// - Throws: ``ImagingError`` when the file cannot be written, ``RunFolderError`` when the metrics are damaged.
    public func writeLearningCurve() throws -> String? {
        guard let runPath, let curve = try LearningCurve(metrics: "\(runPath)/metrics.jsonl") else { return nil }
        let path = "\(runPath)/figures/curve.png"
        try curve.picture.write(png: path)
        return path
    }
}
