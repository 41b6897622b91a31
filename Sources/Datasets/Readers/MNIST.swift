import Foundation
import Tensors

/// MNIST and Fashion-MNIST: 60,000 training and 10,000 test images of 28×28 pixels in grey, 10 classes.
///
/// - Source: Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits"; H. Xiao, K. Rasul,
///   R. Vollgraf, "Fashion-MNIST", arXiv:1708.07747.
public enum MNIST {
    /// Which of the two data sets of this format.
    public enum Variant: String, Sendable, CaseIterable {
        /// Handwritten digits.
        case digits
        /// Articles of clothing.
        case fashion

        /// The name used on the command line and for run folders.
        public var datasetName: String {
            switch self {
            case .digits: "mnist"
            case .fashion: "fashion-mnist"
            }
        }

        /// The classes by label.
        public var classNames: [String] {
            switch self {
            case .digits: (0...9).map { String($0) }
            case .fashion:
                [
                    "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker",
                    "Bag",
                    "Ankle boot",
                ]
            }
        }

        /// Mean and standard deviation of the training pixels between 0 and 1.
        public var normalization: Normalization {
            switch self {
            case .digits: Normalization(mean: [0.1307], deviation: [0.3081])
            case .fashion: Normalization(mean: [0.2860], deviation: [0.3530])
            }
        }

        /// Where torchvision keeps the files, and where they are fetched to.
        var folderName: String {
            switch self {
            case .digits: "MNIST/raw"
            case .fashion: "FashionMNIST/raw"
            }
        }
    }

    package static let trainingImages = "train-images-idx3-ubyte"
    package static let trainingLabels = "train-labels-idx1-ubyte"
    package static let testImages = "t10k-images-idx3-ubyte"
    package static let testLabels = "t10k-labels-idx1-ubyte"
    static let side = 28
    static let fileNames = [trainingImages, trainingLabels, testImages, testLabels]

    /// Reads both splits into memory.
    ///
    /// Blocks the calling thread while it reads and unpacks.
    ///
    /// - Parameters:
    ///   - directory: The folder that holds `MNIST/raw` (`FashionMNIST/raw`) or `mnist` (`fashion-mnist`), or the
    ///     files themselves, plain or gzipped. Both variants name their files alike: files directly in `directory`
    ///     are taken to be the variant asked for.
    ///   - variant: Digits or clothing.
    /// - Returns: Both splits in the order of the files.
    /// - Throws: ``DatasetError``: `missing` or `missingFile`, `badMagic`, `wrongSize`, `malformed`, `countMismatch`,
    ///   `badLabel`, `unreadable`.
    public static func load(directory: String, variant: Variant) throws -> Dataset {
        guard let folder = folder(in: directory, variant: variant) else {
            throw DatasetError.missing(
                name: variant.datasetName, lookedIn: candidates(directory: directory, variant: variant))
        }
        let training = try readImages(trainingImages, trainingLabels, folder: folder, variant: variant)
        let test = try readImages(testImages, testLabels, folder: folder, variant: variant)
        return Dataset(
            name: variant.datasetName, classNames: variant.classNames, normalization: variant.normalization,
            training: training, test: test)
    }

    /// The first folder in or at `directory` that holds any of the files, or nil.
    static func folder(in directory: String, variant: Variant) -> String? {
        candidates(directory: directory, variant: variant).first { folder in
            fileNames.contains { file($0, in: folder) != nil }
        }
    }

    private static func candidates(directory: String, variant: Variant) -> [String] {
        [
            directory.appending(path: variant.folderName), directory.appending(path: variant.datasetName),
            directory,
        ]
    }

    /// The file of that name in `folder`: plain, with the dot some copies have, or gzipped; or nil.
    static func file(_ name: String, in folder: String) -> String? {
        let dotted = name.replacingOccurrences(of: "-idx", with: ".idx")
        return [name, dotted, name + ".gz", dotted + ".gz"].map { folder.appending(path: $0) }
            .first { FileSystem.exists($0) }
    }

    private static func readImages(
        _ imagesName: String, _ labelsName: String, folder: String, variant: Variant
    ) throws -> LabeledImages {
        let labels = try readLabels(requireFile(labelsName, in: folder, variant: variant), variant: variant)
        let images = try IDXFile(path: requireFile(imagesName, in: folder, variant: variant), rank: 3)
        guard images.dimensions[0] == labels.dimensions[0] else {
            throw DatasetError.countMismatch(
                images: images.path, imageCount: images.dimensions[0], labels: labels.path,
                labelCount: labels.dimensions[0])
        }
        // A network for images of another size may take any amount of memory.
        guard images.dimensions[1...] == [side, side] else {
            throw DatasetError.malformed(
                file: images.path,
                reason: "its images are \(images.dimensions[1])×\(images.dimensions[2]), not \(side)×\(side)")
        }
        return LabeledImages(
            height: images.dimensions[1], width: images.dimensions[2], channels: 1, pixels: images.bytes,
            labels: labels.bytes.map { Int32($0) })
    }

    /// Reads a file of labels and checks each.
    static func readLabels(_ path: String, variant: Variant) throws -> IDXFile {
        let file = try IDXFile(path: path, rank: 1)
        let classCount = variant.classNames.count
        if let record = file.bytes.firstIndex(where: { $0 >= classCount }) {
            throw DatasetError.badLabel(
                file: path, record: record, label: Int(file.bytes[record]), classCount: classCount)
        }
        return file
    }

    private static func requireFile(_ name: String, in folder: String, variant: Variant) throws -> String {
        guard let path = file(name, in: folder) else {
            throw DatasetError.missingFile(
                name: variant.datasetName, file: folder.appending(path: name + ".gz"))
        }
        return path
    }
}
