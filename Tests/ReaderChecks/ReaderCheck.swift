import Tensors

/// A reader of files from strangers, with what must hold whatever the bytes are: they are refused with an error for people, or
/// accepted, and then keep what acceptance promises.
///
/// `ReaderTests` replays files through the checks, and the package in `Fuzzing` searches for files that break one.
package struct ReaderCheck: Sendable {
    /// What the reader is called on the command line of the search, and its folder in the corpus.
    package let name: String
    /// What a change at random is followed by, so that checksums and lengths do not keep it from being read.
    package let form: FileForm
    private let read: @Sendable ([UInt8], ScratchFolder) throws -> Void

    /// A check of a reader.
    ///
    /// - Parameters:
    ///   - name: What it is called.
    ///   - form: How its files are put together.
    ///   - read: Reads bytes, and throws ``BrokenPromise`` where something does not hold of what was accepted.
    init(
        _ name: String, form: FileForm = .plain, read: @escaping @Sendable ([UInt8], ScratchFolder) throws -> Void
    ) {
        (self.name, self.form, self.read) = (name, form, read)
    }

    /// Whether the reader accepts `bytes`.
    ///
    /// - Throws: ``BrokenPromise``.
    package func accepts(_ bytes: [UInt8], scratch: ScratchFolder) throws(BrokenPromise) -> Bool {
        do {
            try read(bytes, scratch)
            return true
        } catch let broken as BrokenPromise {
            throw broken
        } catch let error as any UserFacingError {
            try Self.requireOneLine("\(error)")
            return false
        } catch {
            throw BrokenPromise("an error that is not for people: \(error)")
        }
    }

    /// Longer messages would hide what is on the terminal above them; names in them are cut.
    private static let longestMessage = 4_000

    private static func requireOneLine(_ message: String) throws(BrokenPromise) {
        try require(message.utf8.count <= longestMessage, "a message of \(message.utf8.count) bytes")
        let isText = message.utf8.allSatisfy { (0x20..<0x7F).contains($0) }
        try require(
            isText || !message.unicodeScalars.contains(where: \.isMoreThanText), "a message with control characters")
    }
}

extension ReaderCheck {
    /// All readers.
    package static let all = [
        safetensors, checkpoint, configuration, json, metrics, evolution, environment, idx, gzip, cifar10, archive, png,
        jpeg, onnx, events, information,
    ]
}

/// Something that a reader promised and did not keep.
package struct BrokenPromise: Error, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }
}

/// Holds that `condition` is true of what was accepted.
func require(_ condition: Bool, _ otherwise: @autoclosure () -> String) throws(BrokenPromise) {
    if !condition { throw BrokenPromise(otherwise()) }
}

/// Holds that `body`, which works on what was accepted, throws nothing.
func promised<Result>(_ what: String, _ body: () throws -> Result) throws(BrokenPromise) -> Result {
    do {
        return try body()
    } catch {
        throw BrokenPromise("\(what): \(error)")
    }
}
