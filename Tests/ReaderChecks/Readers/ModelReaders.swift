import Interchange
import ModelFormats
import Reports
import Tensors

extension ReaderCheck {
    /// ONNX: what it holds, weights aside.
    package static let onnx = ReaderCheck("onnx") { bytes, _ in
        let summary = try ONNXSummary(parsing: bytes, named: "model.onnx")
        try require(!summary.operatorSets.isEmpty, "no operator set")
        try require(summary.operators.allSatisfy { $0.count > 0 }, "an operator without nodes")
    }

    /// TensorBoard's events: every value is counted in its series.
    package static let events = ReaderCheck("events", form: .records) { bytes, scratch in
        let summary = try EventSummary(contentsOf: scratch.file("events.out.tfevents", of: bytes))
        try require(summary.eventCount > 0, "no event")
        try require(summary.series.allSatisfy { $0.count > 0 }, "a series without values")
        try require(Set(summary.series.map(\.tag)).count == summary.series.count, "a series twice")
        try require(summary.times.map { $0.lowerBound.isFinite && $0.upperBound.isFinite } ?? true, "no time")
    }

    /// What is shown of any file: lines that a terminal takes for text, and JSON.
    package static let information = ReaderCheck("information") { bytes, scratch in
        let path = scratch.file("unknown", of: bytes)
        let information = try FileInformation(of: path)
        try require(
            !information.text.unicodeScalars.contains { $0 != "\n" && $0.isMoreThanText },
            "control characters are shown")
        let json = Array(information.json(path: path).utf8)
        if let flaw = JSONText.flaw(in: json) { throw BrokenPromise("it is shown as no JSON: \(flaw)") }
    }
}
