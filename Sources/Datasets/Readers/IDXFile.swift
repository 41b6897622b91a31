/// An IDX file of bytes: big-endian extents, then the values, outermost axis first.
///
/// - Source: "The IDX file format", http://yann.lecun.com/exdb/mnist/.
package struct IDXFile {
    let path: String
    package let dimensions: [Int]
    package let bytes: [UInt8]

    /// Reads a file, plain or, when its name ends in `.gz`, gzipped.
    ///
    /// - Parameters:
    ///   - path: Where the file is.
    ///   - rank: How many axes it must have: 1 for labels, 3 for images; nil takes 1 to 4, as the file says.
    /// - Throws: ``DatasetError``: `badMagic`, `malformed`, `wrongSize`, `unreadable`. Nothing larger than what the
    ///   file can really hold is allocated, whatever its header says.
    package init(path: String, rank: Int?) throws {
        let file = try FileReader(path: path)
        if path.hasSuffix(".gz") {
            let gzip = try GzipReader(file: file)
            try self.init(reader: gzip, rank: rank, availableBytes: gzip.byteLimit, exactSize: nil)
        } else {
            try self.init(reader: file, rank: rank, availableBytes: file.byteCount, exactSize: file.byteCount)
        }
    }

    private init(reader: some ByteReader, rank: Int?, availableBytes: Int, exactSize: Int?) throws {
        path = reader.path
        dimensions = try Self.readHeader(reader, rank: rank)
        let count = try Self.checkedCount(dimensions, path: path)
        let headerBytes = 4 + 4 * dimensions.count
        if let exactSize, exactSize != headerBytes + count {
            throw DatasetError.wrongSize(file: path, expected: headerBytes + count, actual: exactSize)
        }
        guard count <= availableBytes, let bytes = try reader.readBytes(count) else {
            throw DatasetError.malformed(
                file: path, reason: "the header promises \(dimensions) values but the data ends before")
        }
        var extra: UInt8 = 0
        let extraCount = try withUnsafeMutableBytes(of: &extra) { try reader.read(into: $0) }
        guard extraCount == 0 else {
            throw DatasetError.malformed(
                file: path, reason: "bytes follow the \(dimensions) values of the header")
        }
        self.bytes = bytes
    }

    private static func readHeader(_ reader: some ByteReader, rank: Int?) throws -> [Int] {
        func words(_ count: Int) throws -> [UInt32] {
            guard let bytes = try reader.readBytes(4 * count) else {
                throw DatasetError.malformed(file: reader.path, reason: "it is shorter than an IDX header")
            }
            return stride(from: 0, to: bytes.count, by: 4).map { start in
                bytes[start..<(start + 4)].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            }
        }
        // Two zero bytes, 8 for unsigned bytes, the number of axes.
        let magic = try words(1)[0]
        let ranks = rank.map { $0...$0 } ?? 1...4
        guard magic >> 8 == 0x08, ranks.contains(Int(magic & 0xFF)) else {
            throw DatasetError.badMagic(
                file: reader.path, expected: 0x0800 | UInt32(rank ?? 3), actual: magic)
        }
        return try words(Int(magic & 0xFF)).map { Int($0) }
    }

    private static func checkedCount(_ dimensions: [Int], path: String) throws -> Int {
        var count = 1
        for extent in dimensions {
            let (product, overflow) = count.multipliedReportingOverflow(by: extent)
            guard extent > 0, !overflow, product <= FileReader.byteLimit else {
                throw DatasetError.malformed(
                    file: path,
                    reason: "its extents \(dimensions) stand for nothing, or for more than any data set that is read"
                        + " (\(FileReader.byteLimit) bytes)")
            }
            count = product
        }
        return count
    }
}
