import Imaging
import Tensors

/// Images of one's own, in a folder for each class.
///
/// The layout is `root/<class>/**/*.png` (or `.jpg`, `.jpeg`), from which a part is set aside for testing; or
/// `root/train/<class>/…` with one of `root/val`, `valid`, `validation` or `test` beside it. Classes are sorted by the bytes
/// of their names, so labels do not depend on the machine. Names that begin with a dot are left out.
public enum ImageFolder {
    /// How a folder is read.
    public struct Options: Sendable {
        /// Decides which images are set aside for testing.
        public var seed: UInt64
        /// The part of each class that is set aside when the folder has no split of its own.
        public var testFraction: Double
        /// Whether unusable files are left out and reported instead of refused.
        public var skipBad: Bool
        /// How an image is brought to the data set's size.
        public var fit: Fit
        /// Bytes that all images together may take.
        public var maximumBytes: Int
        /// What the decoders accept.
        public var limits: ImageLimits

        /// Options; the defaults suit a first try.
        ///
        /// - Parameters:
        ///   - seed: 0 by default, so that everybody gets the same split.
        ///   - testFraction: a tenth by default; more would cost small collections too much to learn from.
        ///   - skipBad: false by default, because a silently smaller data set misleads.
        ///   - fit: stretched by default: the whole image stays in view, and a stretch is an affine map, which a spatial
        ///     transformer can undo.
        ///   - maximumBytes: 4 GiB by default, 87,000 images of 128 × 128 × 3, on machines that commonly have 8.
        ///   - limits: of one file; see `ImageLimits`.
        public init(
            seed: UInt64 = 0, testFraction: Double = 0.1, skipBad: Bool = false, fit: Fit = .stretch,
            maximumBytes: Int = 1 << 32, limits: ImageLimits = .default
        ) {
            self.seed = seed
            self.testFraction = testFraction
            self.skipBad = skipBad
            self.fit = fit
            self.maximumBytes = maximumBytes
            self.limits = limits
        }
    }

    /// How an image of another shape is brought to the data set's size.
    public enum Fit: String, Sendable, CaseIterable {
        /// The whole image, its proportions changed.
        case stretch
        /// The largest middle part that has the right proportions.
        case crop
    }

    /// A data set with what happened while it was read.
    public struct Loaded: Sendable {
        /// The images.
        public let dataset: Dataset
        /// What was found, left out and set aside.
        public let report: ImageFolderReport
    }

    /// Class folders at most; above that the path is rather a wrong one, such as a home folder.
    public static let maximumClasses = 1000

    /// Reads a folder of images as a data set; see ``loadReporting(path:imageSize:channels:options:)``.
    public static func load(
        path: String, imageSize: (height: Int, width: Int), channels: Int = 3, options: Options = Options()
    ) throws -> Dataset {
        try loadReporting(path: path, imageSize: imageSize, channels: channels, options: options).dataset
    }

    /// Reads a folder of images as a data set and reports what was found and left out.
    ///
    /// The same folder, size, options and seed give the same data set, whatever the number of cores.
    ///
    /// - Parameters:
    ///   - path: the folder that holds the class folders, or `train` and `test`.
    ///   - imageSize: the size all images are brought to, 1 ... 4096 each.
    ///   - channels: 3 for colour, 1 for grey.
    ///   - options: see `Options`.
    /// - Returns: the data set and the report.
    /// - Throws: `ImageFolderError`. Files that cannot be used are listed together, before anything is trained.
    public static func loadReporting(
        path: String, imageSize: (height: Int, width: Int), channels: Int = 3, options: Options = Options()
    ) throws(ImageFolderError) -> Loaded {
        try check(imageSize: imageSize, channels: channels, options: options)
        let bytesPerImage = imageSize.height * imageSize.width * channels
        let contents = try ImageFolderContents(
            scanning: path, options: options, bytesPerImage: bytesPerImage)
        let split = try ImageFolderSplit(contents, options: options)
        try checkMemory((split.training.count + split.test.count) * bytesPerImage, path: path)
        let decoder = ImageFolderDecoder(
            height: imageSize.height, width: imageSize.width, channels: channels, options: options)
        let training = decoder.decode(split.training)
        let test = decoder.decode(split.test)
        let bad = contents.refused + training.bad + test.bad
        if !bad.isEmpty, !options.skipBad {
            throw .badFiles(path: path, count: bad.count, first: bad.prefix(3).map(\.description))
        }
        try checkNonempty(training.images, contents: contents)
        if test.images.count == 0 { throw .noTestImages(path: path) }
        let dataset = Dataset(
            name: contents.name, classNames: contents.classNames,
            normalization: Normalization(measuring: training.images), training: training.images,
            test: test.images)
        let report = ImageFolderReport(
            dataset: dataset, splitSource: split.source, skipped: bad, unsupported: contents.unsupported,
            ignored: contents.ignored)
        return Loaded(dataset: dataset, report: report)
    }

    private static func check(
        imageSize: (height: Int, width: Int), channels: Int, options: Options
    ) throws(ImageFolderError) {
        guard (1...4096).contains(imageSize.height), (1...4096).contains(imageSize.width) else {
            throw .badOption("image size \(imageSize.width)×\(imageSize.height) is outside 1 ... 4096 a side")
        }
        guard channels == 1 || channels == 3 else {
            throw .badOption("\(channels) channels; choose 1 (grey) or 3 (colour)")
        }
        guard options.testFraction > 0, options.testFraction < 1 else {
            throw .badOption("test fraction \(options.testFraction) is not between 0 and 1")
        }
        guard options.maximumBytes > 0, options.maximumBytes <= 1 << 50 else {
            throw .badOption("memory limit of \(options.maximumBytes) bytes is outside 1 ... 2^50")
        }
    }

    private static func checkMemory(_ byteCount: Int, path: String) throws(ImageFolderError) {
        do {
            try MemoryShortage.check(
                byteCount, for: "the images of \(path)", cure: "take smaller ones (--image-size) or fewer")
        } catch {
            throw .outOfMemory(error)
        }
    }

    private static func checkNonempty(
        _ images: LabeledImages, contents: ImageFolderContents
    ) throws(ImageFolderError) {
        let present = Set(images.labels)
        for (label, name) in contents.classNames.enumerated() where !present.contains(Int32(label)) {
            throw .emptyClass(path: "\(contents.trainingPath)/\(name)", seen: "all its images are unusable")
        }
    }
}
