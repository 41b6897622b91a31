import Foundation
import Interchange
import Tensors
import TestSupport
import Testing

/// What the system itself refuses, where no file is at fault.
@Suite("Failures of the system")
struct SystemFailureTests {
    private func code(_ body: () throws -> Void) -> Int32? {
        do {
            try body()
            return nil
        } catch {
            return (error as? SystemFailure)?.code
        }
    }

    @Test("a link that leads to itself is unreadable, not missing")
    func circle() throws {
        try withTemporaryFolder { folder in
            let path = folder + "/circle"
            #expect(symlink("circle", path) == 0)
            let loop = FileError.unreadable(path: path, reason: systemReason(ELOOP))
            #expect(throws: loop) { try InputFile(path: path) }
            #expect(loop.description.hasPrefix("\(path): cannot be read: ") && loop.category == .inputOutput)
        }
    }

    @Test("a file may take as many bytes as its limit, and not one more")
    func limit() throws {
        try withTemporaryFolder { folder in
            let path = folder + "/file"
            try AtomicFile.write([1, 2, 3, 4], to: path)
            #expect(try InputFile(path: path, limit: 4).read(4) == [1, 2, 3, 4])
            #expect(throws: FileError.tooLarge(path: path, byteCount: 4, limit: 3)) {
                try InputFile(path: path, limit: 3)
            }
        }
    }

    @Test("a file that was cut off while it was read is unreadable")
    func cutOff() throws {
        try withTemporaryFolder { folder in
            let path = folder + "/file"
            try AtomicFile.write([1, 2, 3, 4], to: path)
            let file = try InputFile(path: path)
            #expect(try file.read(1) == [1])
            #expect(truncate(path, 2) == 0)
            #expect(throws: FileError.unreadable(path: path, reason: "it became shorter while it was read")) {
                try file.read(3)
            }
        }
    }

    /// Says that it has a page, and has a line.
    private static let short = "/sys/kernel/mm/transparent_hugepage/enabled"

    @Test(
        "a file that is shorter than it said is what it holds",
        .enabled(if: FileManager.default.fileExists(atPath: SystemFailureTests.short), "no such file in this kernel"))
    func shorterThanSaid() throws {
        let bytes = try SystemStorage().contents(of: Self.short)
        #expect((1..<100).contains(bytes.count) && bytes.last == UInt8(ascii: "\n"))
    }

    #if os(Linux)
        @Test("a read that the system refuses is unreadable, with its reason")
        func refusedRead() throws {
            // Nothing is mapped at the address 0.
            let path = "/proc/self/mem"
            let file = try InputFile(path: path)
            #expect(throws: FileError.unreadable(path: path, reason: systemReason(EIO))) {
                try file.read(1)
            }
        }

        @Test("a disk that fails is unreadable, and an interruption is not the end")
        func failingDisk() throws {
            try withTemporaryFolder { folder in
                let (path, storage) = (folder + "/file", SystemStorage())
                try AtomicFile.write([1, 2, 3], to: path)
                let unreadable = FileError.unreadable(path: path, reason: systemReason(EIO))
                #expect(throws: unreadable) { try withFailing(.fstat, EIO) { try InputFile(path: path) } }
                #expect(throws: unreadable) { try withFailing(.read, EIO) { try InputFile(path: path).read(3) } }
                #expect(code { _ = try withFailing(.fstat, EIO) { try storage.contents(of: path) } } == EIO)
                #expect(code { _ = try withFailing(.read, EIO) { try storage.contents(of: path) } } == EIO)
                let file = try withFailing(.read, EINTR) { try InputFile(path: path).read(3) }
                #expect(file.hasFailed && file.result == [1, 2, 3])
                let contents = try withFailing(.read, EINTR) { try storage.contents(of: path) }
                #expect(contents.hasFailed && contents.result == [1, 2, 3])
            }
        }

        @Test("a folder that the disk does not take is said; that none can be synchronized is no failure")
        func folderNotSynchronized() throws {
            try withTemporaryFolder { folder in
                func synchronize() throws { try SystemStorage().synchronizeFolder(folder) }
                #expect(code { _ = try withFailing(.fsync, EIO, synchronize) } == EIO)
                let hasFailed = try withFailing(.fsync, EINVAL, synchronize).hasFailed
                #expect(hasFailed)
            }
        }

        @Test("a full disk refuses to be written to")
        func fullDisk() throws {
            let storage = SystemStorage()
            let descriptor = try storage.openEnd(of: "/dev/full")
            defer { try? storage.close(descriptor) }
            #expect(code { _ = try storage.write([1][...], to: descriptor) } == ENOSPC)
        }
    #endif

    @Test("a system that takes no byte and gives no reason is taken for a full disk")
    func nothingWritten() throws {
        let storage = SystemStorage()
        let descriptor = try storage.openEnd(of: "/dev/null")
        defer { try? storage.close(descriptor) }
        #expect(code { _ = try storage.write([], to: descriptor) } == ENOSPC)
    }

    @Test("folders and files that cannot be had fail with the system's number")
    func numbers() throws {
        try withTemporaryFolder { folder in
            let storage = SystemStorage()
            let nowhere = folder + "/nowhere"
            #expect(code { _ = try storage.names(in: nowhere) } == ENOENT)
            #expect(storage.namesIfReadable(in: nowhere).isEmpty)
            #expect(code { _ = try storage.contents(of: nowhere) } == ENOENT)
            #expect(code { try storage.synchronizeFolder(nowhere) } == ENOENT)
            #expect(code { _ = try storage.contents(of: folder) } == EINVAL)
            let sparse = folder + "/sparse"
            try AtomicFile.write([1], to: sparse)
            #expect(truncate(sparse, 1 << 33) == 0)
            #expect(code { _ = try storage.contents(of: sparse) } == EFBIG)
        }
    }

    @Test("temporary files of a folder that is gone are no failure")
    func sweepingNothing() {
        SystemStorage().sweepTemporaries(in: "/nowhere/at/all")
    }

    @Test("the folder of a file right below the root is the root")
    func root() {
        let storage = RefusingStorage()
        #expect(throws: FileError.cannotCreate(path: "/file", reason: systemReason(EROFS))) {
            try storage.replace("/file", with: [1])
        }
        #expect(storage.asked.path.hasPrefix("//.file."))
    }

    @Test("every error says what it is about in one line, and has its exit code")
    func wording() {
        let errors: [(any UserFacingError, ErrorCategory, [String])] = [
            (FileError.missing(path: "p"), .missingInput, ["p:", "no such file"]),
            (FileError.notAFile(path: "p"), .badData, ["p:", "not a file"]),
            (FileError.unreadable(path: "p", reason: "why"), .inputOutput, ["p:", "cannot be read: why"]),
            (FileError.tooLarge(path: "p", byteCount: 7, limit: 5), .badData, ["p:", "7 bytes", "the 5"]),
            (FileError.lineTooLong(path: "p", line: 3, limit: 5), .badData, ["p:3:", "longer than 5 bytes"]),
            (FileError.cannotCreate(path: "p", reason: "why"), .cannotCreate, ["p:", "cannot be created: why"]),
            (FileError.writeFailed(path: "p", reason: "why"), .inputOutput, ["p:", "writing failed: why"]),
            (
                SafetensorsError.unwritable(file: "p", .reservedName("__metadata__")), .cannotCreate,
                ["cannot write p: ", "\"__metadata__\" is reserved"]
            ),
            (
                SafetensorsError.unwritable(file: "p", .duplicateName("twin")), .cannotCreate,
                ["cannot write p: ", "\"twin\" occurs twice"]
            ),
        ]
        for (error, category, parts) in errors {
            #expect(error.category == category)
            let text = error.description
            #expect(parts.allSatisfy(text.contains) && !text.contains("\n"), "\(text)")
        }
    }
}

/// A file system that takes nothing, and remembers what it was to make.
private struct RefusingStorage: Storage {
    final class Asked { var path = "" }

    let asked = Asked()

    func create(_ path: String) throws(SystemFailure) -> Int32 {
        asked.path = path
        throw SystemFailure(code: EROFS)
    }
    func openEnd(of path: String) throws(SystemFailure) -> Int32 { throw SystemFailure(code: EIO) }
    func write(_ bytes: ArraySlice<UInt8>, to descriptor: Int32) throws(SystemFailure) -> Int { bytes.count }
    func synchronize(_ descriptor: Int32) throws(SystemFailure) {}
    func close(_ descriptor: Int32) throws(SystemFailure) {}
    func rename(_ path: String, to newPath: String) throws(SystemFailure) {}
    func remove(_ path: String) throws(SystemFailure) {}
    func truncate(_ path: String, to byteCount: Int) throws(SystemFailure) {}
    func synchronizeFolder(_ path: String) throws(SystemFailure) {}
    func names(in folder: String) throws(SystemFailure) -> [String] { [] }
    func contents(of path: String) throws(SystemFailure) -> [UInt8] { [] }
}
