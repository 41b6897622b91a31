import Tensors

/// The checked content of a header: what the file holds and where.
struct SafetensorsHeader {
    /// Where a tensor's bytes lie in the data section.
    struct Entry {
        let name: String
        let type: SafetensorsFile.ElementType
        let shape: Shape
        let byteRange: Range<Int>
    }

    private(set) var metadata: [String: String] = [:]
    /// The tensors in the order of their data.
    private(set) var entries: [Entry] = []

    /// The number of header bytes that the file's first 8 bytes announce.
    static func byteCount(prefix: ArraySlice<UInt8>) throws(SafetensorsProblem) -> Int {
        guard prefix.count == 8 else { throw .truncatedHeader(byteCount: prefix.count) }
        let stated = prefix.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard stated <= UInt64(SafetensorsFile.maximumHeaderByteCount) else {
            throw .headerTooLong(byteCount: stated)
        }
        return Int(stated)
    }

    /// Reads the header of a file, which is then at the first byte of its data.
    init(of file: InputFile, path: String) throws {
        do {
            let prefix = try file.read(min(8, file.byteCount))
            let headerByteCount = try Self.byteCount(prefix: prefix[...])
            guard headerByteCount <= file.byteCount - 8 else {
                throw SafetensorsProblem.truncatedHeader(byteCount: file.byteCount)
            }
            try self.init(
                parsing: try file.read(headerByteCount), dataByteCount: file.byteCount - 8 - headerByteCount)
        } catch let problem as SafetensorsProblem {
            throw SafetensorsError.malformed(file: path, problem)
        }
    }

    /// Reads a header and checks it against the limits of ``SafetensorsFile``, before any data is allocated.
    init(parsing bytes: [UInt8], dataByteCount: Int) throws(SafetensorsProblem) {
        guard bytes.first == UInt8(ascii: "{") else { throw .notAHeader }
        let root: StrictJSONValue
        do {
            root = try StrictJSONParser.parse(bytes)
        } catch {
            throw .invalidJSON(offset: error.offset, reason: error.reason)
        }
        guard case .object(let members) = root else { preconditionFailure("JSON that begins with { is an object") }
        for (key, value) in members {
            if key == SafetensorsFile.metadataKey {
                metadata = try Self.metadata(value)
            } else {
                entries.append(try Self.entry(key, value))
            }
        }
        guard entries.count <= SafetensorsFile.maximumTensorCount else {
            throw .tooManyTensors(entries.count)
        }
        // Among tensors without elements several share one offset: they keep the header's order.
        entries = entries.enumerated().sorted { left, right in
            let (a, b) = (left.element.byteRange, right.element.byteRange)
            return (a.lowerBound, a.upperBound, left.offset) < (b.lowerBound, b.upperBound, right.offset)
        }.map(\.element)
        try checkCoverage(dataByteCount: dataByteCount)
    }

    /// The tensors must tile the data section: no hole, no overlap, nothing left over.
    private func checkCoverage(dataByteCount: Int) throws(SafetensorsProblem) {
        var end = 0
        for entry in entries {
            guard entry.byteRange.lowerBound == end else {
                throw .notContiguous(tensor: entry.name, begin: entry.byteRange.lowerBound, expected: end)
            }
            end = entry.byteRange.upperBound
        }
        guard end == dataByteCount else { throw .wrongLength(dataByteCount: dataByteCount, expected: end) }
        guard end <= SafetensorsFile.maximumDataByteCount else { throw .tooMuchData(byteCount: end) }
    }

    private static func metadata(_ value: StrictJSONValue) throws(SafetensorsProblem) -> [String: String] {
        guard case .object(let members) = value else { throw .metadataNotText }
        var result: [String: String] = [:]
        for (key, value) in members {
            guard case .string(let text) = value else { throw .metadataNotText }
            result[key] = text
        }
        return result
    }

    private static func entry(_ name: String, _ value: StrictJSONValue) throws(SafetensorsProblem) -> Entry {
        guard name.utf8.count <= SafetensorsFile.maximumNameByteCount else { throw .nameTooLong(name) }
        guard case .object(let fields) = value else { throw .invalidField(tensor: name, field: "dtype") }
        var (type, shape, offsets): (String?, [Int]?, [Int]?) = (nil, nil, nil)
        for (key, value) in fields {
            switch (key, value) {
            case ("dtype", .string(let text)): type = text
            case ("shape", .array(let elements)): shape = naturalNumbers(elements)
            case ("data_offsets", .array(let elements)): offsets = naturalNumbers(elements)
            // Writers may add fields of their own, as the reference reader allows.
            default: break
            }
        }
        guard let type else { throw .invalidField(tensor: name, field: "dtype") }
        guard let shape else { throw .invalidField(tensor: name, field: "shape") }
        guard let offsets, offsets.count == 2, offsets[0] <= offsets[1] else {
            throw .invalidField(tensor: name, field: "data_offsets")
        }
        return try entry(name, type: type, extents: shape, byteRange: offsets[0]..<offsets[1])
    }

    private static func entry(
        _ name: String, type: String, extents: [Int], byteRange: Range<Int>
    ) throws(SafetensorsProblem) -> Entry {
        guard let elementType = SafetensorsFile.ElementType(rawValue: type) else {
            throw .unsupportedType(tensor: name, type: type)
        }
        guard extents.count <= SafetensorsFile.maximumRank else {
            throw .rankTooHigh(tensor: name, rank: extents.count)
        }
        guard let shape = Shape(checking: extents) else { throw .shapeOverflow(tensor: name) }
        let (needed, overflow) = shape.count.multipliedReportingOverflow(by: elementType.byteCount)
        if overflow { throw .shapeOverflow(tensor: name) }
        guard byteRange.count == needed else {
            throw .wrongByteCount(tensor: name, stated: byteRange.count, needed: needed)
        }
        return Entry(name: name, type: elementType, shape: shape, byteRange: byteRange)
    }

    /// The elements as integers, or nil when one is not an integer or is negative.
    private static func naturalNumbers(_ elements: [StrictJSONValue]) -> [Int]? {
        var result: [Int] = []
        for element in elements {
            guard case .integer(let number) = element, number >= 0 else { return nil }
            result.append(number)
        }
        return result
    }
}
