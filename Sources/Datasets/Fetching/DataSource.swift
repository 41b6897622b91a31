/// A published data set: where its files are, how they are recognised, and what becomes of them.
public struct DataSource: Sendable {
    /// The name used on the command line.
    public let name: String
    /// One line about it.
    public let description: String
    /// Rows, columns and channels of each image.
    public let imageShape: [Int]
    /// The number of classes.
    public let classCount: Int
    /// What is downloaded.
    public let files: [RemoteFile]
    /// How it is read, and so where its files belong.
    package let format: Format

    /// How a data set is stored in the data folder.
    package enum Format: Sendable, Equatable {
        /// Unpacked from one archive into `cifar-10-batches-bin`.
        case cifar10(recordsPerFile: Int)
        /// Kept as the gzipped files that were downloaded.
        case mnist(MNIST.Variant)
    }

    package init(
        name: String, description: String, imageShape: [Int], classCount: Int, files: [RemoteFile],
        format: Format
    ) {
        self.name = name
        self.description = description
        self.imageShape = imageShape
        self.classCount = classCount
        self.files = files
        self.format = format
    }

    /// Bytes to download.
    public var downloadByteCount: Int { files.reduce(0) { $0 + $1.byteCount } }

    /// Bytes on disk while it is fetched, the download included.
    var neededByteCount: Int {
        switch format {
        case .cifar10(let recordsPerFile): downloadByteCount + 6 * recordsPerFile * CIFAR10.bytesPerRecord
        case .mnist: downloadByteCount
        }
    }
}

/// One file as its publisher offers it.
public struct RemoteFile: Sendable, Equatable {
    /// Its name, also behind a mirror's address.
    public let name: String
    /// Where it can be had, best first.
    public let urls: [String]
    /// Its exact length.
    public let byteCount: Int
    /// Its MD5 in lower-case hexadecimal.
    ///
    /// It is what the publishers give. Two files with one MD5 can be made, but not one to match a file that exists.
    public let md5: String

    package init(name: String, urls: [String], byteCount: Int, md5: String) {
        self.name = name
        self.urls = urls
        self.byteCount = byteCount
        self.md5 = md5
    }
}

extension DataSource {
    /// CIFAR-10, one archive of 170 MB.
    public static let cifar10 = DataSource.cifar10(
        recordsPerFile: CIFAR10.officialRecordsPerFile,
        archive: RemoteFile(
            name: "cifar-10-binary.tar.gz",
            urls: ["https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz"],
            byteCount: 170_052_171, md5: "c32a1d4ab5d03f1284b67883e8d87530"))

    /// CIFAR-10 from another archive of the same layout.
    package static func cifar10(recordsPerFile: Int, archive: RemoteFile) -> DataSource {
        DataSource(
            name: "cifar10", description: "photographs of animals and vehicles",
            imageShape: [CIFAR10.side, CIFAR10.side, 3], classCount: CIFAR10.classNames.count,
            files: [archive],
            format: .cifar10(recordsPerFile: recordsPerFile))
    }

    /// MNIST, four files of 12 MB together.
    public static let mnist = mnist(
        .digits, "handwritten digits",
        // In torchvision's order; the second is the original and has often been closed.
        from: ["https://ossci-datasets.s3.amazonaws.com/mnist/", "http://yann.lecun.com/exdb/mnist/"],
        [
            (MNIST.trainingImages, 9_912_422, "f68b3c2dcbeaaa9fbdd348bbdeb94873"),
            (MNIST.trainingLabels, 28_881, "d53e105ee54ea40749a09fcbcd1e9432"),
            (MNIST.testImages, 1_648_877, "9fb629c4189551a2d022fa330f9573f3"),
            (MNIST.testLabels, 4_542, "ec29112dd5afa0611ce80d1b7f02629c"),
        ])

    /// Fashion-MNIST, four files of 31 MB together.
    public static let fashionMNIST = mnist(
        .fashion, "articles of clothing",
        // Published over http alone; the checksum says whether what came is right.
        from: ["http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/"],
        [
            (MNIST.trainingImages, 26_421_880, "8d4fb7e6c68d591d4c3dfef9ec88bf0d"),
            (MNIST.trainingLabels, 29_515, "25c81989df183df01b3e8a0aad5dffbe"),
            (MNIST.testImages, 4_422_102, "bef4ecab320f06d8554ea6380940ec79"),
            (MNIST.testLabels, 5_148, "bb300cfdad3c16e7a12a480ee83cd310"),
        ])

    private static func mnist(
        _ variant: MNIST.Variant, _ description: String, from bases: [String],
        _ files: [(String, Int, String)]
    ) -> DataSource {
        mnist(
            variant, description,
            files: files.map { name, byteCount, md5 in
                RemoteFile(
                    name: name + ".gz", urls: bases.map { $0 + name + ".gz" }, byteCount: byteCount, md5: md5)
            })
    }

    /// MNIST or Fashion-MNIST from other files of the same format.
    package static func mnist(_ variant: MNIST.Variant, _ description: String, files: [RemoteFile])
        -> DataSource
    {
        DataSource(
            name: variant.datasetName, description: description, imageShape: [28, 28, 1],
            classCount: variant.classNames.count, files: files, format: .mnist(variant))
    }
}
