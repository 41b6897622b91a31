/// Reads settings as numbers and choices, with their limits; every refusal names the setting as the user wrote it.
struct SettingReader {
    let values: SettingValues

    /// A whole number within `range`, or nil where the setting was not given.
    func integer(_ setting: Setting, _ range: ClosedRange<Int>) throws(ConfigurationError) -> Int? {
        guard let value = values[setting] else { return nil }
        guard let number = Int(value.text), range.contains(number) else {
            throw bad(setting, value, "a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    /// A seed: any whole number that 64 bits hold.
    func seed(_ setting: Setting) throws(ConfigurationError) -> UInt64? {
        guard let value = values[setting] else { return nil }
        guard let number = UInt64(value.text) else {
            throw bad(setting, value, "a whole number from 0 to \(UInt64.max)")
        }
        return number
    }

    /// A finite number within `range`; with `aboveLower` the lower bound itself is refused.
    func number(
        _ setting: Setting, _ range: ClosedRange<Double>, aboveLower: Bool = false
    ) throws(ConfigurationError) -> Double? {
        guard let value = values[setting] else { return nil }
        // Double("0x10") and Double("infinity") are numbers to Swift, not to someone who sets a learning rate.
        let isPlain = value.text.allSatisfy { $0.isASCII && ($0.isNumber || "+-.eE".contains($0)) }
        guard isPlain, let number = Double(value.text), range.contains(number),
            !(aboveLower && number == range.lowerBound)
        else {
            let from =
                aboveLower
                ? "above \(range.lowerBound.short) and at most" : "from \(range.lowerBound.short) to"
            throw bad(setting, value, "a number \(from) \(range.upperBound.short)")
        }
        return number
    }

    /// Rows and columns, as 32x32; nil where the setting was not given.
    func imageSize(_ setting: Setting) throws(ConfigurationError) -> ImageSize? {
        guard let value = values[setting] else { return nil }
        let sides = value.text.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
        guard sides.count == 2, sides.allSatisfy(ImageSize.limits.contains) else {
            throw bad(
                setting, value,
                "rows and columns from \(ImageSize.limits.lowerBound) to \(ImageSize.limits.upperBound), as 32x32")
        }
        return ImageSize(height: sides[0], width: sides[1])
    }

    /// One of the cases of an enumeration, by its raw value.
    func choice<Choice: CaseIterable & RawRepresentable<String>>(
        _ setting: Setting, as type: Choice.Type = Choice.self
    ) throws(ConfigurationError) -> Choice? {
        guard let value = values[setting] else { return nil }
        if let choice = Choice(rawValue: value.text) { return choice }
        let names = Choice.allCases.map(\.rawValue)
        throw .badValue(
            setting, text: value.text, expected: names.joined(separator: ", "),
            suggestion: Suggestion.nearest(to: value.text, among: names), origin: value.origin)
    }

    /// `true` or `false`.
    func flag(_ setting: Setting) throws(ConfigurationError) -> Bool? {
        guard let value = values[setting] else { return nil }
        guard let flag = Bool(value.text) else { throw bad(setting, value, "true or false") }
        return flag
    }

    /// Refuses a setting that was given although `isAllowed` is false.
    func refuse(_ setting: Setting, unless isAllowed: Bool, _ reason: String) throws(ConfigurationError) {
        guard !isAllowed, let value = values[setting] else { return }
        throw .contradiction(setting, origin: value.origin, reason: reason)
    }

    private func bad(_ setting: Setting, _ value: SettingValues.Value, _ expected: String)
        -> ConfigurationError
    {
        .badValue(setting, text: value.text, expected: expected, suggestion: nil, origin: value.origin)
    }
}

/// Rows and columns of an image.
public struct ImageSize: Sendable, Hashable, CustomStringConvertible {
    /// Rows.
    public let height: Int
    /// Columns.
    public let width: Int

    /// A size.
    public init(height: Int, width: Int) { (self.height, self.width) = (height, width) }

    /// What either may be: as images of a folder.
    static let limits = 1...1024

    /// "32x24", rows first.
    public var description: String { "\(height)x\(width)" }
}

extension Double {
    /// The number without a needless fraction: `1`, `0.5`.
    fileprivate var short: String {
        description.hasSuffix(".0") ? String(description.dropLast(2)) : description
    }
}
