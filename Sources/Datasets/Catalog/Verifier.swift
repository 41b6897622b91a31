import Crypto

/// Finds the files of one data set and says what each is.
struct Verifier {
    let source: DataSource
    /// Whether each file is read to its end; otherwise sizes and small checksums must do.
    let readsEverything: Bool

    func report(in folder: DataFolder) -> VerificationReport {
        switch source.format {
        case .cifar10(let recordsPerFile): reportCIFAR10(in: folder, recordsPerFile: recordsPerFile)
        case .mnist(let variant): reportMNIST(in: folder, variant: variant)
        }
    }

    private func reportCIFAR10(in folder: DataFolder, recordsPerFile: Int) -> VerificationReport {
        let found = CIFAR10.folder(in: folder.path)
        let directory = found ?? folder.path.appending(path: CIFAR10.folderName)
        let receipt = source.files.first.flatMap { Receipt(folder: directory, archive: $0) }
        let files = (CIFAR10.trainingFiles + [CIFAR10.testFile]).map { name in
            let path = directory.appending(path: name)
            return report(path) {
                if readsEverything {
                    try CIFAR10.check(file: path, recordsPerFile: recordsPerFile)
                } else if let size = FileSystem.size(path), size != recordsPerFile * CIFAR10.bytesPerRecord {
                    throw DatasetError.wrongSize(
                        file: path, expected: recordsPerFile * CIFAR10.bytesPerRecord, actual: size)
                }
                return try compare(path, with: receipt?.digests[name])
            }
        }
        return VerificationReport(name: source.name, folder: found, files: files)
    }

    private func compare(_ path: String, with digest: String?) throws -> (FileState, String) {
        guard let digest else {
            return (.unofficial, "reads well; there is no record that it comes from the official archive")
        }
        if readsEverything, try FileSystem.digest(of: path, using: SHA256.self) != digest {
            return (.damaged, "changed since it was unpacked from the official archive")
        }
        return (.official, "as unpacked from the official archive")
    }

    private func reportMNIST(in folder: DataFolder, variant: MNIST.Variant) -> VerificationReport {
        let found = MNIST.folder(in: folder.path, variant: variant)
        let directory = found ?? folder.path.appending(path: variant.folderName)
        var counts: [String: Int] = [:]
        var files = MNIST.fileNames.map { name in
            let path = MNIST.file(name, in: directory) ?? directory.appending(path: name + ".gz")
            return report(path) {
                if let remote = source.files.first(where: { $0.name == name + ".gz" }), path.hasSuffix(".gz"),
                    FileSystem.size(path) == remote.byteCount,
                    try FileSystem.digest(of: path, using: Insecure.MD5.self) == remote.md5
                {
                    if readsEverything {
                        counts[name] = try checkedCount(of: path, name: name, variant: variant)
                    }
                    return (.official, "its checksum is the published one")
                }
                if readsEverything { counts[name] = try checkedCount(of: path, name: name, variant: variant) }
                let reason =
                    path.hasSuffix(".gz")
                    ? "its checksum is not the published one"
                    : "checksums are published for the gzipped files only"
                return (.unofficial, readsEverything ? "reads well, but \(reason)" : reason)
            }
        }
        for (images, labels) in [(0, 1), (2, 3)] {
            guard let imageCount = counts[MNIST.fileNames[images]],
                let labelCount = counts[MNIST.fileNames[labels]],
                imageCount != labelCount
            else { continue }
            let mismatch = DatasetError.countMismatch(
                images: files[images].path, imageCount: imageCount, labels: files[labels].path,
                labelCount: labelCount)
            files[labels] = FileReport(path: files[labels].path, state: .damaged, explanation: "\(mismatch)")
        }
        return VerificationReport(name: source.name, folder: found, files: files)
    }

    /// The number of images or labels in a file that has been read to its end.
    private func checkedCount(of path: String, name: String, variant: MNIST.Variant) throws -> Int {
        let areLabels = name == MNIST.trainingLabels || name == MNIST.testLabels
        let file = areLabels ? try MNIST.readLabels(path, variant: variant) : try IDXFile(path: path, rank: 3)
        return file.dimensions[0]
    }

    /// Runs `judge` on a file that is there, and takes what it throws for damage.
    private func report(_ path: String, judge: () throws -> (FileState, String)) -> FileReport {
        guard FileSystem.exists(path) else {
            return FileReport(path: path, state: .missing, explanation: "not there")
        }
        do {
            let (state, explanation) = try judge()
            return FileReport(path: path, state: state, explanation: explanation)
        } catch {
            return FileReport(path: path, state: .damaged, explanation: "\(error)")
        }
    }
}
