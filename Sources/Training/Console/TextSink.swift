import Foundation
import Tensors

/// Somewhere that text goes: a stream, a file, a test's memory.
public protocol TextSink: AnyObject {
    /// Writes all of `text`, or throws.
    func write(_ text: String) throws
}

/// Writes what it can: for what is said beside a run, and not worth its end.
final class ForgivingSink: TextSink {
    private let sink: any TextSink

    init(_ sink: any TextSink) { self.sink = sink }

    func write(_ text: String) { try? sink.write(text) }
}

/// What can go wrong when text is written.
public enum TextSinkError: UserFacingError, Equatable {
    /// The reader of a pipe has gone, as in `stn … | head`; no fault, but nothing more can be said.
    case closedPipe
    /// A write that failed.
    case failed(name: String, reason: String)
    /// A file that cannot be made.
    case cannotCreate(path: String, reason: String)

    /// Decides the exit code.
    public var category: ErrorCategory {
        if case .cannotCreate = self { .cannotCreate } else { .inputOutput }
    }

    /// One line: what, where, what to do.
    public var description: String {
        switch self {
        case .closedPipe: "the reader of the output has gone"
        case .failed(let name, let reason):
            "cannot write to \(name): \(reason); put that right, or send the output elsewhere"
        case .cannotCreate(let path, let reason): "cannot create \(path): \(reason); choose another place with --output"
        }
    }
}

/// Text written straight to a file descriptor: nothing waits in a buffer when the process ends, and errors are seen.
public final class DescriptorSink: TextSink {
    private let descriptor: Int32
    private let name: String
    private let isOwned: Bool

    private init(descriptor: Int32, name: String, isOwned: Bool) {
        self.descriptor = descriptor
        self.name = name
        self.isOwned = isOwned
    }

    deinit { if isOwned { close(descriptor) } }

    /// Standard output.
    public static var standardOutput: DescriptorSink {
        DescriptorSink(descriptor: STDOUT_FILENO, name: "standard output", isOwned: false)
    }

    /// Standard error.
    public static var standardError: DescriptorSink {
        DescriptorSink(descriptor: STDERR_FILENO, name: "standard error", isOwned: false)
    }

    /// A file to append to, made if it is not there.
    public convenience init(appendingTo path: String) throws {
        try self.init(path, flags: O_APPEND)
    }

    /// A file that must not be there yet.
    convenience init(creating path: String) throws {
        try self.init(path, flags: O_EXCL)
    }

    private convenience init(_ path: String, flags: Int32) throws {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0o666)
        guard descriptor >= 0 else {
            throw TextSinkError.cannotCreate(path: path, reason: systemReason())
        }
        self.init(descriptor: descriptor, name: path, isOwned: true)
    }

    /// Writes all of `text` before it returns.
    public func write(_ text: String) throws {
        var text = text
        try text.withUTF8(writeAll)
    }

    /// Writes all of `bytes` before it returns.
    func write(_ bytes: [UInt8]) throws { try bytes.withUnsafeBufferPointer(writeAll) }

    private func writeAll(_ bytes: UnsafeBufferPointer<UInt8>) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let written = Foundation.write(descriptor, UnsafeBufferPointer(rebasing: rest).baseAddress, rest.count)
            if written > 0 {
                rest = rest.dropFirst(written)
            } else if written == 0 || errno != EINTR {
                throw errno == EPIPE ? TextSinkError.closedPipe : .failed(name: name, reason: systemReason())
            }
        }
    }
}
