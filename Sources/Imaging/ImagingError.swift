import Tensors

/// What can go wrong between a picture in memory and a file.
public enum ImagingError: UserFacingError, Equatable {
    /// There is nothing at the path.
    case missing(path: String)
    /// The path leads to a folder, a device or another thing that is no regular file.
    case notAFile(path: String, kind: String)
    /// The file is there but cannot be opened or read.
    case unreadable(path: String, reason: String)
    /// The file is larger than the limit.
    case fileTooLarge(name: String, bytes: Int, limit: Int)
    /// The bytes are neither PNG nor JPEG; `found` says what they look like.
    case unknownFormat(name: String, found: String)
    /// The header claims more pixels than the limits allow.
    case tooManyPixels(name: String, width: Int, height: Int, limits: ImageLimits)
    /// The file is cut off, corrupt or contradicts itself.
    case damaged(name: String, format: String, reason: String)
    /// The file is sound, but of a kind that is not read here.
    case unsupported(name: String, reason: String)
    /// The picture cannot be put into the file format.
    case cannotEncode(reason: String)
    /// Pictures cannot be arranged as asked.
    case cannotArrange(reason: String)
    /// The output file cannot be created.
    case cannotCreate(path: String, reason: String)
    /// Writing the output file failed half-way; no file of that name was left behind.
    case writeFailed(path: String, reason: String)

    /// What kind of trouble it is.
    public var category: ErrorCategory {
        switch self {
        case .missing: .missingInput
        case .notAFile, .fileTooLarge, .unknownFormat, .tooManyPixels, .damaged, .unsupported: .badData
        case .unreadable, .writeFailed: .inputOutput
        case .cannotEncode, .cannotArrange: .usage
        case .cannotCreate: .cannotCreate
        }
    }

    /// One line: which file, what is wrong, what to do.
    public var description: String {
        let (subject, text) = wording
        return (subject.map { "\($0): \(text)" } ?? text).onOneLine
    }

    private var wording: (subject: String?, text: String) {
        switch self {
        case .missing(let path):
            (path, "no such file; check the path")
        case .notAFile(let path, let kind):
            (path, "is \(kind), not a picture file; name a PNG or JPEG file")
        case .unreadable(let path, let reason):
            (path, "cannot be read (\(reason)); check its permissions and the disk")
        case .fileTooLarge(let name, let bytes, let limit):
            (name, "\(bytes) bytes, more than the \(limit) allowed; shrink the picture")
        case .unknownFormat(let name, let found):
            (name, "not a PNG or JPEG picture (\(found)); convert it to PNG")
        case .tooManyPixels(let name, let width, let height, let limits):
            (
                name,
                "\(width)×\(height) pixels, more than \(limits.pixels) in all or \(limits.side) a side; shrink the picture"
            )
        case .damaged(let name, let format, let reason):
            (name, "damaged \(format) (\(reason)); fetch or export the picture again")
        case .unsupported(let name, let reason):
            (name, "\(reason); save the picture as 8-bit PNG")
        case .cannotEncode(let reason):
            (nil, "the picture cannot be written as PNG (\(reason)); make it smaller")
        case .cannotArrange(let reason):
            (nil, "pictures cannot be arranged: \(reason)")
        case .cannotCreate(let path, let reason):
            (path, "cannot be created (\(reason)); choose another place")
        case .writeFailed(let path, let reason):
            (path, "writing failed (\(reason)); free space on the disk or choose another place")
        }
    }
}

extension String {
    /// The text with all that is more than text replaced, because file names and library messages may hold line breaks.
    package var onOneLine: String {
        String(String.UnicodeScalarView(unicodeScalars.map { $0.isMoreThanText ? "?" : $0 }))
    }
}
