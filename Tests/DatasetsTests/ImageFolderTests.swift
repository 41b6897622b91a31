import Datasets
import Foundation
import Imaging
import Tensors
import TestSupport
import Testing

@Suite("Image folders")
struct ImageFolderTests {
    /// Writes a constant picture of 6 × 4 pixels.
    private func writePicture(_ path: String, grey: UInt8) throws {
        try writeFile(path, Image(width: 6, height: 4, channels: 1, filledWith: [grey]).pngData())
    }

    /// Ten pictures in each of `cat` and `dog`; grey value 1 … 10 and 101 … 110.
    private func writePets(_ root: String) throws {
        for index in 1...10 {
            try writePicture("\(root)/cat/\(index).png", grey: UInt8(index))
            try writePicture("\(root)/dog/\(index).png", grey: UInt8(100 + index))
        }
    }

    private func load(
        _ path: String, channels: Int = 1, _ options: ImageFolder.Options = .init()
    ) throws -> ImageFolder.Loaded {
        try ImageFolder.loadReporting(path: path, imageSize: (4, 6), channels: channels, options: options)
    }

    private func error(_ body: () throws -> Void) -> ImageFolderError? {
        do { try body() } catch { return error as? ImageFolderError }
        return nil
    }

    @Test("a tenth of each class is set aside by the seed, every image is used once")
    func seededSplit() throws {
        try withScratchFolder { root in
            try writePets(root)
            let loaded = try load(root)
            let dataset = loaded.dataset
            #expect(dataset.classNames == ["cat", "dog"])
            #expect(dataset.training.count == 18 && dataset.test.count == 2)
            #expect(dataset.test.labels == [0, 1])
            let values = stride(from: 0, to: 20 * 24, by: 24).map {
                (dataset.training.pixels + dataset.test.pixels)[$0]
            }
            #expect(values.sorted() == Array(1...10) + Array(101...110))
            let labels = dataset.training.labels + dataset.test.labels
            #expect(zip(values, labels).allSatisfy { ($0 > 100) == ($1 == 1) })
            #expect(
                loaded.report.summary == "classes 2 (cat 10, dog 10) · split 90/10 by seed 0 · resized to 6×4"
            )
            let again = try load(root).dataset
            #expect(
                again.training.pixels == dataset.training.pixels && again.test.pixels == dataset.test.pixels)
            let differs = try (1...5).contains { seed in
                try load(root, .init(seed: seed)).dataset.test.pixels != dataset.test.pixels
            }
            #expect(differs)
        }
    }

    @Test("classes and files are sorted by bytes, deeper folders count, dotted names do not")
    func order() throws {
        try withScratchFolder { root in
            try writePicture("\(root)/train/b/2.png", grey: 4)
            try writePicture("\(root)/train/b/1/x.png", grey: 3)
            try writePicture("\(root)/train/b/1/.hidden.png", grey: 99)
            try writePicture("\(root)/train/Z/a.png", grey: 2)
            try writePicture("\(root)/train/Z/B.png", grey: 1)
            try writePicture("\(root)/train/.git/B.png", grey: 99)
            try writePicture("\(root)/val/b/q.png", grey: 5)
            try writePicture("\(root)/test/b/q.png", grey: 6)
            let dataset = try load(root).dataset
            #expect(dataset.classNames == ["Z", "b"])
            #expect(stride(from: 0, to: 4 * 24, by: 24).map { dataset.training.pixels[$0] } == [1, 2, 3, 4])
            #expect(dataset.training.labels == [0, 0, 1, 1])
            #expect(dataset.test.pixels.allSatisfy { $0 == 5 } && dataset.test.labels == [1])
        }
    }

    @Test("JPEG and PNG are resized and converted together")
    func mixedFormats() throws {
        try withScratchFolder { root in
            for name in ["a", "b"] {
                let pixels = [[UInt8]](repeating: [200, 100, 50], count: 40 * 30).flatMap { $0 }
                try writeFile(
                    "\(root)/\(name)/1.JPG", encodedJPEG(pixels, width: 40, height: 30, channels: 3))
                try writePicture("\(root)/\(name)/2.png", grey: 77)
            }
            let dataset = try load(root, channels: 3).dataset
            let samples = Set((dataset.training.pixels + dataset.test.pixels).map { Int($0) })
            let expected = [200, 100, 50, 77]
            #expect(samples.allSatisfy { sample in expected.contains { abs($0 - sample) <= 2 } })
            #expect(
                dataset.training.channels == 3 && dataset.training.height == 4 && dataset.training.width == 6)
        }
    }

    @Test("cropping keeps the middle, stretching keeps the whole")
    func fit() throws {
        try withScratchFolder { root in
            for name in ["a", "b"] {
                for file in 1...2 {
                    // Three squares side by side: black, white, black.
                    var image = Image(width: 12, height: 4, channels: 1, filledWith: [0])
                    image.fillRectangle(x: 4, y: 0, width: 4, height: 4, color: .white)
                    try writeFile("\(root)/\(name)/\(file).png", image.pngData())
                }
            }
            let load = { (fit: ImageFolder.Fit) in
                try ImageFolder.load(path: root, imageSize: (4, 4), channels: 1, options: .init(fit: fit))
                    .training.pixels
            }
            #expect(try load(.crop).allSatisfy { $0 == 255 })
            #expect(try load(.stretch).contains(0))
        }
    }

    @Test("bad files are all counted at once, or left out and listed on request")
    func badFiles() throws {
        try withScratchFolder { root in
            try writePets(root)
            for index in 1...5 { try writeFile("\(root)/cat/bad\(index).png", Array("text".utf8)) }
            guard case .badFiles(_, 5, let first) = error({ _ = try load(root) }) else {
                Issue.record("expected five bad files to be reported")
                return
            }
            #expect(first.count == 3 && first[0].contains("cat/bad"))
            #expect(error { _ = try load(root) }?.description.hasSuffix("leave them out with --skip-bad") == true)
            let loaded = try load(root, .init(skipBad: true))
            #expect(loaded.report.skipped.count == 5)
            #expect(loaded.dataset.training.count + loaded.dataset.test.count == 20)
            #expect(loaded.report.summary.contains("5 unusable files skipped"))
            let pixels = loaded.dataset.training.pixels + loaded.dataset.test.pixels
            let values = stride(from: 0, to: pixels.count, by: 24).map { pixels[$0] }
            #expect(values.sorted() == Array(1...10) + Array(101...110))
        }
    }

    @Test("pictures are found in folders of folders, in the order of their names, and nothing else is")
    func filesBelow() throws {
        try withScratchFolder { root in
            let deepest = "\(root)/deep" + String(repeating: "/d", count: ImageFolder.maximumDepth - 1)
            let pictures = [
                "\(root)/a.PNG", "\(root)/b/c/d.jpeg", "\(root)/b/e.jfif", "\(deepest)/f.jpg", "\(root)/g.png",
            ]
            for path in pictures + ["\(root)/.hidden/h.png", "\(root)/i.txt", "\(deepest)/d/too-deep.png"] {
                try writePicture(path, grey: 1)
            }
            #expect(try ImageFolder.files(below: root) == pictures)
        }
    }

    @Test("links that lead out of the folder are refused, links inside are followed")
    func links() throws {
        try withScratchFolder { outside in
            try writePicture("\(outside)/secret.png", grey: 1)
            try withScratchFolder { root in
                try writePets(root)
                let manager = FileManager.default
                try manager.createSymbolicLink(atPath: "\(root)/cat/in.png", withDestinationPath: "1.png")
                #expect(try load(root).report.imagesPerClass[0].count == 11)
                try manager.createSymbolicLink(
                    atPath: "\(root)/cat/out.png", withDestinationPath: "\(outside)/secret.png")
                try manager.createSymbolicLink(atPath: "\(root)/cat/loop", withDestinationPath: "../cat")
                try manager.createSymbolicLink(
                    atPath: "\(root)/cat/dangling.png", withDestinationPath: "nowhere")
                let found = error { _ = try load(root) }
                #expect(found?.description.contains("3 unusable files") == true)
                #expect(found?.description.contains("leads out of the folder") == true)
            }
        }
    }

    @Test("formats that are not read are counted in one line")
    func unsupportedFormats() throws {
        try withScratchFolder { root in
            try writePets(root)
            for name in ["a.webp", "b.webp", "c.gif", "notes.txt"] {
                try writeFile("\(root)/cat/\(name)", [1])
            }
            try writePicture("\(root)/stray.png", grey: 1)
            let summary = try load(root).report.summary
            #expect(summary.contains("not read: 1 gif, 2 webp (convert to PNG or JPEG)"))
            #expect(summary.contains("ignored: 1 png outside class folders, 1 txt"))
        }
    }

    @Test("each wrong layout has its own error with a cure")
    func wrongLayouts() throws {
        try withScratchFolder { root in
            #expect(error { _ = try load("\(root)/none") } == .missing(path: "\(root)/none"))
            #expect(error { _ = try load(root) }?.description.contains("no class folders") == true)
            try writePicture("\(root)/loose.png", grey: 1)
            #expect(
                error { _ = try load(root) }?.description.contains("1 images but no class folders") == true)
            #expect(error { _ = try load("\(root)/loose.png") } == .notAFolder(path: "\(root)/loose.png"))
            try writePicture("\(root)/cat/1.png", grey: 1)
            #expect(error { _ = try load(root) }?.description.contains("the only class") == true)
            try writeFile("\(root)/dog/1.webp", [1])
            #expect(error { _ = try load(root) }?.description.contains("only 1 webp") == true)
            try writePicture("\(root)/dog/1.png", grey: 1)
            #expect(error { _ = try load(root) } == .noTestImages(path: root))
        }
        try withScratchFolder { root in
            try writePicture("\(root)/val/cat/1.png", grey: 1)
            #expect(error { _ = try load(root) } == .noTrainingFolder(path: root, found: "val"))
            try writePicture("\(root)/train/cat/1.png", grey: 1)
            try writePicture("\(root)/train/dog/1.png", grey: 1)
            try writePicture("\(root)/val/cow/1.png", grey: 1)
            #expect(
                error { _ = try load(root) }?.description.contains("class cow is not in the training folder")
                    == true)
        }
    }

    @Test("too many classes, too much memory and bad options are refused before anything is decoded")
    func limits() throws {
        try withScratchFolder { root in
            try writePets(root)
            guard case .tooLarge(_, 20, 480, 479) = error({ _ = try load(root, .init(maximumBytes: 479)) })
            else {
                Issue.record("expected the memory limit to be reported")
                return
            }
            #expect(try load(root, .init(maximumBytes: 480)).dataset.training.count == 18)
            for fraction in [0, 1, -1, .nan] as [Double] {
                #expect(error { _ = try load(root, .init(testFraction: fraction)) }?.category == .usage)
            }
            #expect(error { _ = try load(root, channels: 2) }?.category == .usage)
            #expect(error { _ = try ImageFolder.load(path: root, imageSize: (0, 4)) }?.category == .usage)
            #expect(
                error { _ = try ImageFolder.load(path: root, imageSize: (.max, .max)) }?.category == .usage)
        }
        try withScratchFolder { root in
            for index in 0...1000 {
                try FileManager.default.createDirectory(
                    atPath: "\(root)/\(index)", withIntermediateDirectories: false)
            }
            guard case .tooManyClasses(_, 1001, 1000) = error({ _ = try load(root) }) else {
                Issue.record("expected the number of classes to be reported")
                return
            }
        }
    }

    @Test("normalisation is the training split's mean and deviation; a constant channel is left alone")
    func normalization() {
        let images = LabeledImages(
            height: 1, width: 2, channels: 3, pixels: [0, 255, 7, 255, 255, 7, 0, 0, 7, 255, 0, 7],
            labels: [0, 1])
        let measured = Normalization(measuring: images)
        expectClose(measured.mean, [0.5, 0.5, 7.0 / 255], relative: 1e-6)
        expectClose(measured.deviation, [0.5, 0.5, 1], relative: 1e-6)
    }
}
