import Datasets
import Foundation
import Imaging
import SpatialTransformers

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
