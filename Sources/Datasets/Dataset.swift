import Tensors

/// Labelled images of one size, held in memory as bytes.
public struct LabeledImages: Sendable {
    /// Rows of each image.
    public let height: Int
    /// Columns of each image.
    public let width: Int
    /// 1 for grey, 3 for red, green, blue.
    public let channels: Int
    /// All pixels, image after image, rows from the top, channels innermost: `[N, H, W, C]`.
    public let pixels: [UInt8]
    /// The class of each image, an index into the data set's class names.
    public let labels: [Int32]

    /// Images with their labels.
    ///
    /// - Precondition: `pixels.count == labels.count · height · width · channels`.
    public init(height: Int, width: Int, channels: Int, pixels: [UInt8], labels: [Int32]) {
        precondition(
            pixels.count == labels.count * height * width * channels,
            "\(pixels.count) bytes for \(labels.count) images of \(height)×\(width)×\(channels)")
        self.height = height
        self.width = width
        self.channels = channels
        self.pixels = pixels
        self.labels = labels
    }

    /// The number of images.
    public var count: Int { labels.count }

    /// Bytes of one image.
    public var bytesPerImage: Int { height * width * channels }
}

/// The mean and standard deviation that pixels between 0 and 1 are normalised by, one of each a channel.
public struct Normalization: Sendable, Equatable {
    /// Subtracted from each pixel.
    public let mean: [Float]
    /// Divides each pixel afterwards; positive.
    public let deviation: [Float]

    /// A normalisation with one mean and one deviation a channel.
    public init(mean: [Float], deviation: [Float]) {
        precondition(mean.count == deviation.count, "\(mean.count) means but \(deviation.count) deviations")
        self.mean = mean
        self.deviation = deviation
    }
}

/// A training and a test split with the names of their classes.
public struct Dataset: Sendable {
    /// The name used for run folders and messages, for example `cifar10`.
    public let name: String
    /// Class names by label.
    public let classNames: [String]
    /// How pixels are normalised before a network sees them.
    public let normalization: Normalization
    /// Images to learn from.
    public let training: LabeledImages
    /// Images to judge by.
    public let test: LabeledImages

    /// A data set of two splits of equal image size.
    public init(
        name: String, classNames: [String], normalization: Normalization, training: LabeledImages,
        test: LabeledImages
    ) {
        self.name = name
        self.classNames = classNames
        self.normalization = normalization
        self.training = training
        self.test = test
    }
}
