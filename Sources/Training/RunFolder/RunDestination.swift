import Foundation
import Tensors

/// Where a run is to go, before anything is made there.
public enum RunDestination: Sendable, Equatable {
    /// The next free number in `runs`: `runs/cifar10-affine-001`.
    case numbered(runsDirectory: String, stem: String)
    /// A name of the user's own in `runs`: `runs/my-run`.
    case titled(runsDirectory: String, name: String, overwrite: Bool)
    /// A folder by its path.
    case named(path: String, overwrite: Bool)

    /// The name in `runs` that points at the newest run there, so no run may have it.
    public static let latestName = "latest"

    /// The folder of runs whose ``latestName`` is to point at this run; nil for a run that lies elsewhere.
    var runsDirectory: String? {
        switch self {
        case .numbered(let runs, _), .titled(let runs, _, _): runs
        case .named: nil
        }
    }

    /// Finds out, before data is loaded, whether the folder can be made; makes nothing.
    ///
    /// - Throws: ``RunFolderError`` when an existing folder is in the way or the place cannot be written to.
    public func preflight() throws {
        switch self {
        case .numbered(let runs, _):
            try requireWritable(runs)
        case .titled(let runs, let name, let overwrite):
            try RunDestination.named(path: "\(runs)/\(name)", overwrite: overwrite).preflight()
        case .named(let path, let overwrite):
            try requireVacant(path, overwrite: overwrite)
            try requireWritable(path)
        }
    }

    private func requireVacant(_ path: String, overwrite: Bool) throws {
        // What is not a folder is refused below, as a folder cannot be made there.
        guard let contents = try? FileManager.default.contentsOfDirectory(atPath: path), !contents.isEmpty
        else { return }
        guard overwrite else { throw RunFolderError.notEmpty(path: path) }
        // Nothing that a run has not written is ever deleted.
        guard contents.contains(RunFolder.configurationName) else { throw RunFolderError.notARun(path: path) }
    }

    /// Walks up to the nearest folder that exists and asks whether files can be made in it.
    private func requireWritable(_ path: String) throws {
        var ancestor = URL(fileURLWithPath: path).standardizedFileURL
        while !FileManager.default.fileExists(atPath: ancestor.path), ancestor.path != "/" {
            ancestor.deleteLastPathComponent()
        }
        var isDirectory: ObjCBool = false
        _ = FileManager.default.fileExists(atPath: ancestor.path, isDirectory: &isDirectory)
        guard isDirectory.boolValue else {
            throw RunFolderError.cannotCreate(path: path, reason: "\(ancestor.path) is not a folder")
        }
        guard access(ancestor.path, W_OK | X_OK) == 0 else {
            throw RunFolderError.cannotCreate(path: path, reason: "\(ancestor.path): \(systemReason())")
        }
    }
}
