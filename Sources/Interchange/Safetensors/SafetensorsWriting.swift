import Tensors

extension SafetensorsFile {
    /// The file's bytes, as the format's reference writer lays them out: wide element types first, then by name; the
    /// header padded with spaces to a multiple of 8, so that the data are aligned when the file is mapped into memory.
    ///
    /// Metadata are sorted by key, so equal contents give equal bytes.
    ///
    /// - Throws: ``SafetensorsError/unwritable(file:_:)`` when a limit of the reader would refuse the file.
    public func encoded() throws(SafetensorsError) -> [UInt8] {
        try encoded(for: source)
    }

    /// Writes the file so that at no moment, not even after a power failure, a half-written one has the name `path`.
    ///
    /// - Throws: ``FileError`` when the file system refuses, ``SafetensorsError/unwritable(file:_:)`` when a limit of
    ///   the reader would refuse the file. In both cases a file that was there before is untouched.
    public func write(to path: String) throws {
        try AtomicFile.write(try encoded(for: path), to: path)
    }

    private func encoded(for file: String) throws(SafetensorsError) -> [UInt8] {
        let ordered = tensors.sorted { left, right in
            if left.type != right.type { return left.type.writingOrder < right.type.writingOrder }
            return left.name.utf8.lexicographicallyPrecedes(right.name.utf8)
        }
        let header: [UInt8]
        do {
            try Self.checkLimits(ordered)
            header = try Self.header(metadata: metadata, tensors: ordered)
        } catch {
            throw .unwritable(file: file, error)
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(8 + header.count + ordered.reduce(0) { $0 + $1.bytes.count })
        for shift in stride(from: 0, to: 64, by: 8) {
            bytes.append(UInt8(truncatingIfNeeded: UInt64(header.count) >> UInt64(shift)))
        }
        bytes += header
        for tensor in ordered { bytes += tensor.bytes }
        return bytes
    }

    private static func checkLimits(_ tensors: [NamedTensor]) throws(SafetensorsProblem) {
        if tensors.count > maximumTensorCount { throw .tooManyTensors(tensors.count) }
        var names: Set<String> = []
        var dataByteCount = 0
        for tensor in tensors {
            if tensor.name == metadataKey { throw .reservedName(tensor.name) }
            if tensor.name.utf8.count > maximumNameByteCount { throw .nameTooLong(tensor.name) }
            if !names.insert(tensor.name).inserted { throw .duplicateName(tensor.name) }
            if tensor.shape.rank > maximumRank {
                throw .rankTooHigh(tensor: tensor.name, rank: tensor.shape.rank)
            }
            dataByteCount += tensor.bytes.count
        }
        if dataByteCount > maximumDataByteCount { throw .tooMuchData(byteCount: dataByteCount) }
    }

    private static func header(
        metadata: [String: String], tensors: [NamedTensor]
    ) throws(SafetensorsProblem) -> [UInt8] {
        var members: [String] = []
        if !metadata.isEmpty {
            let pairs = metadata.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
            let text = pairs.map { "\(jsonString($0.key)):\(jsonString($0.value))" }.joined(separator: ",")
            members.append("\(jsonString(metadataKey)):{\(text)}")
        }
        var offset = 0
        for tensor in tensors {
            let shape = tensor.shape.dimensions.map(String.init).joined(separator: ",")
            let end = offset + tensor.bytes.count
            members.append(
                "\(jsonString(tensor.name)):{\"dtype\":\"\(tensor.type.rawValue)\",\"shape\":[\(shape)],"
                    + "\"data_offsets\":[\(offset),\(end)]}")
            offset = end
        }
        var header = Array("{\(members.joined(separator: ","))}".utf8)
        header += [UInt8](repeating: UInt8(ascii: " "), count: (8 - header.count % 8) % 8)
        if header.count > maximumHeaderByteCount { throw .headerTooLong(byteCount: UInt64(header.count)) }
        return header
    }
}

/// The text as a JSON string; characters outside ASCII stand for themselves.
package func jsonString(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\"": result += "\\\""
        case "\\": result += "\\\\"
        case "\n": result += "\\n"
        case "\r": result += "\\r"
        case "\t": result += "\\t"
        case "\u{08}": result += "\\b"
        case "\u{0C}": result += "\\f"
        case "\u{00}"..<"\u{20}":
            let digits = String(scalar.value, radix: 16)
            result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        default: result.unicodeScalars.append(scalar)
        }
    }
    return result + "\""
}
