import Foundation
import ReaderChecks

/// The files that are replayed, a folder for each reader; their names begin with what must happen.
enum Corpus {
    /// A file of the corpus.
    struct File {
        let name: String
        let bytes: [UInt8]
        /// What the name says: "good-…" must be accepted, "bad-…" refused; nil for what a search once stopped at.
        var isGood: Bool? { name.hasPrefix("good-") ? true : name.hasPrefix("bad-") ? false : nil }
    }

    /// The files of a reader by name.
    static func files(of check: ReaderCheck) throws -> [File] {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Corpus/\(check.name)")
        return try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted().map { name in
            File(name: name, bytes: Array(try Data(contentsOf: folder.appending(path: name))))
        }
    }
}
