import Crypto

/// The data sets that are known by name.
public enum DataCatalog {
    /// All published data sets, in the order they are listed.
    public static let sources: [DataSource] = [.cifar10, .mnist, .fashionMNIST]

    /// The source of that name.
    ///
    /// - Throws: ``DatasetError/unknownName(_:known:)``.
    public static func source(named name: String) throws -> DataSource {
        guard let source = sources.first(where: { $0.name == name }) else {
            throw DatasetError.unknownName(name, known: sources.map(\.name))
        }
        return source
    }

    /// Reads a data set into memory; blocks the calling thread.
    ///
    /// - Throws: ``DatasetError``.
    public static func load(_ name: String, from folder: DataFolder) throws -> Dataset {
        try load(source(named: name), from: folder)
    }

    /// As ``load(_:from:)``, for a given source.
    package static func load(_ source: DataSource, from folder: DataFolder) throws -> Dataset {
        do {
            switch source.format {
            case .cifar10(let recordsPerFile):
                return try CIFAR10.load(directory: folder.path, recordsPerFile: recordsPerFile)
            case .mnist(let variant):
                return try MNIST.load(directory: folder.path, variant: variant)
            }
        } catch let error as DatasetError {
            // The readers know paths alone; the cure is a command in the user's own words.
            throw error.naming(option: folder.option)
        }
    }

    /// One line of the list of data sets.
    public struct Entry: Sendable {
        /// What it is.
        public let source: DataSource
        /// Where it was found, or nil.
        public let folder: String?
        /// What was found there.
        public let state: DataState
    }

    /// All data sets with what is there of each.
    ///
    /// Quick, for a list: files are compared by size, and by checksum only where that takes a moment.
    /// ``verify(_:in:)`` reads everything.
    public static func entries(in folder: DataFolder) -> [Entry] {
        sources.map { source in
            let report = Verifier(source: source, readsEverything: false).report(in: folder)
            return Entry(source: source, folder: report.folder, state: report.state)
        }
    }

    /// Reads and checks every file of a data set; blocks the calling thread for up to a second or two.
    ///
    /// What is wrong is in the report; this throws only when the name is not known.
    ///
    /// - Throws: ``DatasetError/unknownName(_:known:)``.
    public static func verify(_ name: String, in folder: DataFolder) throws -> VerificationReport {
        verify(try source(named: name), in: folder)
    }

    /// As ``verify(_:in:)``, for a given source.
    package static func verify(_ source: DataSource, in folder: DataFolder) -> VerificationReport {
        Verifier(source: source, readsEverything: true).report(in: folder)
    }
}
