import Foundation

/// Numbers and counts as the report writes them.
enum Words {
    /// A share as "66.2%".
    static func percent(_ share: Double, decimals: Int = 1) -> String {
        number(100 * share, decimals: decimals) + "%"
    }

    /// A number with a fixed count of decimals and a proper minus; "–" for what is none.
    static func number(_ value: Double, decimals: Int) -> String {
        guard value.isFinite else { return "–" }
        let text = String(format: "%.\(decimals)f", value)
        let isZero = !text.contains { ("1"..."9").contains($0) }
        // −0.00 says nothing that 0.00 does not.
        return text.replacingOccurrences(of: "-", with: isZero ? "" : "−")
    }

    /// A number with about four significant digits, whatever its size: "0.01", "0.0003", "2.5e−07".
    static func short(_ value: Double) -> String {
        guard value.isFinite else { return "–" }
        return String(format: "%.4g", value).replacingOccurrences(of: "-", with: "−")
    }

    /// "1 image", "2 images".
    static func count(_ count: Int, _ noun: String, _ plural: String? = nil) -> String {
        "\(grouped(count)) \(count == 1 ? noun : plural ?? noun + "s")"
    }

    /// "a, b and c".
    static func list(_ words: [String]) -> String {
        guard let last = words.last, words.count > 1 else { return words.first ?? "" }
        return words.dropLast().joined(separator: ", ") + " and " + last
    }

    /// 50000 as "50,000".
    static func grouped(_ count: Int) -> String {
        let digits = String(count.magnitude)
        let places = digits.enumerated().map { place, digit in
            place > 0 && (digits.count - place) % 3 == 0 ? ",\(digit)" : "\(digit)"
        }
        return (count < 0 ? "−" : "") + places.joined()
    }

    /// "9 s", "4 min 7 s", "1 h 2 min".
    static func duration(_ seconds: Double) -> String {
        guard seconds.isFinite, seconds >= 0, seconds < 1e12 else { return "–" }
        if seconds < 10 { return number(seconds, decimals: 1) + " s" }
        let whole = Int(seconds.rounded())
        let (hours, minutes, rest) = (whole / 3600, whole / 60 % 60, whole % 60)
        if hours > 0 { return "\(grouped(hours)) h \(minutes) min" }
        return minutes > 0 ? "\(minutes) min \(rest) s" : "\(rest) s"
    }

    /// A file's size: "812 kB", "2.4 MB".
    static func size(_ bytes: Int) -> String {
        bytes < 1_000_000 ? "\((bytes + 999) / 1000) kB" : number(Double(bytes) / 1e6, decimals: 1) + " MB"
    }
}
