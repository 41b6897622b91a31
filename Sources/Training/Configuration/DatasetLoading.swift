import Datasets
import Foundation
import Tensors

extension DatasetRequest {
    /// Reads or draws the data set, and distorts it.
    ///
    /// - Parameters:
    ///   - seed: Decides how a folder is split, what glyphs are drawn and how each image is distorted.
    ///   - note: Told, in one line each, what was left out of a folder.
    /// - Returns: Training and test images.
    /// - Throws: ``DatasetError``, ``ImageFolderError``, ``MemoryShortage``: what is missing or wrong, and the cure.
    public func load(seed: UInt64, note: (String) -> Void) throws -> Dataset {
        let original = try original(seed: seed, note: note)
        try MemoryShortage.check(original.byteCount(distortedBy: distortion), for: "the distorted images")
        return original.distorted(by: distortion, seed: seed)
    }

    private func original(seed: UInt64, note: (String) -> Void) throws -> Dataset {
        switch source {
        case .cifar10, .mnist, .fashionMNIST:
            let folder = DataFolder.resolve(option: dataDirectory, environment: ProcessInfo.processInfo.environment)
            if let named = folder.option, !FileManager.default.fileExists(atPath: folder.path) {
                throw DatasetError.noFolder(name: text, option: named)
            }
            return try DataCatalog.load(text, from: folder)
        case .glyphs:
            try MemoryShortage.check(Glyphs.byteCount, for: "the images of glyphs")
            return Glyphs.load(seed: seed, difficulty: difficulty ?? .normal)
        case .folder(let path):
            let side = imageSize ?? 64
            let loaded = try ImageFolder.loadReporting(
                path: path, imageSize: (height: side, width: side),
                options: ImageFolder.Options(seed: seed, skipBad: skipsBadImages))
            note(loaded.report.summary)
            return loaded.dataset
        }
    }
}
