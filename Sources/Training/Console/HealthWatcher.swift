/// Says once when a transformer has collapsed, looks out of the frame, folds, does nothing or the same to all images, and again only when that
/// changes.
public final class HealthWatcher: TrainingObserver {
    /// A transformer that does nothing yet is no news: it starts at the identity, and may be frozen at first.
    private static let patience = 5

    private let sinks: [any TextSink]
    private let frozenEpochs: Int
    private var last: [TransformerHealth.Trouble?] = []

    /// A watcher that writes to the run's log and to people.
    public init(_ sinks: [any TextSink], frozenEpochs: Int = 0) {
        self.sinks = sinks
        self.frozenEpochs = frozenEpochs
    }

    /// Called after each epoch.
    public func epochDidFinish(_ report: EpochReport) throws {
        let healths = report.health ?? []
        let troubles = healths.map { trouble(of: $0, in: report) }
        defer { last = troubles }
        for (place, health) in healths.enumerated() {
            guard let trouble = troubles[place], last.count <= place || trouble != last[place] else { continue }
            let name = healths.count == 1 ? "the transformer" : "transformer \(place + 1)"
            let warning = health.warning(of: trouble, name: name)
            for sink in sinks { try sink.write("warning: epoch \(report.epoch): \(warning)\n") }
        }
    }

    private func trouble(of health: TransformerHealth, in report: EpochReport) -> TransformerHealth.Trouble? {
        let isEarly = report.epoch < min(frozenEpochs + Self.patience, report.plan.epochs)
        let trouble = health.trouble
        // What is only a lack of movement takes time, and cannot be while θ is held.
        let lacksMovement = trouble == .idle || trouble == .constant
        return lacksMovement && (isEarly || report.epoch <= frozenEpochs) ? nil : trouble
    }
}
