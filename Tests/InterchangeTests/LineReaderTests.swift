import Interchange
import Testing

@Suite("Text read line by line")
struct LineReaderTests {
    private func lines(_ text: String, longestLine: Int = 1 << 20) throws -> [LineReader.Line] {
        var found: [LineReader.Line] = []
        try withTemporaryFolder { folder in
            try AtomicFile.write(Array(text.utf8), to: folder + "/text")
            var reader = try LineReader(path: folder + "/text", longestFile: 1 << 20, longestLine: longestLine)
            while let line = try reader.next() { found.append(line) }
        }
        return found
    }

    @Test("lines have their numbers from 1, and the last one says whether it is ended")
    func numbers() throws {
        let ended = try lines("one\n\nthree\n")
        #expect(ended.map { String(decoding: $0.bytes, as: UTF8.self) } == ["one", "", "three"])
        #expect(ended.map(\.number) == [1, 2, 3] && ended.allSatisfy(\.isEnded))
        let open = try lines("one\ntwo")
        #expect(open.map(\.number) == [1, 2] && open.map(\.isEnded) == [true, false])
        #expect(try lines("").isEmpty)
    }

    @Test("a line may be as long as the limit, also where it spans what is read at a time, and not a byte longer")
    func limit() throws {
        for count in [5, 65_536, 65_537, 200_000] {
            let line = String(repeating: "x", count: count)
            #expect(try lines("a\n" + line + "\nb", longestLine: count).map(\.bytes.count) == [1, count, 1])
            let error = #expect(throws: FileError.self) { try lines("a\n" + line + "x\nb", longestLine: count) }
            guard case .lineTooLong(_, 2, count) = error else {
                Issue.record("\(error.map { "\($0)" } ?? "none")")
                continue
            }
        }
    }
}
