import Foundation

/// A Python that has what a test compares with.
public struct Python: Sendable {
    private let path: String

    /// The environment of the peers, or the system's Python, whichever has the module; nil where neither has.
    public static func with(_ module: String) -> Python? {
        let home = FileManager.default.homeDirectoryForCurrentUser.path
        let search = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map { "\($0)/python3" }
        return (["\(home)/.cache/stn-peers/bin/python"] + search).lazy
            .filter { FileManager.default.isExecutableFile(atPath: $0) }.map(Python.init(path:))
            .first { (try? $0.output(of: "import \(module)")) != nil }
    }

    /// What a script prints.
    ///
    /// - Throws: ``Failure`` when the script fails.
    public func output(of script: String, _ arguments: [String] = []) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = ["-c", script] + arguments
        let (output, error) = (Pipe(), Pipe())
        process.standardOutput = output
        process.standardError = error
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        let complaint = String(decoding: error.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Failure(message: complaint) }
        return text
    }

    /// What a script that failed said.
    public struct Failure: Error {
        /// Its standard error.
        public let message: String
    }
}
