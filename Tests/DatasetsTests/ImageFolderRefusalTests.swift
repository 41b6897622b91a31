import Datasets
import Foundation
import Imaging
import Tensors
import TestSupport
import Testing

/// Folders of images that cannot be used, and what is said of them.
@Suite("Image folders that are refused")
struct ImageFolderRefusalTests {
    private func writePicture(_ path: String) throws {
        try writeFile(path, Image(width: 6, height: 4, channels: 1, filledWith: [7]).pngData())
    }

    private func load(_ path: String, _ options: ImageFolder.Options = .init()) throws -> ImageFolder.Loaded {
        try ImageFolder.loadReporting(path: path, imageSize: (4, 6), channels: 1, options: options)
    }

    /// A folder whose path is so long that those of its entries are longer than the system takes.
    private func deepFolder(in folder: String) throws -> String {
        var path = folder
        let limit = Int(PATH_MAX) - 5
        while path.utf8.count < limit - 1 {
            path += "/" + String(repeating: "d", count: min(200, limit - path.utf8.count - 1))
            try #require(mkdir(path, 0o777) == 0)
        }
        return path
    }

    @Test("a folder that cannot be listed, and an entry that cannot be looked at, are told")
    func unlistable() throws {
        try withScratchFolder { folder in
            let lister = try FolderLister(root: folder)
            let file = "\(folder)/file"
            try writeFile(file, [1])
            #expect(throws: ImageFolderError.unreadable(path: file, reason: systemReason(ENOTDIR))) {
                try lister.entries(of: file)
            }
            let deep = try deepFolder(in: folder)
            let directory = open(deep, O_RDONLY | O_DIRECTORY)
            defer { close(directory) }
            close(openat(directory, "entry", O_CREAT | O_WRONLY, 0o666))
            let entries = try lister.entries(of: deep)
            #expect(entries.map(\.name) == ["entry"])
            #expect(entries.first?.kind == .refused(systemReason(ENAMETOOLONG)))
        }
    }

    @Test("a link leads out of the folder it is in, but never out of the root of all")
    func links() throws {
        try withScratchFolder { folder in
            try writeFile("\(folder)/file", [1])
            #expect(mkdir("\(folder)/images", 0o777) == 0)
            #expect(symlink("../file", "\(folder)/images/link") == 0)
            let kinds = try [folder + "/images", "/"].map { root in
                try FolderLister(root: root).entries(of: folder + "/images").map(\.kind)
            }
            #expect(kinds == [[.refused("a link that leads out of the folder")], [.file]])
        }
    }

    @Test("every error names the folder, says what is wrong, and has its exit code")
    func wording() {
        let errors: [(ImageFolderError, ErrorCategory, String)] = [
            (.missing(path: "f"), .missingInput, "no such folder"),
            (.notAFolder(path: "f"), .badData, "is not a folder"),
            (.unreadable(path: "f", reason: "why"), .inputOutput, "cannot be listed (why)"),
            (.badOption("f is bad"), .usage, "image folder: f is bad"),
            (.noClasses(path: "f", looseImages: 0), .badData, "f: no class folders"),
            (.noClasses(path: "f", looseImages: 3), .badData, "f: 3 images but no class folders"),
            (.oneClass(path: "f", name: "cat"), .badData, "f: cat is the only class"),
            (.tooManyClasses(path: "f", count: 8, limit: 7), .badData, "f: 8 class folders, more than the 7 allowed"),
            (.emptyClass(path: "f", seen: "only 2 txt"), .badData, "no usable PNG or JPEG image (only 2 txt)"),
            (.unknownClass(path: "f", name: "cow"), .badData, "f: class cow is not in the training folder"),
            (.noTrainingFolder(path: "f", found: "test"), .badData, "f: has test but no train folder"),
            (
                .tooLarge(path: "f", images: 9, bytes: 5 << 30, limit: 1 << 29), .badData,
                "f: 9 images or more need 5.0 GiB, more than the 0.5 GiB allowed"
            ),
            (
                .outOfMemory(MemoryShortage(purpose: "f", byteCount: 3 << 20, cure: "cure")), .internalFailure,
                "not enough memory for f, which takes 3 MiB; cure"
            ),
            (.badFiles(path: "f", count: 1, first: ["a"]), .badData, "f: 1 unusable file: a; remove"),
            (.badFiles(path: "f", count: 3, first: ["a", "b"]), .badData, "f: 3 unusable files: a; b; and 1 more;"),
            (.noTestImages(path: "f"), .badData, "f: no image is left to test on"),
        ]
        for (error, category, mention) in errors {
            let text = error.description
            #expect(error.category == category && text.contains(mention) && !text.contains("\n"), "\(text)")
        }
    }

    @Test("a path in a circle of links, a socket among the images and a limit of no bytes are refused")
    func system() throws {
        try withScratchFolder { folder in
            #expect(symlink("circle", "\(folder)/circle") == 0)
            #expect(
                throws: ImageFolderError.unreadable(path: "\(folder)/circle", reason: systemReason(ELOOP))
            ) { try load("\(folder)/circle") }
            for (name, index) in [("cat", 1), ("cat", 2), ("dog", 1), ("dog", 2)] {
                try writePicture("\(folder)/pets/\(name)/\(index).png")
            }
            #expect(mkfifo("\(folder)/pets/cat/3.png", 0o600) == 0)
            let loaded = try load("\(folder)/pets", .init(skipBad: true))
            #expect(loaded.report.skipped.map(\.description) == ["\(folder)/pets/cat/3.png: not a regular file"])
            #expect(throws: ImageFolderError.badOption("memory limit of 0 bytes is outside 1 ... 2^50")) {
                try load("\(folder)/pets", .init(maximumBytes: 0))
            }
        }
    }

    @Test("a class with no file at all is called empty, one with files of other kinds by what they are")
    func emptyClass() throws {
        try withScratchFolder { folder in
            try writePicture("\(folder)/cat/1.png")
            try FileManager.default.createDirectory(
                atPath: "\(folder)/dog", withIntermediateDirectories: true)
            #expect(throws: ImageFolderError.emptyClass(path: "\(folder)/dog", seen: "it is empty")) {
                try load(folder)
            }
            try writeFile("\(folder)/dog/README", [])
            try writeFile("\(folder)/dog/1.webp", [])
            #expect(
                throws: ImageFolderError.emptyClass(
                    path: "\(folder)/dog", seen: "only 1 webp, 1 without extension")
            ) { try load(folder) }
        }
    }

    @Test("folders deeper than is looked into are left out and said")
    func depth() throws {
        try withScratchFolder { folder in
            let deep = [String](repeating: "d", count: ImageFolder.maximumDepth + 1).joined(separator: "/")
            for name in ["cat", "dog"] {
                for index in 1...2 { try writePicture("\(folder)/\(name)/\(index).png") }
            }
            try writePicture("\(folder)/cat/\(deep)/3.png")
            let skipped = try load(folder, .init(skipBad: true)).report.skipped
            #expect(skipped.count == 1)
            #expect(skipped[0].description.hasSuffix("more than \(ImageFolder.maximumDepth) folders deep"))
        }
    }

    @Test("a split of training images alone sets test images aside, and what lies beside the classes is counted")
    func trainingFolderAlone() throws {
        try withScratchFolder { folder in
            for name in ["cat", "dog"] {
                for index in 1...2 { try writePicture("\(folder)/train/\(name)/\(index).png") }
            }
            let alone = try load(folder)
            #expect(alone.dataset.training.count == 2 && alone.dataset.test.count == 2)
            #expect(alone.report.splitSource.hasPrefix("split 90/10"))
            try writePicture("\(folder)/val/cat/1.png")
            try writePicture("\(folder)/val/stray.png")
            let split = try load(folder)
            #expect(split.report.summary.contains("ignored: 1 png outside class folders"))
            #expect(split.dataset.test.count == 1)
        }
    }

    @Test("test images that are all unusable leave nothing to test on")
    func noTestImages() throws {
        try withScratchFolder { folder in
            for name in ["cat", "dog"] { try writePicture("\(folder)/train/\(name)/1.png") }
            try writeFile("\(folder)/val/cat/1.png", Array("text".utf8))
            #expect(throws: ImageFolderError.noTestImages(path: folder)) { try load(folder, .init(skipBad: true)) }
        }
    }

    @Test(
        "names of runs are fit for file names, whatever the folder is called",
        arguments: [
            ("häuser & co", "h-user---co"), ("--", "folder"), ("..pets", "pets"),
        ])
    func runNames(folder: String, expected: String) throws {
        try withScratchFolder { root in
            for name in ["cat", "dog"] {
                for index in 1...2 { try writePicture("\(root)/\(folder)/\(name)/\(index).png") }
            }
            #expect(try load("\(root)/\(folder)").dataset.name == expected)
        }
    }

    @Test("of many classes the first ten are named")
    func manyClasses() throws {
        try withScratchFolder { folder in
            for label in 10...21 {
                for index in 1...2 { try writePicture("\(folder)/c\(label)/\(index).png") }
            }
            let summary = try load(folder).report.summary
            #expect(summary.hasPrefix("classes 12 (c10 2, ") && summary.contains(", c19 2, …)"), "\(summary)")
        }
    }
}
