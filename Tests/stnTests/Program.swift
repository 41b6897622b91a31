import Foundation
import Testing

/// The built `stn`, run as a process of its own.
enum Program {
    struct Outcome {
        var exitCode: Int32
        var output: String
        var error: String
    }

    /// Runs `stn` with `arguments` in `folder`.
    static func run(_ arguments: [String], in folder: String = NSTemporaryDirectory()) throws -> Outcome {
        try launch(try executable(), arguments, in: folder)
    }

    /// Runs a shell command in which `$STN` is the program.
    static func shell(_ command: String) throws -> Outcome {
        try launch(
            URL(fileURLWithPath: "/bin/bash"), ["-c", command], in: NSTemporaryDirectory(),
            environment: ["STN": try executable().path])
    }

    private static func launch(
        _ url: URL, _ arguments: [String], in folder: String, environment: [String: String] = [:]
    ) throws -> Outcome {
        let process = Process()
        process.executableURL = url
        process.arguments = arguments
        process.currentDirectoryURL = URL(fileURLWithPath: folder)
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { _, new in new }
        // Files rather than pipes: they never fill up, however much is written to both.
        let stem = NSTemporaryDirectory() + "stn-output-\(UUID().uuidString)"
        let paths = [stem + ".out", stem + ".err"]
        defer { for path in paths { unlink(path) } }
        for path in paths { try Data().write(to: URL(fileURLWithPath: path)) }
        process.standardOutput = try FileHandle(forWritingTo: URL(fileURLWithPath: paths[0]))
        process.standardError = try FileHandle(forWritingTo: URL(fileURLWithPath: paths[1]))
        process.standardInput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        return Outcome(
            exitCode: process.terminationStatus,
            output: try String(contentsOfFile: paths[0], encoding: .utf8),
            error: try String(contentsOfFile: paths[1], encoding: .utf8))
    }

    /// The program lies beside the test bundle, or beside what the bundle lies in.
    private static func executable() throws -> URL {
        let bundles = Bundle.allBundles.map(\.bundleURL) + [Bundle.main.bundleURL]
        let arguments = CommandLine.arguments.filter { $0.contains("/") }.map { URL(fileURLWithPath: $0) }
        let candidates = (bundles + arguments).flatMap { start in
            sequence(first: start) { $0.path == "/" ? nil : $0.deletingLastPathComponent() }.prefix(5)
                .map { $0.appendingPathComponent("stn") }
        }
        let found = candidates.first { candidate in
            var isDirectory: ObjCBool = false
            return FileManager.default.fileExists(atPath: candidate.path, isDirectory: &isDirectory)
                && !isDirectory.boolValue
        }
        return try #require(found, "the stn program is not beside the tests")
    }
}
