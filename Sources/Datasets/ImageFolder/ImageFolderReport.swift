import Imaging

/// A file that cannot be used, and why.
public struct UnusableFile: Sendable, Equatable, CustomStringConvertible {
    /// Where it lies.
    public let path: String
    /// One line that begins with the path.
    public let description: String
}

/// What was found in a folder of images, for the log.
public struct ImageFolderReport: Sendable {
    /// Class names with the number of training and test images together.
    public let imagesPerClass: [(name: String, count: Int)]
    /// Where the test images come from: the name of a folder, or the split by seed.
    public let splitSource: String
    /// The size images were brought to.
    public let imageSize: (height: Int, width: Int)
    /// Files left out because they cannot be used.
    public let skipped: [UnusableFile]
    /// Images of formats that are not read: file extension and number, sorted by extension.
    public let unsupported: [(fileExtension: String, count: Int)]
    /// Files that are no images by their names, and images outside the class folders: what they are, and number.
    public let ignored: [(fileExtension: String, count: Int)]

    init(
        dataset: Dataset, splitSource: String, skipped: [UnusableFile], unsupported: [String: Int],
        ignored: [String: Int]
    ) {
        var counts = [Int](repeating: 0, count: dataset.classNames.count)
        for label in dataset.training.labels { counts[Int(label)] += 1 }
        for label in dataset.test.labels { counts[Int(label)] += 1 }
        imagesPerClass = zip(dataset.classNames, counts).map { (name: $0, count: $1) }
        self.splitSource = splitSource
        imageSize = (dataset.training.height, dataset.training.width)
        self.skipped = skipped
        self.unsupported = Self.sorted(unsupported)
        self.ignored = Self.sorted(ignored)
    }

    /// One line for the log, such as `classes 2 (cat 120, dog 98) · split 90/10 by seed 0 · resized to 64×64 · 3 files skipped`.
    public var summary: String {
        // Ten names fit on a line; the rest is only counted.
        var names = imagesPerClass.prefix(10).map { "\($0.name) \($0.count)" }
        if imagesPerClass.count > 10 { names.append("…") }
        var parts = [
            "classes \(imagesPerClass.count) (\(names.joined(separator: ", ")))", splitSource,
            "resized to \(imageSize.width)×\(imageSize.height)",
        ]
        if !skipped.isEmpty { parts.append("\(skipped.count) unusable \(Self.files(skipped.count)) skipped") }
        if !unsupported.isEmpty {
            parts.append("not read: \(Self.list(unsupported)) (convert to PNG or JPEG)")
        }
        if !ignored.isEmpty { parts.append("ignored: \(Self.list(ignored))") }
        return parts.joined(separator: " · ").onOneLine
    }

    static func list(_ counts: [(fileExtension: String, count: Int)]) -> String {
        counts.map { "\($0.count) \($0.fileExtension.isEmpty ? "without extension" : $0.fileExtension)" }
            .joined(separator: ", ")
    }

    static func sorted(_ counts: [String: Int]) -> [(fileExtension: String, count: Int)] {
        counts.sorted { $0.key < $1.key }.map { (fileExtension: $0.key, count: $0.value) }
    }

    private static func files(_ count: Int) -> String { count == 1 ? "file" : "files" }
}
