import Foundation

/// The files of a folder of images by class, before any is opened.
struct ImageFolderContents {
    /// An image file and its class.
    struct File: Equatable {
        let path: String
        let label: Int32
    }

    /// The folder's own name, fit for a run folder's.
    let name: String
    let path: String
    /// Where the training classes lie; the folder itself unless it has `train`.
    private(set) var trainingPath: String
    private(set) var classNames: [String] = []
    /// Files of the training folder, or of all classes when there is no split.
    private(set) var files: [File] = []
    /// The name and the files of the folder to test on, when there is one.
    private(set) var test: (name: String, files: [File])?
    /// Entries that are not followed or opened.
    private(set) var refused: [UnusableFile] = []
    /// Images of formats that are not read, by extension.
    private(set) var unsupported: [String: Int] = [:]
    /// Files that are no images by their names, by extension.
    private(set) var ignored: [String: Int] = [:]

    private let lister: FolderLister
    private let options: ImageFolder.Options
    private let bytesPerImage: Int
    private var imageCount = 0

    private static let otherImages: Set<String> = [
        "avif", "bmp", "gif", "heic", "heif", "jp2", "jxl", "pbm", "pgm", "pnm", "ppm", "svg", "tga", "tif",
        "tiff",
        "webp",
    ]
    /// In the order of preference when several are there: what is looked at while training is the validation split.
    private static let testFolders = ["val", "valid", "validation", "test"]

    /// Lists the folder; stops as soon as there are more images than memory for them.
    init(
        scanning path: String, options: ImageFolder.Options, bytesPerImage: Int
    ) throws(ImageFolderError) {
        lister = try FolderLister(root: path)
        self.path = path
        self.options = options
        self.bytesPerImage = bytesPerImage
        trainingPath = path
        name = Self.runName(of: lister.root)
        let top = try lister.entries(of: lister.root)
        let folders = Set(top.filter { $0.kind == .folder }.map(\.name))
        let isSplit = !folders.isEmpty && folders.isSubset(of: Self.testFolders + ["train"])
        if isSplit {
            try scanSplit(folders)
        } else {
            files = try scanClasses(at: lister.root, entries: top)
        }
    }

    private mutating func scanSplit(_ folders: Set<String>) throws(ImageFolderError) {
        guard folders.contains("train") else {
            throw .noTrainingFolder(path: path, found: folders.sorted().joined(separator: ", "))
        }
        trainingPath = "\(path)/train"
        let training = "\(lister.root)/train"
        files = try scanClasses(at: training, entries: try lister.entries(of: training))
        guard let name = Self.testFolders.first(where: folders.contains) else { return }
        let folder = "\(lister.root)/\(name)"
        // By bytes, because strings that differ only in how accents are encoded count as equal.
        var known: [[UInt8]: Int32] = [:]
        for (label, name) in classNames.enumerated() { known[Array(name.utf8)] = Int32(label) }
        var testFiles: [File] = []
        for entry in try lister.entries(of: folder) {
            guard entry.kind == .folder else {
                note(entry, outsideClasses: true)
                continue
            }
            guard let label = known[Array(entry.name.utf8)] else {
                throw .unknownClass(path: folder, name: entry.name)
            }
            testFiles += try scanClass(entry.path, label: label)
        }
        test = (name, testFiles)
    }

    /// Collects the classes below a folder, which become the data set's classes.
    private mutating func scanClasses(
        at folder: String, entries: [FolderEntry]
    ) throws(ImageFolderError) -> [File] {
        let classes = entries.filter { $0.kind == .folder }
        let loose = entries.filter { $0.kind == .file && Self.isReadable($0.name) }
        for entry in entries where entry.kind != .folder { note(entry, outsideClasses: true) }
        if classes.isEmpty { throw .noClasses(path: folder, looseImages: loose.count) }
        if classes.count > ImageFolder.maximumClasses {
            throw .tooManyClasses(path: folder, count: classes.count, limit: ImageFolder.maximumClasses)
        }
        if classes.count == 1 { throw .oneClass(path: folder, name: classes[0].name) }
        classNames = classes.map(\.name)
        var found: [File] = []
        for (label, entry) in classes.enumerated() { found += try scanClass(entry.path, label: Int32(label)) }
        return found
    }

    private mutating func scanClass(_ folder: String, label: Int32) throws(ImageFolderError) -> [File] {
        let before = (unsupported: unsupported, ignored: ignored)
        var files: [File] = []
        try collect(folder, label: label, depth: 0, into: &files)
        if files.isEmpty {
            let seen =
                Self.difference(unsupported, before.unsupported) + Self.difference(ignored, before.ignored)
            throw .emptyClass(
                path: folder, seen: seen.isEmpty ? "it is empty" : "only \(ImageFolderReport.list(seen))")
        }
        return files
    }

    private mutating func collect(
        _ folder: String, label: Int32, depth: Int, into files: inout [File]
    ) throws(ImageFolderError) {
        for entry in try lister.entries(of: folder) {
            if entry.kind == .folder, depth < ImageFolder.maximumDepth {
                try collect(entry.path, label: label, depth: depth + 1, into: &files)
            } else if entry.kind == .file, Self.isReadable(entry.name) {
                imageCount += 1
                // Cannot overflow: the previous count kept the limit, and one image is small.
                let (bytes, limit) = (imageCount * bytesPerImage, options.maximumBytes)
                if bytes > limit {
                    throw .tooLarge(path: path, images: imageCount, bytes: bytes, limit: limit)
                }
                files.append(File(path: entry.path, label: label))
            } else {
                note(entry)
            }
        }
    }

    /// Counts an entry that is no image, or remembers why it is refused.
    private mutating func note(_ entry: FolderEntry, outsideClasses: Bool = false) {
        switch entry.kind {
        case .refused(let reason):
            refused.append(UnusableFile(path: entry.path, description: "\(entry.path): \(reason)"))
        case .folder:
            let reason = "more than \(ImageFolder.maximumDepth) folders deep"
            refused.append(UnusableFile(path: entry.path, description: "\(entry.path): \(reason)"))
        case .file:
            let fileExtension = ImageFolder.fileExtension(entry.name)
            if outsideClasses, Self.isReadable(entry.name) {
                ignored["\(fileExtension) outside class folders", default: 0] += 1
            } else if Self.otherImages.contains(fileExtension) {
                unsupported[fileExtension, default: 0] += 1
            } else {
                ignored[fileExtension, default: 0] += 1
            }
        }
    }

    private static func isReadable(_ name: String) -> Bool {
        ImageFolder.readableExtensions.contains(ImageFolder.fileExtension(name))
    }

    private static func difference(
        _ after: [String: Int], _ before: [String: Int]
    ) -> [(fileExtension: String, count: Int)] {
        ImageFolderReport.sorted(after.merging(before) { $0 - $1 }.filter { $0.value > 0 })
    }

    /// The last part of a path with everything replaced that is awkward in file names.
    private static func runName(of path: String) -> String {
        let name = URL(filePath: path).lastPathComponent.map {
            $0.isASCII && ($0.isLetter || $0.isNumber || "._-".contains($0)) ? $0 : "-"
        }
        let trimmed = String(name).drop { $0 == "." || $0 == "-" }
        return trimmed.isEmpty ? "folder" : String(trimmed)
    }
}
