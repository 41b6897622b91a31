import Foundation

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
