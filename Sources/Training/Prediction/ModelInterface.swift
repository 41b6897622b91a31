import Datasets
import Tensors

/// What goes into a trained network and what comes out: the size of its images, how their pixels are normalised, and what its
/// classes are called.
///
/// It stands in the file of weights, so that a network can be used without the images it learnt from.
public struct ModelInterface: Sendable, Equatable {
    /// Rows of an image.
    public let height: Int
    /// Columns of an image.
    public let width: Int
    /// 1 for grey, 3 for red, green, blue.
    public let channels: Int
    /// What is done to pixels between 0 and 1.
    public let normalization: Normalization
    /// The classes by label.
    public let classNames: [String]

    /// An interface; the normalisation has a mean and a deviation for each channel.
    public init(height: Int, width: Int, channels: Int, normalization: Normalization, classNames: [String]) {
        precondition(
            normalization.mean.count == channels,
            "normalisation of \(normalization.mean.count) channels for images of \(channels)")
        (self.height, self.width, self.channels) = (height, width, channels)
        (self.normalization, self.classNames) = (normalization, classNames)
    }

    /// What a network for this data set takes and gives.
    public init(of dataset: Dataset) {
        let images = dataset.training
        self.init(
            height: images.height, width: images.width, channels: images.channels, normalization: dataset.normalization,
            classNames: dataset.classNames)
    }

    /// Images that a network classifies at once: 64, as in training, fewer of large ones, so that a few hundred megabytes
    /// suffice whatever the size.
    public var batchSize: Int { max(1, min(64, (1 << 20) / (height * width))) }
}

extension ModelInterface {
    /// The names under which it stands among a file's metadata.
    private enum Key {
        static let size = "input_size"
        static let mean = "mean"
        static let deviation = "std"
        static let classes = "class_names"
    }

    /// The interface for a file of weights: `input_size` as height, width and channels, `mean`, `std`, and `class_names`, a
    /// line each.
    public var metadata: [String: String] {
        [
            Key.size: "\(height),\(width),\(channels)", Key.mean: Self.text(normalization.mean),
            Key.deviation: Self.text(normalization.deviation), Key.classes: classNames.joined(separator: "\n"),
        ]
    }

    /// Reads what a file of weights says about itself; nil where it says nothing, as one by PyTorch.
    ///
    /// Metadata come from strangers: a side is at most that of `--image-size`, so that no absurd amount of memory is taken.
    ///
    /// - Throws: ``ModelError/badMetadata(path:key:text:expected:)``.
    public init?(metadata: [String: String], path: String) throws(ModelError) {
        guard let size = metadata[Key.size] else { return nil }
        func bad(_ key: String, _ expected: String) -> ModelError {
            .badMetadata(path: path, key: key, text: metadata[key], expected: expected)
        }
        let extents = Self.words(size).compactMap { Int($0) }
        guard extents.count == 3, (1...1024).contains(extents[0]), (1...1024).contains(extents[1]),
            extents[2] == 1 || extents[2] == 3
        else { throw bad(Key.size, "height, width (1 to 1024 each) and channels (1 or 3)") }
        func numbers(_ key: String, where isValid: (Float) -> Bool) -> [Float]? {
            let numbers = Self.words(metadata[key] ?? "").compactMap { Float($0) }.filter { isValid($0) }
            return numbers.count == extents[2] ? numbers : nil
        }
        guard let mean = numbers(Key.mean, where: \.isFinite) else { throw bad(Key.mean, "a number for each channel") }
        // Nothing smaller than a byte's step can be the deviation of bytes that vary at all.
        guard let deviation = numbers(Key.deviation, where: { $0.isFinite && $0 >= 1e-6 }) else {
            throw bad(Key.deviation, "a positive number for each channel")
        }
        guard let names = metadata[Key.classes] else { throw bad(Key.classes, "the name of each class on a line") }
        self.init(
            height: extents[0], width: extents[1], channels: extents[2],
            normalization: Normalization(mean: mean, deviation: deviation),
            classNames: names.split(separator: "\n", omittingEmptySubsequences: false).map(String.init))
    }

    private static func text(_ numbers: [Float]) -> String { numbers.map { "\($0)" }.joined(separator: ",") }

    private static func words(_ text: String) -> [Substring] {
        text.split(separator: ",", omittingEmptySubsequences: false)
    }
}

extension DatasetRequest {
    /// What a network for these images takes and gives, where that is known without reading them; nil for folders, whose
    /// normalisation is measured.
    public var knownInterface: ModelInterface? {
        switch source {
        case .folder: nil
        case .glyphs:
            interface(
                shape: [Glyphs.size, Glyphs.size, 3], Glyphs.normalization(difficulty ?? .normal), Glyphs.classNames)
        case .cifar10:
            interface(shape: DataSource.cifar10.imageShape, CIFAR10.normalization, CIFAR10.classNames)
        case .mnist:
            interface(
                shape: DataSource.mnist.imageShape, MNIST.Variant.digits.normalization, MNIST.Variant.digits.classNames)
        case .fashionMNIST:
            interface(
                shape: DataSource.fashionMNIST.imageShape, MNIST.Variant.fashion.normalization,
                MNIST.Variant.fashion.classNames)
        }
    }

    /// The interface with the size that the distortion leaves.
    private func interface(shape: [Int], _ normalization: Normalization, _ names: [String]) -> ModelInterface {
        let frame = DistortionRecipe(distortion, height: shape[0], width: shape[1])?.frame
        return ModelInterface(
            height: frame?.outputHeight ?? shape[0], width: frame?.outputWidth ?? shape[1], channels: shape[2],
            normalization: normalization, classNames: names)
    }
}

/// Why a trained network cannot be used.
public enum ModelError: UserFacingError, Equatable {
    /// A file of weights that says something impossible about itself; nil text where the entry is missing.
    case badMetadata(path: String, key: String, text: String?, expected: String)

    /// A file that is there but not what it should be.
    public var category: ErrorCategory { .badData }

    /// One line: what, where, what to do.
    public var description: String {
        switch self {
        case .badMetadata(let path, let key, let text, let expected):
            "\(oneLine(path, limit: 400)): \(key) in its metadata takes \(expected)"
                + (text.map { ", not '\(oneLine($0))'" } ?? ", but is missing")
                + "; write the file anew, or name the data set with --dataset"
        }
    }
}
