import Datasets
import TestSupport
import Testing

@Suite("CIFAR-10, IDX and gzip: hostile files")
struct HostileDataTests {
    private static func idx(_ magic: UInt32, _ dimensions: [UInt32], _ count: Int) -> [UInt8] {
        Synthetic.idx(magic: magic, dimensions, [UInt8](repeating: 0, count: count))
    }

    private static let labels = idx(0x801, [6], 6)
    private static let zipped = Synthetic.gzip(labels)

    private static func changed(_ offset: Int, by flip: UInt8, in bytes: [UInt8] = zipped) -> [UInt8] {
        var bytes = bytes
        bytes[offset < 0 ? bytes.count + offset : offset] ^= flip
        return bytes
    }

    static let headers = [
        HostileFile("nothing", [], "shorter than an IDX header"),
        HostileFile("three bytes", [0, 0, 8], "shorter than an IDX header"),
        HostileFile("a magic number alone", [0, 0, 8, 1], "shorter than an IDX header"),
        HostileFile(
            "extents that are cut off", Array(idx(0x803, [1, 1, 1], 0).dropLast()), "shorter than an IDX header"),
        HostileFile("text", text: "no data at all", "as an IDX file"),
        HostileFile("floats", idx(0xD01, [1], 4), "as an IDX file"),
        HostileFile("no axes", idx(0x800, [], 0), "as an IDX file"),
        HostileFile("five axes", idx(0x805, [1, 1, 1, 1, 1], 1), "as an IDX file"),
        HostileFile("255 axes", idx(0x8FF, [1], 1), "as an IDX file"),
        HostileFile("a magic number the other way round", idx(0x0108_0000, [1], 1), "as an IDX file"),
        HostileFile("no values", idx(0x801, [0], 0), "its extents [0]"),
        HostileFile("no rows", idx(0x803, [1, 0, 28], 0), "its extents [1, 0, 28]"),
        HostileFile("extents that wrap to zero", idx(0x804, [1 << 16, 1 << 16, 1 << 16, 1 << 16], 0), "more than any"),
        HostileFile("all the largest extents", idx(0x804, [.max, .max, .max, .max], 0), "more than any"),
        HostileFile("4 GB", idx(0x801, [.max], 1), "more than any"),
        HostileFile("a value above 192 MiB", idx(0x801, [192 << 20 + 1], 1), "more than any data set"),
        HostileFile("a gigabyte, as was allowed once", idx(0x803, [1 << 10, 1 << 10, 1 << 10], 1), "more than any"),
    ]

    static let plain = [
        HostileFile("192 MiB that are not there", idx(0x801, [192 << 20], 1), "9 bytes, not 201326600"),
        HostileFile("one byte short", Array(labels.dropLast()), "13 bytes, not 14"),
        HostileFile("one byte long", labels + [0], "15 bytes, not 14"),
    ]

    static let gzipped = [
        HostileFile("two bytes of gzip", [0x1F, 0x8B], "ends too early"),
        HostileFile("not gzip", labels, "damaged gzip data"),
        HostileFile("another compression", changed(2, by: 1), "damaged gzip data"),
        HostileFile("flags that are reserved", changed(3, by: 0xE0), "damaged gzip data"),
        HostileFile("a wrong checksum", changed(-8, by: 1), "damaged gzip data"),
        HostileFile("a wrong length", changed(-4, by: 1), "damaged gzip data"),
        HostileFile("no checksum", Array(zipped.dropLast(8)), "ends too early"),
        HostileFile("cut off", Array(zipped.dropLast(12)), "ends too early"),
        HostileFile("bytes behind", zipped + [0], "bytes follow the gzip data"),
        HostileFile("a second part", zipped + zipped, "bytes follow the gzip data"),
        HostileFile("a part of nothing", Synthetic.gzip([]), "shorter than an IDX header"),
        HostileFile("gzip in gzip", Synthetic.gzip(zipped), "as an IDX file"),
        HostileFile("192 MiB from a few bytes", Synthetic.gzip(idx(0x801, [192 << 20], 1)), "the data ends before"),
        HostileFile(
            "a megabyte from more bytes", Synthetic.gzip(idx(0x801, [1 << 14], 1 << 13)), "the data ends before"),
        HostileFile(
            "4 MB behind six values", Synthetic.gzip(idx(0x801, [6], 4_000_000)), "bytes follow the [6] values"),
    ]

    static let cifar = [
        HostileFile("nothing", [], "no whole number of records"),
        HostileFile("one byte", [1], "no whole number of records"),
        HostileFile("a record that is short", [UInt8](repeating: 0, count: 3072), "no whole number of records"),
        HostileFile("a record that is long", [UInt8](repeating: 0, count: 3074), "no whole number of records"),
        HostileFile("label 10", [10] + [UInt8](repeating: 0, count: 3072), "record 0 has label 10"),
        HostileFile(
            "label 255, behind others", [UInt8](repeating: 0, count: 3073) + [UInt8](repeating: 255, count: 3073),
            "record 1 has label 255"),
    ]

    @Test("each IDX file is refused, plain and gzipped")
    func idxFiles() throws {
        let read: (String) throws -> Void = { _ = try IDXFile(path: $0, rank: nil) }
        try expectRefusals(of: Self.headers + Self.plain, atLeast: 20, fileName: "file", read: read)
        let packed = Self.headers.map { HostileFile($0.name, Synthetic.gzip($0.bytes), $0.mention) }
        try expectRefusals(of: packed + Self.gzipped, atLeast: 32, fileName: "file.gz", read: read)
    }

    @Test("each CIFAR-10 file is refused")
    func cifarFiles() throws {
        try expectRefusals(
            of: Self.cifar, atLeast: 6, fileName: "data_batch_1.bin", read: { _ = try CIFAR10.labelCounts(file: $0) })
    }

    @Test("files that take no room on the disk, and are as long as they say, are not read through")
    func sparseFiles() throws {
        try withScratchFolder { folder in
            let path = "\(folder)/sparse.bin"
            try writeFile(path, [])
            try growFile(path, to: 3073 << 28)
            expectRefusal("800 GB", naming: "sparse.bin", mention: "that are read", category: .badData) {
                _ = try CIFAR10.labelCounts(file: path)
            }
            let images = "\(folder)/sparse-idx"
            try writeFile(images, Self.idx(0x803, [1 << 18, 1 << 6, 1 << 6], 0))
            try growFile(images, to: 16 + 1 << 30)
            expectRefusal("a gigabyte", naming: "sparse-idx", mention: "more than any", category: .badData) {
                _ = try IDXFile(path: images, rank: nil)
            }
        }
    }

    @Test("images of any other size than the data set's are refused, though training and test agree")
    func otherImages() throws {
        for (height, width) in [(27, 27), (1, 784), (784, 1), (1, 1), (28, 29)] {
            try withScratchFolder { folder in
                for (images, labels) in [
                    (MNIST.trainingImages, MNIST.trainingLabels), (MNIST.testImages, MNIST.testLabels),
                ] {
                    try write(
                        Self.idx(0x803, [2, UInt32(height), UInt32(width)], 2 * height * width),
                        to: "\(folder)/\(images)")
                    try write(Self.idx(0x801, [2], 2), to: "\(folder)/\(labels)")
                }
                expectRefusal(
                    "\(height)×\(width)", naming: MNIST.trainingImages, mention: "are \(height)×\(width), not 28×28",
                    category: .badData
                ) { _ = try MNIST.load(directory: folder, variant: .digits) }
            }
        }
    }
}
