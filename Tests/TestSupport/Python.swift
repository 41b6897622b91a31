import Foundation

/// A Python with packages that read what we write, or write what we read, where it is at hand.
public struct Python: Sendable {
    private let path: String

    /// The one with PyTorch and ONNX Runtime that `Benchmarks/setup-peers.sh` makes.
    public static let peers = having("onnxruntime, torch")

    /// What a test that needs ``peers`` says where there is none.
    public static let peersMissing =
        "no Python with PyTorch and ONNX Runtime at hand; Benchmarks/setup-peers.sh makes one"

    /// The first that has the modules: the one that `variable` names, one in a folder of `~/.cache`, one on the path.
    public static func having(
        _ modules: String, variable: String = "STN_PEERS_PYTHON", caches: [String] = ["stn-peers"]
    ) -> Python? {
        let environment = ProcessInfo.processInfo.environment
        let home = FileManager.default.homeDirectoryForCurrentUser.path
        let made = caches.map { "\(home)/.cache/\($0)/bin/python" }
        let onPath = (environment["PATH"] ?? "").split(separator: ":").map { "\($0)/python3" }
        return ([environment[variable]].compactMap(\.self) + made + onPath).lazy
            .filter { FileManager.default.isExecutableFile(atPath: $0) }.map(Python.init(path:))
            .first { (try? $0.output(of: "import \(modules)")) != nil }
    }

    /// Runs a script of the folder `tools`.
    ///
    /// - Returns: Its exit code, and what it printed on both streams.
    public func run(tool: String, _ arguments: [String]) throws -> (exitCode: Int32, output: String) {
        let (exitCode, output) = try finished([Self.tools + "/" + tool] + arguments, showsErrors: true)
        return (exitCode, String(decoding: output, as: UTF8.self))
    }

    /// What a script prints on standard output.
    ///
    /// - Throws: ``Failure`` when the script fails.
    public func output(of script: String, _ arguments: [String] = []) throws -> String {
        let (exitCode, output) = try finished(["-c", script] + arguments, showsErrors: false)
        guard exitCode == 0 else { throw Failure(exitCode: exitCode) }
        return String(decoding: output, as: UTF8.self)
    }

    /// What a script prints on standard output, as JSON.
    ///
    /// - Throws: ``Failure`` when the script fails.
    public func value<Value: Decodable>(
        of script: String, _ arguments: [String] = [], as type: Value.Type = Value.self
    ) throws -> Value {
        try JSONDecoder().decode(type, from: Data(try output(of: script, arguments).utf8))
    }

    /// A script that failed.
    public struct Failure: Error {
        /// What it ended with.
        public let exitCode: Int32
    }

    private static let tools = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("tools").path

    private func finished(_ arguments: [String], showsErrors: Bool) throws -> (exitCode: Int32, output: Data) {
        let (process, pipe) = (Process(), Pipe())
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = pipe
        // A pipe of its own, read second, could fill up and stop the script.
        process.standardError = showsErrors ? pipe : FileHandle.nullDevice
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, output)
    }
}
