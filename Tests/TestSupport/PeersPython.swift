import Foundation

/// The Python with PyTorch, ONNX Runtime and their like that `Benchmarks/setup-peers.sh` makes: what others make of our
/// files, where it is at hand.
public enum PeersPython {
    /// The interpreter: `STN_PEERS_PYTHON`, else the one in the script's usual folder; nil where there is none.
    public static let path: String? = {
        let home = FileManager.default.homeDirectoryForCurrentUser.path
        let path =
            ProcessInfo.processInfo.environment["STN_PEERS_PYTHON"] ?? "\(home)/.cache/stn-peers/bin/python"
        return FileManager.default.isExecutableFile(atPath: path) ? path : nil
    }()

    /// What a test that needs it says where there is none.
    public static let missing = "no Python with ONNX Runtime at hand; Benchmarks/setup-peers.sh makes one"

    /// Runs a script of the folder `tools`.
    ///
    /// - Returns: Its exit code, and what it printed on both streams.
    public static func run(_ script: String, _ arguments: [String]) throws -> (exitCode: Int32, output: String) {
        guard let path else { throw CocoaError(.fileNoSuchFile) }
        let tools = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("tools")
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = [tools.appendingPathComponent(script).path] + arguments
        let pipe = Pipe()
        (process.standardOutput, process.standardError) = (pipe, pipe)
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: output, as: UTF8.self))
    }
}
