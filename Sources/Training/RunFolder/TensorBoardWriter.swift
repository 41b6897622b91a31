import Foundation
import Interchange
import ModelFormats

/// Records a run for TensorBoard, so that `tensorboard --logdir runs` compares runs: scalars, θ, pictures and settings.
///
/// Each process writes a file of its own into the run's folder, `events.out.tfevents.…`, appending whole events. A run that is
/// resumed begins its file with the step it starts from, which makes void what an earlier process recorded beyond.
public final class TensorBoardWriter: TrainingObserver {
    private let sink: DescriptorSink
    private let settings: [(name: String, text: String)]
    private let now: () -> Double

    /// What the names of the files begin with, by which TensorBoard knows them.
    static let filePrefix = "events.out.tfevents."

    /// The scalar that runs are compared by.
    private static let metric = "accuracy/test"

    /// Begins a file in a run's folder.
    ///
    /// - Parameters:
    ///   - folder: The run's folder.
    ///   - configuration: Goes into the table of hyperparameters.
    ///   - resumedStep: Training steps done before, where a run is resumed; nil for a new run.
    ///   - now: Seconds since 1970.
    /// - Throws: ``TextSinkError`` when the file cannot be made or written.
    public init(
        folder: RunFolder, configuration: RunConfiguration, resumedStep: Int? = nil,
        now: @escaping () -> Double = { Date().timeIntervalSince1970 }
    ) throws {
        self.now = now
        settings = configuration.entries.map { ($0.setting.rawValue, $0.text) }
        sink = try DescriptorSink(appendingTo: "\(folder.path)/\(Self.fileName(in: folder, at: now()))")
        try append(.version(at: now()))
        // What was recorded after the step itself stays.
        if let resumedStep { try append(.start(at: now(), step: resumedStep + 1)) }
        let table = try [
            HyperparameterTable.experiment(settings: settings, metrics: [Self.metric], at: now()),
            HyperparameterTable.start(settings: settings, at: now()),
        ]
        try append(.values(table, at: now(), step: 0))
    }

    /// Called after each epoch.
    public func epochDidFinish(_ report: EpochReport) throws {
        var values: [(tag: String, value: EventValue)] = [
            ("loss/training", .scalar(report.training.averageLoss)), ("loss/test", .scalar(report.test.averageLoss)),
            ("accuracy/training", .scalar(report.training.accuracy)), (Self.metric, .scalar(report.test.accuracy)),
            ("learning_rate", .scalar(report.learningRate)), ("images_per_second", .scalar(report.imagesPerSecond)),
        ]
        for (place, health) in (report.health ?? []).enumerated() {
            values += Self.values(of: health, number: place == 0 ? "" : "\(place + 1)")
        }
        try append(.values(values, at: now(), step: report.completedSteps))
    }

    private static func values(
        of health: TransformerHealth, number: String
    ) -> [(tag: String, value: EventValue)] {
        let name = "transformer\(number)"
        let scalars: [(tag: String, value: EventValue)] = [
            ("\(name)/outside", .scalar(health.outside)), ("\(name)/scale", .scalar(health.meanScale)),
            ("\(name)/determinant", .scalar(health.meanDeterminant)), ("\(name)/folded", .scalar(health.folded)),
            ("\(name)/departure", .scalar(health.meanDeparture)),
            ("\(name)/departure_deviation", .scalar(health.departureDeviation)),
            ("\(name)/variety", .scalar(health.variety ?? 0)),
        ]
        let histograms = health.theta.prefix(1).flatMap(\.indices).map { place in
            (tag: "theta\(number)/\(place)", value: EventValue.histogram(health.theta.map { $0[place] }))
        }
        return scalars + histograms
    }

    /// Records a picture that was drawn after an epoch; one that is not there is none.
    ///
    /// - Throws: ``TextSinkError`` when writing fails.
    func record(picture path: String, tag: String, after report: EpochReport) throws {
        guard let bytes = FileManager.default.contents(atPath: path) else { return }
        try append(.values([(tag, .png(Array(bytes)))], at: now(), step: report.completedSteps))
    }

    /// Records how the run ended.
    ///
    /// - Throws: ``TextSinkError`` when writing fails.
    func end(succeeded: Bool) throws {
        try append(.values([HyperparameterTable.end(succeeded: succeeded, at: now())], at: now(), step: 0))
    }

    private func append(_ event: Tensorboard_Event) throws { try sink.write(EventRecord.bytes(of: event)) }

    /// TensorBoard reads the files of a folder in the order of their names, so a new one is later than all that are there.
    private static func fileName(in folder: RunFolder, at seconds: Double) -> String {
        let names = SystemStorage().namesIfReadable(in: folder.path)
        let earlier = names.filter { $0.hasPrefix(filePrefix) }.compactMap {
            Int($0.dropFirst(filePrefix.count).prefix { $0.isNumber })
        }
        let latest = max(Int(min(max(seconds, 0), 9e9)), min((earlier.max() ?? -1), 9_999_999_998) + 1)
        return filePrefix + String(format: "%010d", latest) + ".\(hostName).\(getpid()).0"
    }

    /// As the system says it, without asking the network.
    private static var hostName: String {
        var bytes = [CChar](repeating: 0, count: 256)
        let isKnown = gethostname(&bytes, bytes.count - 1) == 0
        let text = String(decoding: bytes.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let name = String(text.unicodeScalars.filter(CharacterSet.alphanumerics.union(["-"]).contains))
        return isKnown && !name.isEmpty ? name : "localhost"
    }
}
