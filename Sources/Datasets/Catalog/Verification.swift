/// How much of a data set is there, and whether it is the published one.
public enum DataState: String, Sendable {
    /// All files are there and are known to be the published ones.
    case official
    /// All files are there and read well, but at least one cannot be told to be the published one.
    case unofficialCopy = "unofficial copy"
    /// Files are missing or damaged.
    case incomplete
    /// Nothing is there.
    case missing
}

/// What one file of a data set turned out to be.
public enum FileState: String, Sendable {
    /// Its checksum is the published one, or that of what was unpacked from the published archive.
    case official
    /// It reads well, but its checksum is another or is not known.
    case unofficial
    /// It is there but cannot be used.
    case damaged
    /// It is not there.
    case missing
}

/// One file of a data set with the reason for its state.
public struct FileReport: Sendable, Equatable {
    /// Where it is or should be.
    public let path: String
    /// What it turned out to be.
    public let state: FileState
    /// One line that says why.
    public let explanation: String
}

/// All files of a data set.
public struct VerificationReport: Sendable, Equatable {
    /// The data set's name.
    public let name: String
    /// The folder its files are in, or nil when nothing is there.
    public let folder: String?
    /// A report for each file that belongs to the data set.
    public let files: [FileReport]

    /// What the files amount to.
    public var state: DataState {
        if files.allSatisfy({ $0.state == .missing }) { return .missing }
        if files.contains(where: { $0.state == .missing || $0.state == .damaged }) { return .incomplete }
        return files.allSatisfy { $0.state == .official } ? .official : .unofficialCopy
    }

    /// What is wrong, as an error with its cure.
    ///
    /// - Parameter looked: Where it was looked for.
    /// - Returns: The error; nil when a network can be trained on the data set.
    public func problem(in looked: DataFolder) -> DatasetError? {
        guard let folder, state != .missing else {
            return .missing(name: name, lookedIn: [looked.path], option: looked.option)
        }
        guard state == .incomplete else { return nil }
        return .incomplete(
            name: name, folder: folder, missing: files.count { $0.state == .missing },
            damaged: files.count { $0.state == .damaged }, option: looked.option)
    }
}
