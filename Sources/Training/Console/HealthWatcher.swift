/// Says once when a transformer has collapsed, looks out of the frame, folds or does nothing, and again only when that
/// changes.
public final class HealthWatcher: TrainingObserver {
    /// A transformer that does nothing yet is no news: it starts at the identity, and may be frozen at first.
    private static let patience = 5

    private let sinks: [any TextSink]
    private let frozenEpochs: Int
    private var last: TransformerHealth.Trouble?

    /// A watcher that writes to the run's log and to people.
    public init(_ sinks: [any TextSink], frozenEpochs: Int = 0) {
        self.sinks = sinks
        self.frozenEpochs = frozenEpochs
    }

    /// Called after each epoch.
    public func epochDidFinish(_ report: EpochReport) throws {
        var trouble = report.health?.trouble
        let isEarly = report.epoch < min(frozenEpochs + Self.patience, report.plan.epochs)
        if trouble == .idle, isEarly || report.epoch <= frozenEpochs { trouble = nil }
        defer { last = trouble }
        guard let health = report.health, let trouble, trouble != last else { return }
        for sink in sinks { try sink.write("warning: epoch \(report.epoch): \(health.warning(of: trouble))\n") }
    }
}
