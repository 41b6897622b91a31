import Foundation
import Interchange
import Tensors
import Testing

@Suite("Files on the disk")
struct FileTests {
    private func error(_ body: () throws -> Void) -> (any UserFacingError)? {
        do {
            try body()
            return nil
        } catch {
            return error as? any UserFacingError
        }
    }

    @Test("a path that leads nowhere is missing input and named")
    func missing() {
        for path in ["/nowhere/model.safetensors", "/dev/null/model.safetensors"] {
            let error = error { _ = try SafetensorsFile(contentsOf: path) }
            #expect(error as? FileError == .missing(path: path))
            #expect(error?.category == .missingInput)
            #expect(error?.description.hasPrefix(path) == true)
        }
    }

    @Test("a folder, a device and a pipe are not files")
    func notAFile() throws {
        try withTemporaryFolder { folder in
            let pipe = folder + "/pipe"
            #expect(mkfifo(pipe, 0o600) == 0)
            for path in [folder, "/dev/zero", pipe] {
                let error = error { _ = try SafetensorsFile(contentsOf: path) }
                #expect(error as? FileError == .notAFile(path: path))
                #expect(error?.category == .badData)
            }
        }
    }

    @Test("a file that is not safetensors is bad data and named")
    func malformed() throws {
        try withTemporaryFolder { folder in
            let path = folder + "/model.safetensors"
            for (bytes, problem) in [
                ([], SafetensorsProblem.truncatedHeader(byteCount: 0)),
                ([1, 2], .truncatedHeader(byteCount: 2)),
                (lengthField(9) + [0x7B, 0x7D], .truncatedHeader(byteCount: 10)),
                (
                    safetensorsBytes(header: "{}", dataByteCount: 1),
                    .wrongLength(dataByteCount: 1, expected: 0)
                ),
            ] {
                try AtomicFile.write(bytes, to: path)
                let error = error { _ = try SafetensorsFile(contentsOf: path) }
                #expect(error as? SafetensorsError == .malformed(file: path, problem))
                #expect(error?.category == .badData)
            }
        }
    }

    @Test("a sparse file of a tebibyte is refused before room is made for it")
    func sparse() throws {
        try withTemporaryFolder { folder in
            let path = folder + "/huge.safetensors"
            let size = 1 << 40
            let header = Array("{\(entry("a", "U8", "[\(size)]", "[0,\(size)]"))}".utf8)
            try AtomicFile.write(lengthField(UInt64(header.count)) + header, to: path)
            #expect(truncate(path, 8 + header.count + size) == 0)
            let error = error { _ = try SafetensorsFile(contentsOf: path) }
            #expect(error as? SafetensorsError == .malformed(file: path, .tooMuchData(byteCount: size)))
        }
    }

    @Test("writing into a folder that is not there says so")
    func noFolder() {
        let path = "/nowhere/model.safetensors"
        let error = error { try sampleFile().write(to: path) }
        #expect(error as? FileError == .cannotCreate(path: path, reason: "No such file or directory"))
        #expect(error?.category == .cannotCreate)
    }

    @Test("a write that fails leaves what was there and no temporary file")
    func failedWrite() throws {
        try withTemporaryFolder { folder in
            // Renaming a file onto a folder fails after everything has been written.
            let path = folder + "/taken"
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            let error = error { try sampleFile().write(to: path) }
            #expect(error?.category == .inputOutput)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["taken"])
        }
    }

    @Test("a file is written under a bare name in the current folder and through a linked folder")
    func paths() throws {
        try withTemporaryFolder { folder in
            try FileManager.default.createDirectory(
                atPath: folder + "/real", withIntermediateDirectories: true)
            try FileManager.default.createSymbolicLink(
                atPath: folder + "/linked", withDestinationPath: folder + "/real")
            try AtomicFile.write([1, 2, 3], to: folder + "/linked/a b é.bin")
            #expect(FileManager.default.contents(atPath: folder + "/real/a b é.bin") == Data([1, 2, 3]))
        }
    }
}
