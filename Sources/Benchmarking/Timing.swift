import Dispatch
import Foundation

/// Seconds of one call of `body`: after a warm-up, the mean over a round's calls, of the fastest round.
///
/// The fastest, because other programs only ever make a round slower. `body` is told the number of its call in the round.
func fastest(rounds: Int, iterations: Int, _ body: (Int) throws -> Void) rethrows -> Double {
    for index in 0..<min(iterations, 5) { try body(index) }
    var best = Double.infinity
    for _ in 0..<rounds {
        let start = DispatchTime.now().uptimeNanoseconds
        for index in 0..<iterations { try body(index) }
        let seconds = Double(DispatchTime.now().uptimeNanoseconds - start) * 1e-9
        best = min(best, seconds / Double(iterations))
    }
    return best
}

/// A report of `stn bench`: one line of JSON, or a table for people.
public protocol MeasuredReport: Encodable, Sendable {
    /// A table for people.
    var text: String { get }
}

extension MeasuredReport {
    /// One line, keys in the style of the peers' scripts.
    public var json: String {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.sortedKeys]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        return String(decoding: (try? encoder.encode(self)) ?? Data(), as: UTF8.self)
    }
}

/// `name` and, from column `width` on, a number.
func line(_ name: String, _ value: Double, _ unit: String, digits: Int = 2, width: Int = 46) -> String {
    name.padding(toLength: width, withPad: " ", startingAt: 0) + String(format: "%10.\(digits)f %@", value, unit)
}
