import Interchange
import SpatialTransformers
import Tensors

/// The checkpoints that a run goes on from: `step-NNNNNNNNNN.safetensors` in one folder, by the steps they have behind them.
///
/// A run keeps the last two. One is enough for a crash, which leaves the old or the new one; the other is there for a disk that
/// gives back other bytes than were written.
package struct CheckpointStore {
    /// How many are kept.
    package static let keptCount = 2

    /// The folder.
    package let folder: String
    /// What is written to.
    package let files: any Storage

    /// The checkpoints in a folder.
    package init(folder: String, files: any Storage = SystemStorage()) {
        self.folder = folder
        self.files = files
    }

    /// A checkpoint that is whole.
    package struct Found {
        /// Its content.
        package let file: SafetensorsFile
        /// Where it lies.
        package let path: String
    }

    /// Writes a checkpoint; when this returns it survives the loss of power, and older ones than are kept are gone.
    ///
    /// - Throws: ``FileError`` when it cannot be written; those before it are untouched then.
    package func save(_ file: SafetensorsFile, step: Int) throws {
        try files.replace(path(step), with: try Seal.sealed(file))
        for old in steps.dropFirst(Self.keptCount) { try? files.remove(path(old)) }
    }

    /// Writes a sealed file of another name beside the checkpoints, such as the best weights.
    ///
    /// - Throws: ``FileError``; what was there before is untouched then.
    package func save(_ file: SafetensorsFile, to path: String) throws {
        try files.replace(path, with: try Seal.sealed(file))
    }

    /// Where what a step that failed had come to lies: by a name that is never taken for a checkpoint.
    package func divergedPath(step: Int) -> String { folder + "/diverged-" + Self.name(step) }

    /// The checkpoint with the most steps behind it that is whole; nil where nothing was saved yet.
    ///
    /// One that is damaged is put aside as `….corrupt`, for people to look at, never deleted. Whatever else is there must not be
    /// taken for a run that has not begun, which would write over it.
    ///
    /// - Parameter note: Told of each that is damaged, in one line.
    /// - Returns: The checkpoint, and where it lies.
    /// - Throws: ``CheckpointError/noneIntact(folder:count:)``, ``CheckpointError/weightsAlone(folder:)``.
    package func newest(note: (String) -> Void) throws -> Found? {
        let steps = steps
        for step in steps {
            let path = path(step)
            do {
                return Found(file: try Seal.opened(try contents(path), name: path), path: path)
            } catch {
                note("\(oneLine("\(error)", limit: 400)); falling back to the checkpoint before it")
                try? files.rename(path, to: path + Self.damagedMark)
            }
        }
        let names = files.namesIfReadable(in: folder)
        let damaged = names.count { $0.hasPrefix(Self.prefix) && $0.hasSuffix(Self.damagedSuffix) }
        if damaged > 0 { throw CheckpointError.noneIntact(folder: folder, count: damaged) }
        if names.contains(where: { $0.hasSuffix(Self.suffix) }) { throw CheckpointError.weightsAlone(folder: folder) }
        return nil
    }

    private func contents(_ path: String) throws(FileError) -> [UInt8] {
        do {
            return try files.contents(of: path)
        } catch {
            throw .unreadable(path: path, reason: error.reason)
        }
    }

    private static let (prefix, suffix, digits) = ("step-", ".safetensors", 10)
    private static let damagedMark = ".corrupt"
    private static let damagedSuffix = suffix + damagedMark

    /// The steps of the checkpoints, the highest first: by name, as clocks may be set back.
    private var steps: [Int] {
        files.namesIfReadable(in: folder).compactMap { name -> Int? in
            guard name.hasPrefix(Self.prefix), name.hasSuffix(Self.suffix) else { return nil }
            let number = name.dropFirst(Self.prefix.count).dropLast(Self.suffix.count)
            return number.utf8.count == Self.digits && number.allSatisfy(\.isNumber) ? Int(number) : nil
        }.sorted(by: >)
    }

    private func path(_ step: Int) -> String { "\(folder)/\(Self.name(step))" }

    private static func name(_ step: Int) -> String {
        let number = String(step)
        let padding = String(repeating: "0", count: max(0, digits - number.count))
        return "\(prefix)\(padding)\(number)\(suffix)"
    }
}
