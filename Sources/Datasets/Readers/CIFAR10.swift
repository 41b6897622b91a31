import Foundation
import Tensors

/// CIFAR-10: 50,000 training and 10,000 test images of 32×32 pixels in colour, 10 classes, from the official binary
/// format.
///
/// - Source: A. Krizhevsky, "Learning multiple layers of features from tiny images", 2009; the format is described on
///   https://www.cs.toronto.edu/~kriz/cifar.html.
public enum CIFAR10 {
    /// The classes by label, for when `batches.meta.txt` is not there.
    public static let classNames = [
        "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
    ]

    /// Mean and standard deviation of the training pixels of each channel, between 0 and 1.
    public static let normalization = Normalization(
        mean: [0.4914, 0.4822, 0.4465], deviation: [0.2470, 0.2434, 0.2615])

    static let folderName = "cifar-10-batches-bin"
    package static let trainingFiles = (1...5).map { "data_batch_\($0).bin" }
    package static let testFile = "test_batch.bin"
    static let officialRecordsPerFile = 10_000
    static let side = 32
    static let pixelsPerPlane = side * side
    static let bytesPerRecord = 1 + 3 * pixelsPerPlane

    /// Reads both splits into memory, 184 MB.
    ///
    /// Blocks the calling thread while it reads, well under a second from a warm disk.
    ///
    /// - Parameter directory: The folder that holds `cifar-10-batches-bin/`, or that folder itself.
    /// - Returns: 50,000 training and 10,000 test images in the order of the files.
    /// - Throws: ``DatasetError``: `missing` or `missingFile`, `pythonVariant`, `wrongSize` of a file that has not
    ///   exactly 30,730,000 bytes, `badLabel` naming the record, `unreadable`.
    public static func load(directory: String) throws -> Dataset {
        try load(directory: directory, recordsPerFile: officialRecordsPerFile)
    }

    /// As ``load(directory:)``, with files of another length.
    package static func load(directory: String, recordsPerFile: Int) throws -> Dataset {
        let folder = try requireFolder(in: directory)
        return Dataset(
            name: "cifar10", classNames: readClassNames(folder: folder), normalization: normalization,
            training: try readImages(trainingFiles, folder: folder, recordsPerFile: recordsPerFile),
            test: try readImages([testFile], folder: folder, recordsPerFile: recordsPerFile))
    }

    /// The folder with the binary files in or at `directory`, or nil.
    static func folder(in directory: String) -> String? {
        let candidates = [directory.appending(path: folderName), directory]
        return candidates.first { folder in
            (trainingFiles + [testFile]).contains { FileSystem.exists(folder.appending(path: $0)) }
        }
    }

    private static func requireFolder(in directory: String) throws -> String {
        if let folder = folder(in: directory) { return folder }
        for name in ["cifar-10-batches-py", "cifar-10-python.tar.gz"] {
            let path = directory.appending(path: name)
            if FileSystem.exists(path) { throw DatasetError.pythonVariant(path: path) }
        }
        throw DatasetError.missing(
            name: "cifar10", lookedIn: [directory.appending(path: folderName), directory])
    }

