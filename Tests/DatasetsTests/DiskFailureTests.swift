#if os(Linux)
    import Datasets
    import Foundation
    import Tensors
    import TestSupport
    import Testing

    @Suite("Data on a disk that fails")
    struct DiskFailureTests {
        @Test("what cannot be read is unreadable; an interruption is not the end")
        func reading() throws {
            try withScratchFolder { folder in
                let path = "\(folder)/file"
                try writeFile(path, [1, 2, 3])
                var bytes = [UInt8](repeating: 0, count: 4)
                #expect(throws: DatasetError.unreadable(file: path, reason: systemReason(EIO))) {
                    try withFailing(.read, EIO) {
                        let file = try FileReader(path: path)
                        return try bytes.withUnsafeMutableBytes { try file.read(into: $0) }
                    }
                }
                let interrupted = try withFailing(.read, EINTR) {
                    let file = try FileReader(path: path)
                    return try bytes.withUnsafeMutableBytes { try file.read(into: $0) }
                }
                #expect(interrupted.hasFailed && interrupted.result == 3 && bytes == [1, 2, 3, 0])
                #expect(throws: DatasetError.unreadable(file: path, reason: "it is not a regular file")) {
                    try withFailing(.fstat, EIO) { try FileReader(path: path) }
                }
            }
        }

        @Test("a file that becomes shorter while it is read is not of the size it was")
        func shrinking() throws {
            try withScratchFolder { folder in
                let path = "\(folder)/data_batch_1.bin"
                try writeFile(path, Synthetic.cifarFile(records: 3))
                #expect(throws: DatasetError.wrongSize(file: path, expected: 3 * 3073, actual: 0)) {
                    try withFailing(.read, 0) { try CIFAR10.labelCounts(file: path) }
                }
            }
        }

        @Test("a gzipped file is unreadable where there is no memory to unpack it")
        func unpacking() throws {
            try withScratchFolder { folder in
                let path = "\(folder)/labels-idx1-ubyte.gz"
                try writeFile(path, Synthetic.gzip(Synthetic.idxLabels(count: 3)))
                #expect(throws: DatasetError.unreadable(file: path, reason: "out of memory")) {
                    try withFailing(.inflateInit, ENOMEM) { try IDXFile(path: path, rank: 1) }
                }
                #expect(try IDXFile(path: path, rank: 1).bytes.count == 3)
            }
        }

        @Test("what cannot be written, emptied or put on the disk is said; an interruption loses nothing")
        func writing() throws {
            try withScratchFolder { folder in
                let path = "\(folder)/file"
                let output = try OutputFile(path: path, mode: .createNew)
                let refused = FetchError.inputOutput(path: path, reason: systemReason(ENOSPC))
                let bytes: [UInt8] = [1, 2, 3]
                let writing: [(SystemCall, () throws -> Void)] = [
                    (.write, { try bytes.withUnsafeBytes { try output.write($0) } }),
                    (.ftruncate, { try output.truncate() }), (.fsync, { try output.synchronize() }),
                    (.fsync, { try FileSystem.synchronize(path) }),
                ]
                for (call, body) in writing {
                    #expect(throws: refused, "\(call)") { try withFailing(call, ENOSPC, body) }
                }
                #expect(output.byteCount == 0 && FileSystem.size(path) == 0)
                #expect(
                    try withFailing(.write, EINTR) { try bytes.withUnsafeBytes { try output.write($0) } }.hasFailed)
                #expect(output.byteCount == 3 && FileSystem.size(path) == 3)
                #expect(throws: FetchError.cannotCreate(path: path, reason: "something else has that name")) {
                    try withFailing(.fstat, EIO) { try OutputFile(path: path, mode: .appendOrCreate) }
                }
            }
        }

        @Test("a folder that cannot be listed to its end is refused, an entry that cannot be looked at is told")
        func listing() throws {
            try withScratchFolder { folder in
                for name in ["a", "b"] { try writeFile("\(folder)/\(name)", [1]) }
                #expect(symlink("a", "\(folder)/link") == 0)
                let lister = try FolderLister(root: folder)
                let unreadable = ImageFolderError.unreadable(path: folder, reason: systemReason(EIO))
                #expect(throws: unreadable) { try withFailing(.opendir, EIO) { try lister.entries(of: folder) } }
                for number in 1...3 {
                    #expect(throws: unreadable) {
                        try withFailing(.readdir, EIO, number: number) { try lister.entries(of: folder) }
                    }
                }
                let kinds = try [SystemCall.lstat, .stat].map { call in
                    try withFailing(call, EACCES) { try lister.entries(of: folder) }.result.map(\.kind)
                }
                #expect(kinds[0] == [.refused(systemReason(EACCES)), .file, .file])
                #expect(kinds[1] == [.file, .file, .refused(systemReason(EACCES))])
            }
        }
    }
#endif
