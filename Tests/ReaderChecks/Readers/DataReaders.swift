import Datasets
import Foundation

extension ReaderCheck {
    /// IDX: header and values are the file, and nothing else is in it.
    package static let idx = ReaderCheck("idx") { bytes, scratch in
        let file = try IDXFile(path: scratch.file("labels-idx1-ubyte", of: bytes), rank: nil)
        try requireWhole(file)
        let extents = file.dimensions.flatMap { extent in
            [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: extent >> $0) }
        }
        let header: [UInt8] = [0, 0, 8, UInt8(file.dimensions.count)] + extents
        try require(header + file.bytes == bytes, "another file than was read")
    }

    /// Gzipped IDX: as many values as its extents say.
    package static let gzip = ReaderCheck("gzip", form: .gzip) { bytes, scratch in
        try requireWhole(try IDXFile(path: scratch.file("labels-idx1-ubyte.gz", of: bytes), rank: nil))
    }

    private static func requireWhole(_ file: IDXFile) throws(BrokenPromise) {
        try require((1...4).contains(file.dimensions.count), "\(file.dimensions.count) axes")
        try require(file.dimensions.reduce(1, *) == file.bytes.count, "values are lost")
    }

    /// CIFAR-10: each record is counted in its class.
    package static let cifar10 = ReaderCheck("cifar10") { bytes, scratch in
        let counts = try CIFAR10.labelCounts(file: scratch.file("data_batch_1.bin", of: bytes))
        var expected = [Int](repeating: 0, count: 10)
        for start in stride(from: 0, to: bytes.count, by: 3073) { expected[Int(bytes[start])] += 1 }
        try require(counts == expected, "records in another class")
    }

    /// Archives: nothing but known members leaves one, into the folder that was named.
    package static let archive = ReaderCheck("archive", form: .gzippedTar) { bytes, scratch in
        let destination = scratch.path + "/unpacked"
        guard mkdir(destination, 0o700) == 0 else { preconditionFailure("cannot make \(destination)") }
        let extractor = ArchiveExtractor(
            archive: scratch.file("data.tar.gz", of: bytes), folderName: "data", members: archiveMembers)
        let result = Result { try extractor.extract(into: destination) }
        let contents = archiveMembers.map { FileManager.default.contents(atPath: "\(destination)/\($0.name)") }
        for member in archiveMembers { unlink("\(destination)/\(member.name)") }
        try require(rmdir(destination) == 0, "it left something else in the folder")

        let digests = try result.get()
        for (member, content) in zip(archiveMembers, contents) {
            try require((digests[member.name] != nil) == (content != nil), "\(member.name) and its checksum disagree")
            try require(
                content.map { member.byteCounts.contains($0.count) } ?? !member.isRequired, "\(member.name) is wrong")
        }
    }

    private static let archiveMembers = [
        ArchiveMember(name: "a.bin", byteCounts: 0...600, isRequired: true),
        ArchiveMember(name: "readme", byteCounts: 3...64, isRequired: false),
    ]
}
