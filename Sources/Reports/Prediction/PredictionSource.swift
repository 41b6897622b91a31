import Datasets
import Foundation
import Imaging
import Tensors
import Training

/// One image to classify: a file, or standard input.
public struct PredictionSource: Sendable, Equatable {
    /// What it is called in results: its path, or "-" for standard input.
    public let name: String
    /// The file; nil for standard input.
    let path: String?
    /// What its aligned picture is called below the folder for those: its own name, for what was found in a folder with the
    /// folders between, and with the name of that folder where there are several; ending in .png.
    let alignedName: String

    init(path: String, below folder: String? = nil, oneOfSeveral: Bool = false) {
        (name, self.path) = (path, path)
        let own = folder.map { folder in
            let inside = String(path.dropFirst(folder.count).drop { $0 == "/" })
            return oneOfSeveral ? "\(URL(fileURLWithPath: folder).lastPathComponent)/\(inside)" : inside
        }
        alignedName = Self.pictureName(own ?? URL(fileURLWithPath: path).lastPathComponent)
    }

    private init() { (name, path, alignedName) = ("-", nil, "stdin.png") }

    /// The name with its extension, if it is a picture's, in place of .png.
    private static func pictureName(_ name: String) -> String {
        URL(fileURLWithPath: "/" + name).deletingPathExtension().path.dropFirst() + ".png"
    }

    /// Reads and decodes the image.
    ///
    /// - Throws: ``ImagingError``.
    func picture() throws(ImagingError) -> Image {
        guard let path else { return try Image(decoding: Self.readStandardInput(), named: "standard input") }
        return try Image(contentsOf: path)
    }

    /// All of standard input, up to a little more than a picture may have.
    private static func readStandardInput() throws(ImagingError) -> [UInt8] {
        let limit = ImageLimits.default.fileBytes
        var bytes: [UInt8] = []
        do {
            while bytes.count <= limit, let data = try FileHandle.standardInput.read(upToCount: 1 << 20), !data.isEmpty
            {
                bytes += data
            }
        } catch {
            throw .unreadable(path: "standard input", reason: systemReason(error))
        }
        return bytes
    }
}

extension PredictionSource {
    /// What the program is fed.
    static let standardInput = PredictionSource()

    /// The images that arguments stand for.
    ///
    /// A folder stands for all PNG and JPEG files below it in the order of their names, "-" for standard input, anything else
    /// for the file of that name. A folder that gives none is a refusal, from which the others do not suffer.
    ///
    /// - Throws: ``PredictionError/standardInputTwice``.
    static func all(_ arguments: [String]) throws(PredictionError) -> [Result<PredictionSource, Refusal>] {
        if arguments.count(where: { $0 == "-" }) > 1 { throw .standardInputTwice }
        let severalFolders = arguments.count(where: FileManager.default.isFolder) > 1
        return arguments.flatMap { argument -> [Result<PredictionSource, Refusal>] in
            if argument == "-" { return [.success(.standardInput)] }
            guard FileManager.default.isFolder(argument) else { return [.success(PredictionSource(path: argument))] }
            return images(in: argument, oneOfSeveral: severalFolders)
        }
    }

    private static func images(in folder: String, oneOfSeveral: Bool) -> [Result<PredictionSource, Refusal>] {
        // "digits/" and "digits" name their images alike.
        let folder = folder.count > 1 && folder.hasSuffix("/") ? String(folder.dropLast()) : folder
        do throws(ImageFolderError) {
            let files = try ImageFolder.files(below: folder)
            guard !files.isEmpty else { return [.failure(Refusal(PredictionError.noImages(path: folder)))] }
            return files.map { .success(PredictionSource(path: $0, below: folder, oneOfSeveral: oneOfSeveral)) }
        } catch {
            return [.failure(Refusal(error))]
        }
    }
}

/// Why an image or a folder has no prediction.
struct Refusal: Error {
    let reason: any UserFacingError

    init(_ reason: any UserFacingError) { self.reason = reason }
}

/// Why images cannot be classified.
public enum PredictionError: UserFacingError, Equatable {
    /// Standard input asked for twice, which can be read once.
    case standardInputTwice
    /// A folder without PNG or JPEG files.
    case noImages(path: String)
    /// Scores that are no numbers, or a transformation that is none.
    case notFinite(image: String)
    /// A network without a picture to save.
    case noTransformer

    /// Decides the exit code.
    public var category: ErrorCategory {
        switch self {
        case .standardInputTwice, .noTransformer: .usage
        case .noImages, .notFinite: .badData
        }
    }

    /// One line: what, where, what to do.
    public var description: String {
        switch self {
        case .standardInputTwice: "'-' stands twice, but standard input can be read once; drop one"
        case .noImages(let path):
            "\(path.onOneLine): no PNG or JPEG file in this folder; name another, or convert what is there"
        case .notFinite(let image):
            "\(image.onOneLine): the network's answer is not a number; its weights have run away, train it anew at a lower"
                + " --learning-rate"
        case .noTransformer:
            "the network has no spatial transformer that gives pictures; drop --save-aligned"
        }
    }
}
