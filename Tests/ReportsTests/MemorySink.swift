import Training

/// Keeps what is written.
final class MemorySink: TextSink {
    private(set) var text = ""
    var lines: [String] { text.split(separator: "\n").map(String.init) }
    func write(_ text: String) { self.text += text }
}
