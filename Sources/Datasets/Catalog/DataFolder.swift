import Foundation

/// The folder that data sets are read from and fetched into.
public struct DataFolder: Sendable, Equatable {
    /// Its path; it need not exist yet.
    public let path: String

    /// Whether it is the program's own cache rather than a folder the user named.
    public let isDefaultCache: Bool

    /// The folder as the user gave it with `--data-dir`; nil when it came from elsewhere.
    public let option: String?

    /// A folder the user named.
    public init(path: String) {
        self.init(path: path, isDefaultCache: false)
    }

    private init(path: String, isDefaultCache: Bool, option: String? = nil) {
        self.option = option
        self.path = NSString(string: path).expandingTildeInPath
        self.isDefaultCache = isDefaultCache
    }

    /// The folder to use: the option `--data-dir`, else `$STN_DATA_DIR`, else `$XDG_CACHE_HOME/stn`, else
    /// `~/.cache/stn`.
    ///
    /// Empty values count as not given, and so does an `$XDG_CACHE_HOME` that is not absolute, as its specification
    /// demands. The cache is the default because what it holds can be fetched again.
    public static func resolve(
        option: String?, environment: [String: String] = ProcessInfo.processInfo.environment
    ) -> DataFolder {
        if let option, !option.isEmpty { return DataFolder(path: option, isDefaultCache: false, option: option) }
        if let named = environment["STN_DATA_DIR"], !named.isEmpty { return DataFolder(path: named) }
        if let cache = environment["XDG_CACHE_HOME"], cache.hasPrefix("/") {
            return DataFolder(path: cache.appending(path: "stn"), isDefaultCache: true)
        }
        let home = environment["HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil } ?? NSHomeDirectory()
        return DataFolder(path: home.appending(path: ".cache/stn"), isDefaultCache: true)
    }

    /// What to type so that the data set comes into this folder.
    public func fetchCommand(_ name: String) -> String { Self.fetchCommand(name, option: option) }

    static func fetchCommand(_ name: String, option: String?) -> String {
        "stn data fetch \(name)" + (option.map { " --data-dir \(shellWord($0))" } ?? "")
    }

    /// The text as one word for a shell: in quotes where it holds anything that a shell might read otherwise.
    private static func shellWord(_ text: String) -> String {
        let isPlain = text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "/._-+,:=@%~".contains($0)) }
        return isPlain && !text.isEmpty ? text : "'\(text.replacingOccurrences(of: "'", with: "'\\''"))'"
    }

    /// Creates the folder if need be; a new cache is marked so that backups leave it out.
    ///
    /// - Throws: ``FetchError/cannotCreate(path:reason:)``.
    public func create() throws {
        guard try FileSystem.createFolder(path), isDefaultCache else { return }
        // The signature is fixed by the Cache Directory Tagging Specification, https://bford.info/cachedir/.
        let tag = """
            Signature: 8a477f597d28d172789f06886806bc55
            # This folder holds data sets that `stn data fetch` can fetch again.

            """
        try FileSystem.write(tag, to: path.appending(path: "CACHEDIR.TAG"))
    }
}
