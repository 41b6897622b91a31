import Foundation
import Logging

/// One fetch of one data set.
struct FetchRun {
    let source: DataSource
    let folder: DataFolder
    let options: Fetcher.Options
    let logger: Logger
    let cancellation: CancellationFlag
    let progress: (FetchProgress) -> Void

    func run() throws -> FetchOutcome {
        if let mirror = options.mirror { _ = try TransportPolicy.address(of: "", behind: mirror) }
        // Before anything is created: a data set that is there may be in a folder that cannot be written to.
        let report = DataCatalog.verify(source, in: folder)
        if let outcome = alreadyPresent(report) { return outcome }
        try requireCopies(unless: report)
        try folder.create()
        let lock = try FolderLock(folder: folder.path)
        return try withExtendedLifetime(lock) {
            // Again: whoever held the lock may have just fetched it.
            let present = DataCatalog.verify(source, in: folder)
            if let outcome = alreadyPresent(present) { return outcome }
            try checkFreeSpace()
            switch source.format {
            case .cifar10(let recordsPerFile): return try fetchArchive(recordsPerFile: recordsPerFile)
            case .mnist(let variant): return try fetchFiles(variant: variant, present: present)
            }
        }
    }

    private func alreadyPresent(_ report: VerificationReport) -> FetchOutcome? {
        guard let path = report.folder else { return nil }
        let isKeptAnyway = report.state == .unofficialCopy && !options.replacesUnofficialCopy
        guard report.state == .official || isKeptAnyway else { return nil }
        return .alreadyPresent(folder: path, state: report.state)
    }

    /// What an archive lacks is said before a folder is made for it.
    private func requireCopies(unless report: VerificationReport) throws {
        guard let archive = options.archive else { return }
        for file in source.files where !isKept(file, in: report) { _ = try localCopy(of: file, in: archive).locate() }
    }

    private func localCopy(of file: RemoteFile, in archive: String) -> LocalCopy {
        LocalCopy(file: file, archive: archive, isOnlyFile: source.files.count == 1)
    }

    /// Whether the file is there as it should be; one that is unpacked never is.
    private func isKept(_ file: RemoteFile, in report: VerificationReport) -> Bool {
        guard case .mnist(let variant) = source.format else { return false }
        let path = folder.path.appending(path: variant.folderName).appending(path: file.name)
        return report.files.contains { $0.path == path && $0.state == .official }
    }

    private func checkFreeSpace() throws {
        guard let free = FileSystem.freeBytes(folder.path), free < source.neededByteCount else { return }
        throw FetchError.notEnoughSpace(
            path: folder.path, neededBytes: source.neededByteCount, freeBytes: free)
    }

    /// Downloads or copies a file into `directory` as a checked part.
    private func acquire(_ file: RemoteFile, into directory: String) throws -> PartFile {
        if let archive = options.archive {
            // Under another name than a download's part, which a wrong archive must not cost.
            let part = try PartFile(path: directory.appending(path: file.name + ".copy.part"))
            try localCopy(of: file, in: archive).copy(into: part)
            return part
        }
        let part = try PartFile(path: directory.appending(path: file.name + ".part"))
        let mirrored = try options.mirror.map { [try TransportPolicy.address(of: file.name, behind: $0)] }
        try Downloader(
            file: file, urls: mirrored ?? file.urls.compactMap { URL(string: $0) }, part: part,
            options: options,
            logger: logger, cancellation: cancellation, progress: progress
        ).run()
        return part
    }

    /// One archive, unpacked into a folder that appears under its name only when it is complete.
    private func fetchArchive(recordsPerFile: Int) throws -> FetchOutcome {
        let destination = folder.path.appending(path: CIFAR10.folderName)
        let temporary = folder.path.appending(path: ".\(CIFAR10.folderName).unpacking")
        try FileSystem.remove(temporary)
        var movedAside: [String] = []
        for file in source.files {
            let part = try acquire(file, into: folder.path)
            try FileSystem.createFolder(temporary)
            do {
                let digests = try ArchiveExtractor(
                    archive: part.path, folderName: CIFAR10.folderName,
                    members: CIFAR10.archiveMembers(recordsPerFile: recordsPerFile)
                ).extract(into: temporary)
                try Receipt(archive: file, digests: digests).write(to: temporary)
            } catch {
                try? FileSystem.remove(temporary)
                // A download is kept, for it is right and may only have run out of room; a copy is cheap.
                if options.archive != nil { try? part.remove() }
                throw error
            }
            if FileSystem.exists(destination) { movedAside.append(try FileSystem.moveAside(destination)) }
            try FileSystem.move(temporary, to: destination)
            try part.remove()
        }
        return .fetched(folder: destination, movedAside: movedAside)
    }

    /// Files that are kept as they come; those that are right already are left alone.
    private func fetchFiles(variant: MNIST.Variant, present: VerificationReport) throws -> FetchOutcome {
        let directory = folder.path.appending(path: variant.folderName)
        try FileSystem.createFolder(directory)
        var movedAside: [String] = []
        for file in source.files where !isKept(file, in: present) {
            let part = try acquire(file, into: directory)
            // Whatever a reader would prefer to the new file has to go, unpacked variants included.
            let name = file.name.hasSuffix(".gz") ? String(file.name.dropLast(3)) : file.name
            while let old = MNIST.file(name, in: directory) {
                movedAside.append(try FileSystem.moveAside(old))
            }
            try FileSystem.move(part.path, to: directory.appending(path: file.name))
            try part.removeVersion()
        }
        return .fetched(folder: directory, movedAside: movedAside)
    }
}