    /// The names in `batches.meta.txt` when it holds exactly ten different ones; the built-in names otherwise.
    private static func readClassNames(folder: String) -> [String] {
        let path = folder.appending(path: "batches.meta.txt")
        guard let file = try? FileReader(path: path), file.byteCount <= 4096,
            let bytes = try? file.readBytes(file.byteCount),
            let text = String(validating: bytes, as: UTF8.self)
        else { return classNames }
        let names = text.split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) }
            .filter { !$0.isEmpty }
        let areSane = names.count == classNames.count && Set(names).count == names.count
        return areSane ? names : classNames
    }

    private static func readImages(
        _ names: [String], folder: String, recordsPerFile: Int
    ) throws -> LabeledImages {
        // All are opened, and so their sizes known, before the memory for any is taken.
        let files = try names.map { try open(folder.appending(path: $0), recordsPerFile: recordsPerFile) }
        let count = files.count * recordsPerFile
        var labels: [Int32] = []
        labels.reserveCapacity(count)
        let byteCount = count * 3 * pixelsPerPlane
        try MemoryShortage.check(byteCount, for: "the images of \(folder)")
        let pixels = try [UInt8](unsafeUninitializedCapacity: byteCount) { pixels, filled in
            for file in files {
                try forEachBlock(of: file, recordsPerFile: recordsPerFile) { records in
                    for record in 0..<(records.count / bytesPerRecord) {
                        let start = record * bytesPerRecord
                        labels.append(Int32(records[start]))
                        interleave(
                            UnsafeBufferPointer(rebasing: records[(start + 1)..<(start + bytesPerRecord)]),
                            into: UnsafeMutableBufferPointer(
                                rebasing: pixels[filled..<(filled + 3 * pixelsPerPlane)]))
                        filled += 3 * pixelsPerPlane
                    }
                }
            }
        }
        return LabeledImages(height: side, width: side, channels: 3, pixels: pixels, labels: labels)
    }

    private static func open(_ path: String, recordsPerFile: Int) throws -> FileReader {
        guard FileSystem.exists(path) else { throw DatasetError.missingFile(name: "cifar10", file: path) }
        let file = try FileReader(path: path)
        let expected = recordsPerFile * bytesPerRecord
        guard file.byteCount == expected else {
            throw DatasetError.wrongSize(file: path, expected: expected, actual: file.byteCount)
        }
        return file
    }

    /// Checks the size and the labels of one file without keeping its pixels.
    static func check(file path: String, recordsPerFile: Int) throws {
        try forEachBlock(of: open(path, recordsPerFile: recordsPerFile), recordsPerFile: recordsPerFile) {
            _ in
        }
    }

    /// How many images of each class the file at `path` holds, whatever its number of records.
    ///
    /// - Throws: ``DatasetError``: `malformed` when its length is not one of whole records, `badLabel`, `unreadable`.
    package static func labelCounts(file path: String) throws -> [Int] {
        let file = try FileReader(path: path)
        // A sparse file may state any length, and reading its zeros would take as long.
        guard file.byteCount <= FileReader.byteLimit else {
            throw DatasetError.malformed(
                file: path,
                reason: "its \(file.byteCount) bytes are more than the \(FileReader.byteLimit) that are read")
        }
        guard file.byteCount > 0, file.byteCount % bytesPerRecord == 0 else {
            throw DatasetError.malformed(
                file: path, reason: "its \(file.byteCount) bytes are no whole number of records of \(bytesPerRecord)")
        }
        var counts = [Int](repeating: 0, count: classNames.count)
        try forEachBlock(of: file, recordsPerFile: file.byteCount / bytesPerRecord) { records in
            for start in stride(from: 0, to: records.count, by: bytesPerRecord) { counts[Int(records[start])] += 1 }
        }
        return counts
    }

    /// Calls `body` with whole records whose labels have been checked, a block that stays in the cache at a time.
    private static func forEachBlock(
        of file: FileReader, recordsPerFile: Int, _ body: (UnsafeBufferPointer<UInt8>) throws -> Void
    ) throws {
        var block = [UInt8](repeating: 0, count: 64 * bytesPerRecord)
        var first = 0
        while first < recordsPerFile {
            let count = min(64, recordsPerFile - first)
            let byteCount = count * bytesPerRecord
            let got = try block.withUnsafeMutableBytes {
                try file.read(into: UnsafeMutableRawBufferPointer(rebasing: $0[..<byteCount]))
            }
            guard got == byteCount else {
                let actual = first * bytesPerRecord + got
                throw DatasetError.wrongSize(
                    file: file.path, expected: recordsPerFile * bytesPerRecord, actual: actual)
            }
            for record in 0..<count where block[record * bytesPerRecord] >= classNames.count {
                throw DatasetError.badLabel(
                    file: file.path, record: first + record, label: Int(block[record * bytesPerRecord]),
                    classCount: classNames.count)
            }
            try block.withUnsafeBufferPointer { try body(UnsafeBufferPointer(rebasing: $0[..<byteCount])) }
            first += count
        }
    }

    /// Red, green and blue planes to pixels with their three channels side by side.
    private static func interleave(
        _ planes: UnsafeBufferPointer<UInt8>, into pixels: UnsafeMutableBufferPointer<UInt8>
    ) {
        for pixel in 0..<pixelsPerPlane {
            pixels[3 * pixel] = planes[pixel]
            pixels[3 * pixel + 1] = planes[pixelsPerPlane + pixel]
            pixels[3 * pixel + 2] = planes[2 * pixelsPerPlane + pixel]
        }
    }
}

extension CIFAR10 {
    /// What the official archive holds, and nothing else.
    static func archiveMembers(recordsPerFile: Int) -> [ArchiveMember] {
        let byteCount = recordsPerFile * bytesPerRecord
        return (trainingFiles + [testFile]).map {
            ArchiveMember(name: $0, byteCounts: byteCount...byteCount, isRequired: true)
        } + [
            // Both are under 100 bytes; the limits leave room without letting anything large in.
            ArchiveMember(name: "batches.meta.txt", byteCounts: 0...4096, isRequired: false),
            ArchiveMember(name: "readme.html", byteCounts: 0...4096, isRequired: false),
        ]
    }
}
