import Foundation
import Imaging
import SpatialTransformers
import Testing

@Suite("Somebody else's package")
struct DependentPackageTests {
    /// One test for both examples, so that the library is built once for them.
    @Test("depends on a tagged version, builds with the toolchain alone, trains and classifies; and with pictures")
    func buildsAgainstTaggedCopy() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("stn-dependent-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let library = folder.appendingPathComponent("spatial-transformers")
        let program = folder.appendingPathComponent("program")
        try makeTaggedCopy(at: library)
        try makeProgram(at: program, dependingOn: library)

        let output = try run(["swift", "run", "--configuration", "release", "ColourClassifier"], in: program)
        let correct = output.split(separator: "\n").last.flatMap { line in
            line.hasPrefix("correct: ") ? Int(line.dropFirst(9).prefix { $0.isNumber }) : nil
        }
        // Three classes: guessing gives 33.
        #expect((correct ?? 0) >= 90, "\(output)")
        // SwiftPM clones what the manifest names, but only the library may be built: nothing else, no system library.
        let products = program.appendingPathComponent(".build/release")
        let built = try FileManager.default.contentsOfDirectory(atPath: products.path).filter { name in
            let objects = try? FileManager.default.contentsOfDirectory(atPath: products.path + "/" + name)
            return name.hasSuffix(".build") && objects?.contains { $0.hasSuffix(".o") } ?? false
        }
        let expected: Set = [
            "CKernels", "Tensors", "Warping", "Networks", "Execution", "Interchange", "SpatialTransformers",
            "ColourClassifier",
        ]
        #expect(Set(built.map { String($0.dropLast(6)) }) == expected)
        try classifiesImage(in: program)
    }

    /// The example that loads weights says of a picture what this process says.
    private func classifiesImage(in program: URL) throws {
        let (weights, path) = (program.path + "/w.safetensors", program.path + "/picture.png")
        let classifier = try Classifier(ReadyMade.seed(classes: 3), input: [20, 18, 1], seed: 3)
        let metadata = ["input_size": "20,18,1", "mean": "0.5", "std": "0.25", "class_names": "cat\ndog\na bird"]
        try classifier.saveWeights(to: weights, metadata: metadata)
        let picture = Image(width: 18, height: 20, channels: 1, pixels: (0..<360).map { UInt8($0 * 7 % 256) })
        try picture.write(png: path)
        let image = Tensor<Float>([1, 20, 18, 1], picture.pixels.map { (Float($0) / 255 - 0.5) / 0.25 })
        let scores = try classifier.logProbabilities(of: image).values
        let best = zip(["cat", "dog", "a bird"], scores).max { $0.1 < $1.1 }
        let (name, score) = try #require(best)

        let output = try run(
            ["swift", "run", "--configuration", "release", "ClassifyImage", weights, path], in: program)
        let lines = output.split(separator: "\n").suffix(4)
        #expect(lines.first == "\(String(format: "%.1f%%", 100 * exp(score))) \(name)", "\(output)")
        #expect(lines.last == "rotate 0.0°, scale 1.00, shift (0.00, 0.00)")
    }

    private static let repository = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// A repository of its own that holds what a release would, under the tag 1.0.0.
    private func makeTaggedCopy(at folder: URL) throws {
        let files = FileManager.default
        try files.createDirectory(at: folder, withIntermediateDirectories: true)
        for name in ["Package.swift", "Sources", "Tests"] {
            try files.copyItem(
                at: Self.repository.appendingPathComponent(name), to: folder.appendingPathComponent(name))
        }
        try run(["git", "init", "--quiet"], in: folder)
        try run(["git", "add", "--all"], in: folder)
        let identity = ["-c", "user.name=tests", "-c", "user.email=tests@example.org", "-c", "commit.gpgsign=false"]
        try run(["git"] + identity + ["commit", "--quiet", "--message", "Release"], in: folder)
        try run(["git"] + identity + ["tag", "1.0.0"], in: folder)
    }

    private func makeProgram(at folder: URL, dependingOn library: URL) throws {
        for example in ["ColourClassifier", "ClassifyImage"] {
            let sources = folder.appendingPathComponent("Sources/\(example)")
            try FileManager.default.createDirectory(at: sources, withIntermediateDirectories: true)
            try FileManager.default.copyItem(
                at: Self.repository.appendingPathComponent("Examples/\(example)/main.swift"),
                to: sources.appendingPathComponent("main.swift"))
        }
        let manifest = """
            // swift-tools-version: 6.1
            import PackageDescription
            let package = Package(
                name: "program", platforms: [.macOS(.v15)],
                dependencies: [.package(url: "\(library.absoluteString)", from: "1.0.0")],
                targets: [
                    .executableTarget(
                        name: "ColourClassifier",
                        dependencies: [.product(name: "SpatialTransformers", package: "spatial-transformers")]),
                    .executableTarget(
                        name: "ClassifyImage",
                        dependencies: [
                            .product(name: "Imaging", package: "spatial-transformers"),
                            .product(name: "SpatialTransformers", package: "spatial-transformers"),
                        ]),
                ])
            """
        try manifest.write(to: folder.appendingPathComponent("Package.swift"), atomically: true, encoding: .utf8)
    }

    /// Runs a command and returns what it printed.
    @discardableResult
    private func run(_ command: [String], in folder: URL) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = command
        process.currentDirectoryURL = folder
        let log = folder.appendingPathComponent("..").appendingPathComponent("output-\(UUID().uuidString)")
        _ = FileManager.default.createFile(atPath: log.path, contents: nil)
        let handle = try FileHandle(forWritingTo: log)
        (process.standardOutput, process.standardError) = (handle, handle)
        process.standardInput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        let output = try String(contentsOf: log, encoding: .utf8)
        try #require(process.terminationStatus == 0, "\(command.joined(separator: " ")): \(output)")
        return output
    }
}
