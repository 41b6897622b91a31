import Interchange

/// What an event file of TensorBoard's holds.
public struct EventSummary: Sendable, Equatable {
    /// A series of values under one name.
    public struct Series: Sendable, Equatable {
        /// Its name, such as "loss/train".
        public let tag: String
        /// "scalar", "image", "histogram", "tensor", or the plugin's name where the file says one.
        public let kind: String
        /// How many values there are.
        public internal(set) var count: Int
        /// The first value's step.
        public let firstStep: Int
        /// The last value's step.
        public internal(set) var lastStep: Int
        /// The last value; nil where it is not a number.
        public internal(set) var lastValue: Float?
    }

    /// More names are refused; a run has some twenty.
    static let mostSeries = 10_000
    /// Longer names are refused, counted in UTF-8; all of them are kept.
    static let longestTag = 1024

    /// The version that the first record states, "brain.Event:2".
    public private(set) var fileVersion = ""
    /// The records.
    public private(set) var eventCount = 0
    /// When the first and the last were written, in seconds since 1970; nil in a file without any.
    public private(set) var times: ClosedRange<Double>?
    /// In the order of their first values.
    public private(set) var series: [Series] = []
    /// Steps at which a run was resumed: what earlier files have from there on is void.
    public private(set) var resumedAt: [Int] = []
    /// Whether the last record is cut off, as when the program that wrote it was killed.
    public private(set) var isCutOff = false

    private var places: [String: Int] = [:]

    /// Reads the file at `path`.
    ///
    /// - Throws: ``FileError`` when there is no such file or it cannot be read, ``ModelFormatError`` when it is no event file.
    public init(contentsOf path: String) throws {
        var reader = try EventReader(path: path)
        while let event = try reader.next() {
            try add(event, path: path)
        }
        isCutOff = reader.isCutOff
        guard eventCount > 0 else { throw Self.malformed(path, "it has no whole record") }
    }

    private static func malformed(_ path: String, _ reason: String) -> ModelFormatError {
        .malformed(file: path, format: "an event file of TensorBoard's", reason: reason)
    }

    private mutating func add(_ event: Tensorboard_Event, path: String) throws {
        eventCount += 1
        if event.wallTime.isFinite {
            times =
                min(
                    times?.lowerBound ?? event.wallTime, event.wallTime)...max(
                    times?.upperBound ?? event.wallTime, event.wallTime)
        }
        switch event.what {
        case .fileVersion(let version): fileVersion = version
        case .sessionLog(let log) where log.status == .start: resumedAt.append(Int(event.step))
        case .summary(let summary):
            if summary.value.contains(where: { $0.tag.utf8.count > Self.longestTag }) {
                throw Self.malformed(path, "a series' name is longer than \(Self.longestTag) bytes")
            }
            for value in summary.value { add(value, step: Int(event.step)) }
            if series.count > Self.mostSeries {
                throw Self.malformed(path, "it has more than \(Self.mostSeries) series")
            }
        default: break
        }
    }

    private mutating func add(_ value: Tensorboard_Summary.Value, step: Int) {
        let number: Float? = if case .simpleValue(let number) = value.value { number } else { nil }
        guard let place = places[value.tag] else {
            places[value.tag] = series.count
            series.append(
                Series(
                    tag: value.tag, kind: Self.kind(of: value), count: 1, firstStep: step, lastStep: step,
                    lastValue: number))
            return
        }
        series[place].count += 1
        (series[place].lastStep, series[place].lastValue) = (step, number)
    }

    private static func kind(of value: Tensorboard_Summary.Value) -> String {
        let plugin = value.metadata.pluginData.pluginName
        switch value.value {
        case .simpleValue: return "scalar"
        case .image: return "image"
        case .histo: return "histogram"
        case .tensor: return plugin.isEmpty ? "tensor" : plugin
        case nil: return plugin.isEmpty ? "empty" : plugin
        }
    }
}
