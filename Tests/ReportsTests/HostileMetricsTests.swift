import Foundation
import Reports
import TestSupport
import Testing

/// A learning curve is drawn from numbers that a file says; its axes must not be made for any number.
@Suite("Learning curves: hostile metrics")
struct HostileMetricsTests {
    private static func lines(_ epochs: [(epoch: String, accuracy: String)]) -> String {
        epochs.map { #"{"epoch":\#($0.epoch),"train_acc":0.5,"val_acc":\#($0.accuracy)}"# + "\n" }.joined()
    }

    private static func file(_ name: String, epoch: String = "2", accuracy: String = "0.5") -> HostileFile {
        HostileFile(name, text: lines([("1", "0.5"), (epoch, accuracy)]), "no run")
    }

    static let files = [
        file("epoch 2⁶³ − 1", epoch: "9223372036854775807"), file("epoch −2⁶³", epoch: "-9223372036854775808"),
        file("epoch 0", epoch: "0"), file("epoch 1,000,001", epoch: "1000001"),
        file("an accuracy of 2", accuracy: "2"), file("an accuracy below 0", accuracy: "-0.1"),
        file("an accuracy of 1e300", accuracy: "1e300"),
        HostileFile("text", text: "hello\n", "not a line that a run writes"),
        HostileFile(
            "an accuracy twice", text: #"{"epoch":1,"train_acc":0,"val_acc":0,"val_acc":1}"# + "\n", "occurs twice"),
    ]

    @Test("each is refused")
    func refused() throws {
        try expectRefusals(
            of: Self.files, atLeast: 9, fileName: "metrics.jsonl", read: { _ = try LearningCurve(metrics: $0) })
    }

    @Test("epochs in any order, also repeated, make a curve")
    func order() throws {
        try withScratchFolder { folder in
            let path = "\(folder)/metrics.jsonl"
            try writeFile(path, Array(Self.lines([("5", "0.1"), ("1", "0.2"), ("5", "0.3")]).utf8))
            let curve = try #require(try LearningCurve(metrics: path))
            #expect(curve.picture.width == 760)
            try writeFile(path, Array(Self.lines([("1", "0.1"), ("1000000", "0.2")]).utf8))
            #expect(try LearningCurve(metrics: path)?.picture.width == 760)
            try writeFile(path, Array(Self.lines([("1", "0.1"), ("1", "0.2")]).utf8))
            #expect(try LearningCurve(metrics: path) == nil)
            #expect(try LearningCurve(metrics: "\(folder)/none") == nil)
        }
    }
}
