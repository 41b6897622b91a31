import Datasets
import Foundation
import Training

/// What `stn data list` and `stn doctor` say about the data on this machine.
public enum DataListing {
    /// A line for each published data set, and one for the built-in one.
    public static func lines(of folder: DataFolder) -> [String] {
        DataCatalog.entries(in: folder).map { entry in
            let source = entry.source
            let shape = source.imageShape.map(String.init).joined(separator: "×")
            let place = entry.folder.map { " in \($0)" } ?? ", get it with: \(folder.fetchCommand(source.name))"
            return "\(padded(source.name)) \(shape), \(source.classCount) classes: \(entry.state.rawValue)\(place)"
        } + ["\(padded(Glyphs.name)) 32×32×3, 10 classes: built in, needs no files"]
    }

    private static func padded(_ name: String) -> String { name.padding(toLength: 14, withPad: " ", startingAt: 0) }
}

extension VerificationReport {
    /// A line for the data set and one for each file.
    public var lines: [String] {
        ["\(name): \(state.rawValue)\(folder.map { " in \($0)" } ?? "")"]
            + files.map { "  \($0.path): \($0.state.rawValue), \($0.explanation)" }
    }
}

extension DataState {
    /// Whether a network can be trained on it.
    public var isUsable: Bool { self == .official || self == .unofficialCopy }
}

extension FetchOutcome {
    /// What was done, for people.
    public var summary: String {
        switch self {
        case .alreadyPresent(let folder, let state): "already in \(folder) (\(state.rawValue)), nothing to do"
        case .fetched(let folder, let aside):
            "fetched into \(folder)"
                + (aside.isEmpty ? "" : "; what stood there is kept as \(aside.joined(separator: ", "))")
        }
    }
}

/// The line that shows how a download goes: a bar, `1:14 left`, `12.4/170.1 MB`, `2.1 MB/s`.
public final class TransferMeter {
    private let sink: any TextSink
    private let terminal: Terminal
    private var isShown = false

    private let isSilent: Bool

    /// A meter on `sink`; silent where that is no terminal, and for those who want it so.
    public init(_ sink: any TextSink, terminal: Terminal, isQuiet: Bool = false) {
        (self.sink, self.terminal) = (sink, terminal)
        isSilent = isQuiet || !terminal.errorIsTerminal
    }

    /// Redraws the line.
    ///
    /// A terminal that is gone is no reason to stop a download.
    public func show(_ progress: FetchProgress) {
        guard !isSilent else { return }
        isShown = true
        try? sink.write(BarLine.drawn(Self.line(progress, terminal: terminal)))
    }

    /// Wipes the line.
    public func finish() {
        if isShown { try? sink.write(BarLine.wipe) }
    }

    package static func line(_ progress: FetchProgress, terminal: Terminal) -> String {
        let (bytes, total) = (Double(progress.bytes), Double(progress.totalBytes))
        return BarLine.text(
            " \(progress.file) ", share: bytes / total,
            fields: [
                progress.secondsLeft.map { "\(clockTime($0)) left" } ?? "stalled",
                String(format: "%.1f/%.1f MB", bytes / 1e6, total / 1e6),
                String(format: "%.1f MB/s", progress.bytesPerSecond / 1e6),
            ], columns: terminal.columns, usesColor: terminal.usesColor)
    }
}
