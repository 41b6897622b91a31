/// Says once when a transformer has collapsed, looks out of the frame, folds or does nothing, and again only when that
/// changes.
public final class HealthWatcher: TrainingObserver {
    /// A transformer that does nothing yet is no news: it starts at the identity.
    private static let patience = 5

    private let sinks: [any TextSink]
    private var last: TransformerHealth.Trouble?

    /// A watcher that writes to the run's log and to people.
    public init(_ sinks: [any TextSink]) { self.sinks = sinks }

    /// Called after each epoch.
    public func epochDidFinish(_ report: EpochReport) throws {
        var trouble = report.health?.trouble
        if trouble == .idle, report.epoch < min(Self.patience, report.plan.epochs) { trouble = nil }
        defer { last = trouble }
        guard let health = report.health, let trouble, trouble != last else { return }
        for sink in sinks { try sink.write("warning: epoch \(report.epoch): \(health.warning(of: trouble))\n") }
    }
}
