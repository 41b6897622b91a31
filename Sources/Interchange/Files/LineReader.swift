/// Reads a text file line by line, with the memory of a block and a line however long the file is.
package struct LineReader {
    /// A line without its end.
    package struct Line {
        /// What stands in it.
        package let bytes: [UInt8]
        /// Counted from 1.
        package let number: Int
        /// Whether a line break follows; only the last line of a file can lack it.
        package let isEnded: Bool
    }

    private static let blockByteCount = 1 << 16

    private let file: InputFile
    private let path: String
    private let longestLine: Int
    private var block: ArraySlice<UInt8> = []
    private var unreadCount: Int
    private var lineCount = 0

    /// Opens the regular file at `path`.
    ///
    /// - Parameters:
    ///   - path: Where it is.
    ///   - longestFile: Bytes of the file at most.
    ///   - longestLine: Bytes of a line at most.
    /// - Throws: ``FileError``: `missing`, `notAFile`, `unreadable`, `tooLarge`.
    package init(path: String, longestFile: Int, longestLine: Int) throws(FileError) {
        file = try InputFile(path: path, limit: longestFile)
        self.path = path
        self.longestLine = longestLine
        unreadCount = file.byteCount
    }

    /// The next line; nil at the end.
    ///
    /// - Throws: ``FileError/lineTooLong(path:line:limit:)``, ``FileError/unreadable(path:reason:)``.
    package mutating func next() throws(FileError) -> Line? {
        var bytes: [UInt8] = []
        while true {
            if block.isEmpty {
                guard unreadCount > 0 else { return bytes.isEmpty ? nil : line(bytes, isEnded: false) }
                block = try file.read(min(unreadCount, Self.blockByteCount))[...]
                unreadCount -= block.count
            }
            let part = block.prefix { $0 != UInt8(ascii: "\n") }
            guard bytes.count + part.count <= longestLine else {
                throw .lineTooLong(path: path, line: lineCount + 1, limit: longestLine)
            }
            bytes += part
            block = block[part.endIndex...]
            if block.popFirst() != nil { return line(bytes, isEnded: true) }
        }
    }

    private mutating func line(_ bytes: [UInt8], isEnded: Bool) -> Line {
        lineCount += 1
        return Line(bytes: bytes, number: lineCount, isEnded: isEnded)
    }
}
