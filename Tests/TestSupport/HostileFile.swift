import Foundation
import Tensors
import Testing

/// A file made to do harm, and how it must be refused.
public struct HostileFile: Sendable {
    /// What is wrong with it; of all in a table, no two are called alike.
    public let name: String
    /// The whole file.
    public let bytes: [UInt8]
    /// What the error must say.
    public let mention: String
    /// Decides the exit code.
    public let category: ErrorCategory

    /// A file that is refused as `category` with an error that says `mention`.
    public init(_ name: String, _ bytes: [UInt8], _ mention: String, _ category: ErrorCategory = .badData) {
        (self.name, self.bytes, self.mention, self.category) = (name, bytes, mention, category)
    }

    /// A text file.
    public init(_ name: String, text: String, _ mention: String, _ category: ErrorCategory = .badData) {
        self.init(name, Array(text.utf8), mention, category)
    }
}

/// Holds that `read` refuses each file in one line, which names it and what is wrong, and with its exit code.
///
/// - Parameters:
///   - files: Of different names, and not fewer than there were, so that a table cannot shrink unseen.
///   - count: How many there must be.
///   - fileName: What each is called in a folder of its own.
///   - sourceLocation: Where to report what fails.
///   - read: The reader.
/// - Throws: What making the files throws.
public func expectRefusals(
    of files: [HostileFile], atLeast count: Int, fileName: String, sourceLocation: SourceLocation = #_sourceLocation,
    read: (_ path: String) throws -> Void
) throws {
    #expect(files.count >= count && Set(files.map(\.name)).count == files.count, sourceLocation: sourceLocation)
    try withScratchFolder { folder in
        let path = "\(folder)/\(fileName)"
        for file in files {
            try writeFile(path, file.bytes)
            expectRefusal(
                file.name, naming: fileName, mention: file.mention, category: file.category,
                sourceLocation: sourceLocation
            ) { try read(path) }
        }
    }
}

/// Holds that `body` throws an error of one line that contains `fileName` and `mention`, with the exit code of `category`.
public func expectRefusal(
    _ what: String, naming fileName: String, mention: String, category: ErrorCategory,
    sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> Void
) {
    do {
        try body()
        Issue.record("\(what): was accepted", sourceLocation: sourceLocation)
    } catch let error as any UserFacingError {
        let text = "\(error)"
        #expect(text.contains(mention) && text.contains(fileName), "\(what): \(text)", sourceLocation: sourceLocation)
        #expect(error.category == category, "\(what): \(text)", sourceLocation: sourceLocation)
        let isOneLine = !text.unicodeScalars.contains { $0.properties.generalCategory == .control }
        #expect(isOneLine, "\(what): \(text.debugDescription)", sourceLocation: sourceLocation)
    } catch {
        Issue.record("\(what): \(error)", sourceLocation: sourceLocation)
    }
}
