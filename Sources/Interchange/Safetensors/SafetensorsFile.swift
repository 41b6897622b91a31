import Tensors

/// The content of a safetensors file: tensors with names, and text about them.
///
/// The format is a 64-bit little-endian length, a JSON header of that length, and the elements of all tensors one after
/// another. It holds no code, so reading one from a stranger is safe; PyTorch reads and writes it with
/// `safetensors.torch.load_file` and `save_file`.
///
/// The reader takes any bytes without trapping. It is stricter than the format's reference reader where that one is
/// lenient (a key that occurs twice, white space before the header), and its limits are those below; it copies the
/// elements, so neither padding nor alignment is asked for.
public struct SafetensorsFile: Sendable, Equatable {
    /// Longer headers are refused before they are read: 1 MiB holds 4,096 tensors with names of usual length, where the
    /// reference reader would allocate 100 MB for a stranger.
    public static let maximumHeaderByteCount = 1 << 20
    /// More tensors are refused; the largest networks of this library have a few hundred.
    public static let maximumTensorCount = 4_096
    /// More axes are refused; a convolution's weights have 4.
    public static let maximumRank = 8
    /// Longer names are refused, counted in UTF-8.
    public static let maximumNameByteCount = 256
    /// More data is refused: 4 GiB are a thousand million parameters, beyond what this library trains.
    ///
    /// A sparse file may state any length without taking any room on the disk.
    public static let maximumDataByteCount = 4 << 30
    static let metadataKey = "__metadata__"

    /// The file's free text, such as the network's configuration.
    public var metadata: [String: String]
    /// The tensors, in the order in which their data stand in the file.
    public let tensors: [NamedTensor]
    /// What to call the file in messages: its path.
    let source: String

    /// The content of a file that is going to be written.
    public init(metadata: [String: String] = [:], tensors: [NamedTensor]) {
        self.metadata = metadata
        self.tensors = tensors
        source = "the tensors in memory"
    }

    /// Reads a whole file that is in memory.
    ///
    /// - Parameters:
    ///   - bytes: the file, from its length field to its last element.
    ///   - name: what to call the file in messages.
    /// - Throws: ``SafetensorsError/malformed(file:_:)``.
    public init(parsing bytes: [UInt8], name: String = "safetensors data") throws(SafetensorsError) {
        source = name
        do throws(SafetensorsProblem) {
            let headerEnd = 8 + (try SafetensorsHeader.byteCount(prefix: bytes.prefix(8)))
            guard headerEnd <= bytes.count else {
                throw SafetensorsProblem.truncatedHeader(byteCount: bytes.count)
            }
            let header = try SafetensorsHeader(
                parsing: Array(bytes[8..<headerEnd]), dataByteCount: bytes.count - headerEnd)
            metadata = header.metadata
            tensors = header.entries.map { entry in
                let range = headerEnd + entry.byteRange.lowerBound..<headerEnd + entry.byteRange.upperBound
                return NamedTensor(entry, bytes: Array(bytes[range]))
            }
        } catch {
            throw .malformed(file: name, error)
        }
    }

    /// Reads the file at `path`; the header is checked, against the file's length too, before room is made for the data.
    ///
    /// - Throws: ``FileError`` when there is no such file or it cannot be read, ``SafetensorsError/malformed(file:_:)``
    ///   when it is not a safetensors file.
    public init(contentsOf path: String) throws {
        let file = try InputFile(path: path)
        source = path
        let header = try SafetensorsHeader(of: file, path: path)
        metadata = header.metadata
        tensors = try header.entries.map { NamedTensor($0, bytes: try file.read($0.byteRange.count)) }
    }

    /// Reads what the file at `path` says about itself, and none of its data.
    ///
    /// - Returns: The free text, and the names of the tensors in the order of their data.
    /// - Throws: As ``init(contentsOf:)``.
    public static func summary(of path: String) throws -> (metadata: [String: String], tensorNames: [String]) {
        let header = try SafetensorsHeader(of: try InputFile(path: path), path: path)
        return (header.metadata, header.entries.map(\.name))
    }

    /// Reads what the file at `path` says about its tensors, and none of their data.
    ///
    /// - Returns: The free text, and each tensor's name, type and shape in the order of the data.
    /// - Throws: As ``init(contentsOf:)``.
    package static func outline(
        of path: String
    ) throws -> (metadata: [String: String], tensors: [(name: String, type: ElementType, shape: Shape)]) {
        let header = try SafetensorsHeader(of: try InputFile(path: path), path: path)
        return (header.metadata, header.entries.map { ($0.name, $0.type, $0.shape) })
    }

    /// The tensor called `name`, if there is one.
    public subscript(name: String) -> NamedTensor? { tensors.first { $0.name == name } }

    /// The elements of the tensor called `name`, whatever its floating-point type, as 32-bit floats.
    ///
    /// - Throws: ``SafetensorsError/missingTensor(file:name:)`` or
    ///   ``SafetensorsError/wrongType(file:name:type:wanted:)``.
    public func floats(named name: String) throws(SafetensorsError) -> [Float] {
        guard let tensor = self[name] else { throw .missingTensor(file: source, name: name) }
        guard let floats = tensor.floats() else {
            throw .wrongType(file: source, name: name, type: tensor.type, wanted: "floating-point numbers")
        }
        return floats
    }

    /// The elements of the tensor called `name`, of an integer type, as 64-bit integers.
    ///
    /// - Throws: ``SafetensorsError/missingTensor(file:name:)`` or
    ///   ``SafetensorsError/wrongType(file:name:type:wanted:)``.
    public func integers(named name: String) throws(SafetensorsError) -> [Int64] {
        guard let tensor = self[name] else { throw .missingTensor(file: source, name: name) }
        guard let integers = tensor.integers() else {
            throw .wrongType(file: source, name: name, type: tensor.type, wanted: "integers")
        }
        return integers
    }

    /// Whether two files hold the same text and tensors, wherever they come from.
    public static func == (left: SafetensorsFile, right: SafetensorsFile) -> Bool {
        left.metadata == right.metadata && left.tensors == right.tensors
    }
}

extension SafetensorsFile.NamedTensor {
    fileprivate init(_ entry: SafetensorsHeader.Entry, bytes: [UInt8]) {
        self.init(name: entry.name, type: entry.type, shape: entry.shape, bytes: bytes)
    }
}
