import Datasets
import Foundation

/// Which images a run learns from, and how they are made ready.
public struct DatasetRequest: Sendable, Equatable {
    /// Where the images come from.
    public enum Source: Sendable, Equatable {
        /// CIFAR-10: 32×32 colour images of 10 things.
        case cifar10
        /// MNIST: 28×28 grey handwritten digits.
        case mnist
        /// Fashion-MNIST: 28×28 grey clothes, in MNIST's format.
        case fashionMNIST
        /// Digits that the program draws itself; needs no files.
        case glyphs
        /// A folder with one folder of images a class.
        case folder(String)

        fileprivate var text: String {
            switch self {
            case .cifar10: "cifar10"
            case .mnist: "mnist"
            case .fashionMNIST: "fashion-mnist"
            case .glyphs: "glyphs"
            case .folder(let path): path
            }
        }
    }

    /// Where the images come from.
    public var source: Source
    /// Where data sets are kept; nil for the place that ``DataFolder`` finds.
    public var dataDirectory: String?
    /// How hard glyphs are to tell apart; nil for other data sets.
    public var difficulty: GlyphDifficulty?
    /// The side of the square that a folder's images are resized to; nil for other data sets.
    public var imageSize: Int?
    /// Whether a folder's unreadable images are left out instead of refused.
    public var skipsBadImages = false
    /// What is done to every image; nothing by default, as the data sets are published.
    public var distortion = Distortion.none

    /// A request with the data set's defaults: normal glyphs, on which a transformer shows its worth; folders at 64×64,
    /// enough to tell everyday things apart and small enough for a CPU.
    public init(source: Source, dataDirectory: String? = nil) {
        self.source = source
        self.dataDirectory = dataDirectory
        if source == .glyphs { difficulty = .normal }
        if case .folder = source { imageSize = 64 }
    }

    /// The built-in data sets by the name they have on the command line.
    public static let builtIn = [Source.cifar10, .mnist, .fashionMNIST, .glyphs].map { (name: $0.text, source: $0) }

    /// The text that names this data set on the command line.
    public var text: String { source.text }

    /// A name fit for a run folder: the data set's own, or the folder's last component in letters, digits and hyphens.
    public var slug: String {
        guard case .folder(let path) = source else { return text }
        let last = URL(fileURLWithPath: path).standardizedFileURL.lastPathComponent
        let words = last.lowercased().split { !($0.isASCII && ($0.isLetter || $0.isNumber)) }
        return words.isEmpty ? "images" : words.joined(separator: "-")
    }

    var isFolder: Bool { if case .folder = source { true } else { false } }
}

extension SettingReader {
    /// The data set with the settings that belong to it.
    func dataset(folderMayBeGone: Bool) throws(ConfigurationError) -> DatasetRequest {
        guard let value = values[.dataset] else { throw .noDataset }
        var request = DatasetRequest(source: try source(value, folderMayBeGone: folderMayBeGone))
        let isFile = !request.isFolder && request.source != .glyphs
        try refuse(
            .dataDirectory, unless: isFile,
            "means nothing with \(request.text), which has no data files there")
        try refuse(
            .difficulty, unless: request.source == .glyphs,
            "means nothing with \(request.text), only with glyphs")
        try refuse(
            .imageSize, unless: request.isFolder,
            "means nothing with \(request.text), only with a folder of images")
        try refuse(
            .skipBad, unless: request.isFolder,
            "means nothing with \(request.text), only with a folder of images")
        // An empty name counts as none, as everywhere that names the folder.
        request.dataDirectory = values[.dataDirectory].flatMap { $0.text.isEmpty ? nil : absolutePath($0.text) }
        request.difficulty = try choice(.difficulty) ?? request.difficulty
        let transform = try choice(.transform, as: TransformChoice.self) ?? .affine
        let model = try choice(.model, as: ModelChoice.self) ?? .seed
        let smallest = model.smallestImageSide(with: transform)
        request.imageSize = try integer(.imageSize, smallest...1024) ?? request.imageSize
        request.skipsBadImages = try flag(.skipBad) ?? false
        request.distortion = try choice(.distort) ?? request.distortion
        return request
    }

    private func source(
        _ value: SettingValues.Value, folderMayBeGone: Bool
    ) throws(ConfigurationError) -> DatasetRequest.Source {
        if let known = DatasetRequest.builtIn.first(where: { $0.name == value.text }) { return known.source }
        if FileManager.default.isFolder(value.text) {
            return .folder(absolutePath(value.text))
        }
        if folderMayBeGone, value.text.contains("/") { return .folder(absolutePath(value.text)) }
        throw .unknownDataset(
            value.text,
            suggestion: Suggestion.nearest(to: value.text, among: DatasetRequest.builtIn.map(\.name)),
            origin: value.origin)
    }
}
