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

/// The line that shows how a download goes: `12.4/170.1 MB  2.1 MB/s  1:14 left`.
public final class TransferMeter {
    private let sink: any TextSink
    private let terminal: Terminal
    private var isShown = false

    /// A meter on `sink`; silent where that is no terminal.
    public init(_ sink: any TextSink, terminal: Terminal) {
        self.sink = sink
        self.terminal = terminal
    }

    /// Redraws the line.
    ///
    /// A terminal that is gone is no reason to stop a download.
    public func show(_ progress: FetchProgress) {
        guard terminal.errorIsTerminal else { return }
        isShown = true
        let line = Self.line(progress).prefix(terminal.columns - 1)
        try? sink.write("\r\u{1B}[K\(line)")
    }

    /// Wipes the line.
    public func finish() {
        if isShown { try? sink.write("\r\u{1B}[K") }
    }

    static func line(_ progress: FetchProgress) -> String {
        let left = progress.secondsLeft.map { "  \(clock($0)) left" } ?? ""
        return String(
            format: "%@  %.1f/%.1f MB  %.1f MB/s", progress.file, Double(progress.bytes) / 1e6,
            Double(progress.totalBytes) / 1e6, progress.bytesPerSecond / 1e6) + left
    }

    private static func clock(_ seconds: Double) -> String {
        guard seconds < 360_000 else { return "100+ hours" }
        let whole = Int(seconds.rounded())
        return whole >= 3600
            ? String(format: "%d:%02d:%02d", whole / 3600, whole / 60 % 60, whole % 60)
            : String(format: "%d:%02d", whole / 60, whole % 60)
    }
}
