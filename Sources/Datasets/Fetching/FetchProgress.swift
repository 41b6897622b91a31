/// How far the download of one file has come.
public struct FetchProgress: Sendable, Equatable {
    /// The file being downloaded.
    public let file: String
    /// Bytes on disk, those of earlier attempts included.
    public let bytes: Int
    /// Bytes when done.
    public let totalBytes: Int
    /// The rate of the last few seconds.
    public let bytesPerSecond: Double
    /// Seconds left at that rate, or nil while there is none.
    public let secondsLeft: Double?
}

/// Turns byte counts and monotonic times into rates.
package struct ProgressMeter {
    private let file: String
    private let totalBytes: Int
    private var samples: [(seconds: Double, bytes: Int)] = []
    private var lastReport = -Double.infinity

    /// Long enough to smooth a bursty line, short enough to follow a change.
    private static let windowSeconds = 5.0
    /// Ten times a second is as often as anyone can look.
    private static let reportIntervalSeconds = 0.1

    package init(file: String, totalBytes: Int) {
        self.file = file
        self.totalBytes = totalBytes
    }

    /// The progress to show at `seconds`, or nil when the last report is too recent.
    ///
    /// The end is always reported.
    package mutating func update(bytes: Int, atSeconds seconds: Double) -> FetchProgress? {
        guard bytes == totalBytes || seconds - lastReport >= Self.reportIntervalSeconds else { return nil }
        lastReport = seconds
        samples.append((seconds, bytes))
        // The sample at or before the window's start stays, so that there are always two to compare.
        while samples.count > 2, samples[1].seconds <= seconds - Self.windowSeconds { samples.removeFirst() }
        let elapsed = seconds - samples[0].seconds
        let rate = elapsed > 0 ? max(0, Double(bytes - samples[0].bytes) / elapsed) : 0
        return FetchProgress(
            file: file, bytes: bytes, totalBytes: totalBytes, bytesPerSecond: rate,
            secondsLeft: rate > 0 ? Double(totalBytes - bytes) / rate : nil)
    }
}
