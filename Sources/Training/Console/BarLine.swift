import Foundation

/// A line with a bar in it, which is drawn over and over at the bottom of a terminal.
package enum BarLine {
    /// To the start of the line, and wipe it.
    package static let wipe = "\r\u{1B}[K"

    /// The line over the one before, whose rest is wiped last: wiped first, the line would flicker.
    ///
    /// The terminal wraps nothing meanwhile, since a window that was made narrower would fill up with broken bars.
    package static func drawn(_ line: String) -> String { "\u{1B}[?7l\r" + line + "\u{1B}[K\u{1B}[?7h" }

    /// Cells of the shortest bar worth drawing.
    private static let narrowest = 5

    /// What is done, a bar, the share done in percent, and as many fields as there is room for.
    ///
    /// - Parameters:
    ///   - head: What is being done, with spaces around.
    ///   - share: From 0 to 1; what is beyond counts as that.
    ///   - fields: The most wanted first.
    ///   - columns: Of the terminal; the line is shorter.
    ///   - usesColor: Whether escape sequences may be in it.
    /// - Returns: The line, without a line break.
    package static func text(
        _ head: String, share: Double, fields: [String], columns: Int, usesColor: Bool
    ) -> String {
        // NaN, of nothing out of nothing, is done.
        let share = share < 1 ? max(share, 0) : 1
        let percent = String(format: " %3.0f%%", 100 * share)
        // The last column stays free: some terminals wrap when it is written.
        let (tail, room) = fitting([percent] + fields, columns: columns - 1 - head.count)
        guard room >= narrowest else { return String((head + tail).prefix(columns - 1)) }
        let width = min(room, 40)
        let filled = Int(Double(width) * share)
        let full = String(repeating: "━", count: filled)
        let empty = String(repeating: usesColor ? "━" : "─", count: width - filled)
        return head + (usesColor ? "\u{1B}[32m\(full)\u{1B}[90m\(empty)\u{1B}[0m" : full + empty) + tail
    }

    /// As many of the fields, the most wanted first, as leave room for a bar, and that room.
    private static func fitting(_ fields: [String], columns: Int) -> (tail: String, room: Int) {
        var tail = fields[0]
        for field in fields.dropFirst() where tail.count + 2 + field.count + narrowest <= columns {
            tail += "  " + field
        }
        return (tail, columns - tail.count)
    }
}

/// Lets a line be drawn ten times a second, which looks steady and costs nothing.
package struct BarPace {
    private let clock = ContinuousClock()
    private var last: ContinuousClock.Instant?

    /// A pace at which the first line is due at once.
    package init() {}

    /// Whether a line was due already.
    package var hasBegun: Bool { last != nil }

    /// Whether it is time to draw again; the last line always is drawn.
    package mutating func isDue(isLast: Bool) -> Bool {
        let now = clock.now
        if let last, now - last < .milliseconds(100), !isLast { return false }
        last = now
        return true
    }
}
