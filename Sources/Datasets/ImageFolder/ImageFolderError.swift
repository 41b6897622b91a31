import Imaging
import Tensors

/// What can be wrong with a folder of images; each message names the folder and the cure.
public enum ImageFolderError: UserFacingError, Equatable {
    /// There is no folder at the path.
    case missing(path: String)
    /// The path leads to a file.
    case notAFolder(path: String)
    /// A folder is there but cannot be listed.
    case unreadable(path: String, reason: String)
    /// The options contradict themselves or are out of range.
    case badOption(String)
    /// The folder has no class folders; `looseImages` counts the images lying directly in it.
    case noClasses(path: String, looseImages: Int)
    /// There is only one class, so there is nothing to tell apart.
    case oneClass(path: String, name: String)
    /// There are more classes than a data set of this kind may have.
    case tooManyClasses(path: String, count: Int, limit: Int)
    /// A class folder holds no PNG or JPEG file, or none that can be read; `seen` says what it holds instead.
    case emptyClass(path: String, seen: String)
    /// A split has a class that the training split lacks.
    case unknownClass(path: String, name: String)
    /// There are folders such as `test`, but no `train`.
    case noTrainingFolder(path: String, found: String)
    /// The images would take more memory than the limit.
    case tooLarge(path: String, images: Int, bytes: Int, limit: Int)
    /// The images would take more memory than there is.
    case outOfMemory(MemoryShortage)
    /// Some files cannot be used; all of them are counted, the first few are named with the reason.
    case badFiles(path: String, count: Int, first: [String])
    /// So few usable images that none is left to test on.
    case noTestImages(path: String)

    /// What kind of trouble it is.
    public var category: ErrorCategory {
        switch self {
        case .missing: .missingInput
        case .unreadable: .inputOutput
        case .badOption: .usage
        case .outOfMemory(let shortage): shortage.category
        default: .badData
        }
    }

    /// One line: which folder, what is wrong, what to do.
    public var description: String { wording.onOneLine }

    private var wording: String {
        switch self {
        case .missing(let path):
            "\(path): no such folder; check the path"
        case .notAFolder(let path):
            "\(path): is not a folder; name the folder that holds one folder a class"
        case .unreadable(let path, let reason):
            "\(path): cannot be listed (\(reason)); check its permissions and the disk"
        case .badOption(let text):
            "image folder: \(text)"
        case .noClasses(let path, let looseImages):
            looseImages == 0
                ? "\(path): no class folders; put the images of each class into a folder of its own"
                : "\(path): \(looseImages) images but no class folders; put each class into a folder of its own"
        case .oneClass(let path, let name):
            "\(path): \(name) is the only class; a classifier needs two, so add a folder for another"
        case .tooManyClasses(let path, let count, let limit):
            "\(path): \(count) class folders, more than the \(limit) allowed; choose the folder above the classes"
        case .emptyClass(let path, let seen):
            "\(path): no usable PNG or JPEG image (\(seen)); add or convert images, or remove the folder"
        case .unknownClass(let path, let name):
            "\(path): class \(name) is not in the training folder; add it there or remove it here"
        case .noTrainingFolder(let path, let found):
            "\(path): has \(found) but no train folder; add train, with one folder a class"
        case .tooLarge(let path, let images, let bytes, let limit):
            "\(path): \(images) images or more need \(Self.gibibytes(bytes)), more than the \(Self.gibibytes(limit)) allowed; "
                + "choose a smaller image size or fewer images"
        case .outOfMemory(let shortage):
            shortage.description
        case .badFiles(let path, let count, let first):
            "\(path): \(count) unusable \(count == 1 ? "file" : "files"): \(first.joined(separator: "; "))"
                + (count > first.count ? "; and \(count - first.count) more" : "")
                + "; remove or replace them, or leave them out with --skip-bad"
        case .noTestImages(let path):
            "\(path): no image is left to test on; add images to each class"
        }
    }

    private static func gibibytes(_ bytes: Int) -> String {
        // One decimal without Foundation; tenths are at most 2⁶³ / 2³⁰ · 10, far inside Int.
        let tenths = Int((Double(bytes) / 0x1p30 * 10).rounded(.up))
        return "\(tenths / 10).\(tenths % 10) GiB"
    }
}
