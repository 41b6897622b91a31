import Tensors

/// What can go wrong while a data set is fetched.
///
/// No file is accepted when one of these is thrown.
public enum FetchError: UserFacingError, Equatable {
    /// A mirror that is neither https nor on this machine.
    case insecureMirror(String)
    /// The local archive that was named is not there.
    case archiveMissing(path: String)
    /// Every place to download from failed; the reason is that of the last.
    case unavailable(file: String, reason: String)
    /// What came is not the published file.
    case wrongContents(file: String, origin: String, reason: String)
    /// An archive with something in it that does not belong there.
    case badArchive(file: String, reason: String)
    /// A file or folder that cannot be created.
    case cannotCreate(path: String, reason: String)
    /// A read or write that failed half-way.
    case inputOutput(path: String, reason: String)
    /// Too little room for the download and what is unpacked from it.
    case notEnoughSpace(path: String, neededBytes: Int, freeBytes: Int)
    /// Another process is fetching into the same folder.
    case busy(path: String)

    /// What kind of trouble it is.
    public var category: ErrorCategory {
        switch self {
        case .insecureMirror: .usage
        case .archiveMissing: .missingInput
        case .unavailable: .unavailable
        case .wrongContents, .badArchive: .badData
        case .cannotCreate: .cannotCreate
        case .inputOutput, .notEnoughSpace: .inputOutput
        case .busy: .busy
        }
    }

    /// One line: what, where, what to do.
    public var description: String {
        switch self {
        case .insecureMirror(let url):
            return "mirror \(url) is not usable: it must be an https address, or http on this machine"
        case .archiveMissing(let path):
            return "\(path) is not there; name the downloaded archive or the folder that holds it"
        case .unavailable(let file, let reason):
            return "\(file) cannot be downloaded: \(reason); try again to continue, or use --mirror URL or"
                + " --archive FILE"
        case .wrongContents(let file, let origin, let reason):
            return
                "\(file) from \(origin) is not the published file: \(reason); nothing was kept, try another"
                + " --mirror or --archive"
        case .badArchive(let file, let reason):
            return "\(file) was not unpacked: \(reason)"
        case .cannotCreate(let path, let reason):
            return "\(path) cannot be created: \(reason); choose another folder with --data-dir"
        case .inputOutput(let path, let reason):
            return
                "\(path): \(reason); put that right or choose another folder with --data-dir, then try again"
        case .notEnoughSpace(let path, let neededBytes, let freeBytes):
            return
                "\(path) has \(freeBytes / 1_000_000) MB free, but \(neededBytes / 1_000_000) MB are needed;"
                + " choose another folder with --data-dir"
        case .busy(let path):
            return "another process is fetching into \(path); wait for it to end"
        }
    }
}
