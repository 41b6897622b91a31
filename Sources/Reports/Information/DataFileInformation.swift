import Datasets
import Imaging
import Interchange

/// What files of images hold.
enum DataFileInformation {
    private typealias Entry = InformationValue.Entry

    static func picture(_ path: String) throws -> [InformationValue.Entry] {
        let image = try Image(contentsOf: path)
        let file = try InputFile(path: path)
        let isPNG = try file.read(min(file.byteCount, 1)) == [0x89]
        return [
            Entry("format", .text(isPNG ? "PNG" : "JPEG")), Entry("width", .integer(image.width)),
            Entry("height", .integer(image.height)),
            Entry("channels", .integer(image.channels)), Entry("bytes", .integer(file.byteCount)),
        ]
    }

    static func idx(_ path: String) throws -> [InformationValue.Entry] {
        let file = try IDXFile(path: path, rank: nil)
        var counts = [Int](repeating: 0, count: 256)
        for byte in file.bytes { counts[Int(byte)] += 1 }
        let values = counts.indices.filter { counts[$0] > 0 }
        let areLabels = file.dimensions.count == 1
        return [
            Entry("type", .text("unsigned bytes")), Entry("shape", .integers(file.dimensions)),
            Entry("smallest", .integer(values.first ?? 0)), Entry("largest", .integer(values.last ?? 0)),
            Entry(
                "labels",
                .table(
                    columns: ["label", "count"],
                    rows: areLabels ? values.map { [.integer($0), .integer(counts[$0])] } : [])),
        ]
    }

    static func cifar10(_ path: String) throws -> [InformationValue.Entry] {
        let counts = try CIFAR10.labelCounts(file: path)
        return [
            Entry("images", .integer(counts.reduce(0, +))), Entry("shape", .integers([32, 32, 3])),
            Entry(
                "labels",
                .table(
                    columns: ["label", "class", "count"],
                    rows: zip(CIFAR10.classNames, counts).enumerated().map { label, pair in
                        [.integer(label), .text(pair.0), .integer(pair.1)]
                    })),
        ]
    }
}
