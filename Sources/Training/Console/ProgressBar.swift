import Foundation

/// A line on the terminal that is redrawn while an epoch runs.
public final class ProgressBar: TrainingObserver {
    private let sink: any TextSink
    private let terminal: Terminal
    private let clock = ContinuousClock()
    private var lastDrawn: ContinuousClock.Instant?
    /// Ten times a second looks steady and costs nothing.
    private let interval = Duration.milliseconds(100)

    /// A bar on `sink`, standard error as a rule, so that it never mixes with what is piped on.
    public init(_ sink: any TextSink, terminal: Terminal) {
        self.sink = sink
        self.terminal = terminal
    }

    /// Called after each step.
    public func batchDidFinish(_ report: BatchReport) throws {
        let now = clock.now
        if let lastDrawn, now - lastDrawn < interval, report.batch + 1 < report.plan.batchesPerEpoch {
            return
        }
        lastDrawn = now
        let line = Self.line(
            epoch: (report.epoch, report.plan.epochs), batch: (report.batch + 1, report.plan.batchesPerEpoch),
            soFar: report.epochSoFar, seconds: report.epochSeconds, columns: terminal.columns,
            usesColor: terminal.usesColor)
        try sink.write(Self.drawn(line))
    }

    /// Called after each epoch.
    public func epochDidFinish(_ report: EpochReport) throws { try sink.write(Self.wipe) }

    /// Called when the run stops early.
    public func trainingWillStop(after report: BatchReport) throws { try sink.write(Self.wipe) }

    /// Wipes the bar, for a message that comes in its place.
    public func clear() throws { if lastDrawn != nil { try sink.write(Self.wipe) } }

    /// To the start of the line, and wipe it.
    private static let wipe = "\r\u{1B}[K"

    /// The line over the one before, whose rest is wiped last: wiped first, the line would flicker.
    ///
    /// The terminal wraps nothing meanwhile, since a window that was made narrower would fill up with broken bars.
    private static func drawn(_ line: String) -> String { "\u{1B}[?7l\r" + line + "\u{1B}[K\u{1B}[?7h" }

    /// The bar: epoch, share done, loss, accuracy, speed and time left in the epoch.
    ///
    /// - Parameters:
    ///   - epoch: which epoch, from 1, of how many.
    ///   - batch: batches done, at least 1, of how many.
    ///   - soFar: the epoch's figures so far.
    ///   - seconds: the epoch's time so far.
    ///   - columns: of the terminal; the line is shorter.
    ///   - usesColor: whether escape sequences may be in it.
    /// - Returns: the line, without a line break.
    package static func line(
        epoch: (number: Int, count: Int), batch: (done: Int, count: Int), soFar: BatchResult, seconds: Double,
        columns: Int, usesColor: Bool
    ) -> String {
        let (done, count) = batch
        let speed = seconds > 0 ? Double(soFar.count) / seconds : 0
        let left = seconds / Double(done) * Double(count - done)
        let head = " epoch \(epoch.number)/\(epoch.count) "
        // Of one width for the whole epoch as far as can be known, so that the bar does not jump.
        let steps = String(repeating: " ", count: max(0, "\(count)".count - "\(done)".count)) + "\(done)/\(count)"
        let fields = [
            String(format: " %3.0f%%", 100 * Double(done) / Double(count)), "\(clockTime(left)) left",
            String(format: "acc %5.1f%%", 100 * soFar.accuracy), String(format: "loss %.4f", soFar.averageLoss),
            steps, "\(grouped(speed)) img/s",
        ]
        // The last column stays free: some terminals wrap when it is written.
        let (tail, room) = fitting(fields, columns: columns - 1 - head.count)
        guard room >= narrowest else { return String((head + tail).prefix(columns - 1)) }
        let width = min(room, 40)
        let filled = width * done / count
        let full = String(repeating: "━", count: filled)
        let empty = String(repeating: usesColor ? "━" : "─", count: width - filled)
        return head + (usesColor ? "\u{1B}[32m\(full)\u{1B}[90m\(empty)\u{1B}[0m" : full + empty) + tail
    }

    /// Cells of the shortest bar worth drawing.
    private static let narrowest = 5

    /// As many of the fields, the most wanted first, as leave room for a bar, and that room.
    private static func fitting(_ fields: [String], columns: Int) -> (tail: String, room: Int) {
        var tail = fields[0]
        for field in fields.dropFirst() where tail.count + 2 + field.count + narrowest <= columns {
            tail += "  " + field
        }
        return (tail, columns - tail.count)
    }
}

/// A number of seconds as `4:07` or `1:02:09`.
package func clockTime(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds >= 0, seconds < 1e9 else { return "-" }
    let whole = Int(seconds.rounded())
    let (hours, minutes, rest) = (whole / 3600, whole / 60 % 60, whole % 60)
    return hours > 0
        ? String(format: "%d:%02d:%02d", hours, minutes, rest) : String(format: "%d:%02d", minutes, rest)
}

/// A whole number with commas between thousands, `3,473`, whatever the locale.
package func grouped(_ number: Double) -> String {
    guard number.isFinite, abs(number) < 1e15 else { return "-" }
    let digits = String(Int(abs(number).rounded()))
    var text = ""
    for (place, digit) in digits.enumerated() {
        if place > 0, (digits.count - place) % 3 == 0 { text.append(",") }
        text.append(digit)
    }
    return (number < 0 ? "-" : "") + text
}
