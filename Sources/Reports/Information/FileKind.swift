import Foundation
import Interchange
import Tensors
import Training

/// Why nothing can be said about a file.
public enum InformationError: UserFacingError, Equatable {
    /// Its bytes are of no known kind.
    case unknownKind(path: String)
    /// A folder that is no run's.
    case notARun(path: String)

    /// It is there, but not what it should be.
    public var category: ErrorCategory { .badData }

    /// One line: the file, what it is not, what is known.
    public var description: String {
        switch self {
        case .unknownKind(let path):
            "\(oneLine(path, limit: 400)): of no kind that is known here; those are safetensors, ONNX, TensorBoard's event"
                + " files, CIFAR-10's .bin, IDX (also gzipped), PNG, JPEG and run folders"
        case .notARun(let path):
            "\(oneLine(path, limit: 400)): a folder without config.yaml, so no run's; name a run's folder or a file"
        }
    }
}

/// The kinds of files that are looked into.
enum FileKind {
    case run, picture, idx, safetensors, events, cifar10, onnx

    var name: String {
        switch self {
        case .run: "run"
        case .picture: "picture"
        case .idx: "IDX"
        case .safetensors: "safetensors"
        case .events: "TensorBoard events"
        case .cifar10: "CIFAR-10 binary"
        case .onnx: "ONNX"
        }
    }

    /// Tells a file by its first bytes; those of the last four kinds can be almost anything, so names count too.
    ///
    /// - Throws: ``FileError`` or ``InformationError``.
    init(of path: String) throws {
        if FileManager.default.isFolder(path) {
            guard FileManager.default.fileExists(atPath: "\(path)/config.yaml") else {
                throw InformationError.notARun(path: path)
            }
            self = .run
            return
        }
        let file = try InputFile(path: path)
        let start = try file.read(min(file.byteCount, 16))
        let name = URL(fileURLWithPath: path).lastPathComponent
        guard let kind = Self.byBytes(start) ?? Self.byName(name) ?? Self.byGuess(start) else {
            throw InformationError.unknownKind(path: path)
        }
        self = kind
    }

    private static func byBytes(_ start: [UInt8]) -> FileKind? {
        if start.starts(with: [0x89, 0x50, 0x4E, 0x47]) || start.starts(with: [0xFF, 0xD8, 0xFF]) { return .picture }
        // The one gzipped kind.
        if start.starts(with: [0x1F, 0x8B]) { return .idx }
        if start.count >= 4, start.starts(with: [0, 0, 8]), (1...4).contains(start[3]) { return .idx }
        return nil
    }

    private static func byName(_ name: String) -> FileKind? {
        if name.contains("tfevents") { return .events }
        switch URL(fileURLWithPath: name).pathExtension.lowercased() {
        case "safetensors": return .safetensors
        case "onnx": return .onnx
        case "bin": return .cifar10
        case "png", "jpg", "jpeg": return .picture
        default: return name.contains("-ubyte") ? .idx : nil
        }
    }

    /// A length and the brace of a JSON header, or the first field of a model.
    private static func byGuess(_ start: [UInt8]) -> FileKind? {
        if start.count > 8, start[8] == UInt8(ascii: "{") { return .safetensors }
        return start.first == 0x08 ? .onnx : nil
    }

    /// What the file holds.
    func read(_ path: String) throws -> [InformationValue.Entry] {
        switch self {
        case .run: try RunInformation.entries(of: path)
        case .picture: try DataFileInformation.picture(path)
        case .idx: try DataFileInformation.idx(path)
        case .cifar10: try DataFileInformation.cifar10(path)
        case .safetensors: try ModelFileInformation.safetensors(path)
        case .onnx: try ModelFileInformation.onnx(path)
        case .events: try ModelFileInformation.events(path)
        }
    }
}
