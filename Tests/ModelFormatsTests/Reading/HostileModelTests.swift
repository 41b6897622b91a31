import ModelFormats
import SwiftProtobuf
import TestSupport
import Testing

@Suite("ONNX and TensorBoard: hostile files")
struct HostileModelTests {
    /// A field that holds `bytes`, as messages have it.
    private static func field(_ number: Int, _ bytes: [UInt8]) -> [UInt8] {
        EventFile.varint(number << 3 | 2) + EventFile.varint(bytes.count) + bytes
    }

    /// As many empty parts of one field as exceed the limit.
    private static func parts(_ number: UInt8) -> [UInt8] {
        (0..<1_000_001).flatMap { _ in [number << 3 | 2, 0] as [UInt8] }
    }

    private static let version: [UInt8] = [0x08, 8]
    private static let graph = field(7, [])
    private static let operators = field(8, [0x10, 16])
    private static let good = version + graph + operators
    private static let endless = [UInt8](repeating: 0xFF, count: 9)

    static let models = [
        HostileFile("nothing", [], "no version, graph or operator set"),
        HostileFile("a version alone", version, "no version, graph or operator set"),
        HostileFile("no version", graph + operators, "no version, graph or operator set"),
        HostileFile("no graph", version + operators, "no version, graph or operator set"),
        HostileFile("no operator set", version + graph, "no version, graph or operator set"),
        HostileFile("a version that is text", field(1, [8]) + graph + operators, "no version, graph or operator set"),
        HostileFile("text", text: "hello, this is no model at all", "no message of protocol buffers"),
        HostileFile("zeros", [UInt8](repeating: 0, count: 100), "not ONNX as it should be"),
        HostileFile("cut off in a number", good + [0x08, 0xFF], "no message of protocol buffers"),
        HostileFile("a number of eleven bytes", good + [0x08] + endless + [0xFF, 0xFF, 1], "no message"),
        HostileFile("a length beyond the end", version + [0x3A, 0x7F], "no message of protocol buffers"),
        HostileFile("a length of 2⁶⁴ − 1", version + [0x3A] + endless + [1], "no message of protocol buffers"),
        HostileFile("a length of 2⁶³", version + [0x3A] + [UInt8](repeating: 0x80, count: 9) + [1], "no message"),
        HostileFile("a graph longer than the file", version + operators + [0x3A, 5, 0x0A, 1, 0], "no message"),
        HostileFile("a node longer than its graph", version + operators + field(7, [0x0A, 9, 0]), "no message"),
        HostileFile("a group", good + [0x3B, 0x3C], "no message of protocol buffers"),
        HostileFile("100,000 open groups", good + [UInt8](repeating: 0x3B, count: 100_000), "no message"),
        HostileFile("a kind of field that is none", good + [0x0E], "no message of protocol buffers"),
        HostileFile("eight bytes of which two are there", good + [0x09, 1, 2], "no message of protocol buffers"),
        HostileFile("four bytes of which one is there", good + [0x0D, 1], "no message of protocol buffers"),
        HostileFile("field number 0", good + [0x02, 0], "no model"),
        HostileFile("a producer that is not UTF-8", good + field(2, [0xC3, 0x28]), "no model"),
        HostileFile("a name that is not UTF-8", version + operators + field(7, field(2, [0xFF])), "no model"),
        HostileFile("a million nodes", version + operators + field(7, parts(1)), "more than 1000000 parts"),
        HostileFile("a million weights", version + operators + field(7, parts(5)), "more than 1000000 parts"),
        HostileFile("a million inputs", version + operators + field(7, parts(11)), "more than 1000000 parts"),
        HostileFile("a million names of inputs", version + operators + field(7, field(1, parts(1))), "parts"),
        HostileFile("a million operator sets", version + graph + parts(8), "more than 1000000 parts"),
        HostileFile("a million lines of metadata", good + parts(14), "more than 1000000 parts"),
        HostileFile("two operator sets of one domain", good + operators, "two operator sets of one domain"),
        HostileFile("a domain by both its names", good + field(8, field(1, Array("ai.onnx".utf8))), "of one domain"),
        HostileFile("a key of metadata twice", good + field(14, field(1, [97])) + field(14, field(1, [97])), "twice"),
        HostileFile(
            "a tensor of a million axes",
            version + operators + field(7, field(5, field(1, [UInt8](repeating: 1, count: 1_000_001)))), "parts"),
    ]

    @Test("each model is refused")
    func refusedModels() throws {
        #expect(try ONNXSummary(parsing: Self.good, named: "m").operators.isEmpty)
        try expectRefusals(
            of: Self.models, atLeast: 33, fileName: "model.onnx", read: { _ = try ONNXSummary(contentsOf: $0) })
    }

    /// A record of which the checksums are right.
    private static func record(_ bytes: [UInt8]) -> [UInt8] { EventFile.record(bytes) }

    /// Only the length of a record, with its checksum.
    private static func length(_ length: UInt64) -> [UInt8] {
        let bytes = EventFile.littleEndian(length)
        return bytes + EventFile.littleEndian(MaskedChecksum.of(bytes))
    }

    private static func changed(_ offset: Int) -> [UInt8] {
        var bytes = record([0x1A, 1, 0x61])
        bytes[offset] ^= 1
        return bytes
    }

    /// An event with values under these names.
    private static func values(_ tags: [[UInt8]]) -> [UInt8] {
        record(field(5, tags.flatMap { field(1, field(1, $0)) }))
    }

    static let events = [
        HostileFile("nothing", [], "no whole record"),
        HostileFile("seven bytes", [3, 0, 0, 0, 0, 0, 0], "no whole record"),
        HostileFile("a length alone", length(3), "no whole record"),
        HostileFile("a record that is cut off", Array(record([0x1A, 1, 0x61]).dropLast()), "no whole record"),
        HostileFile("16 MiB of which none are there", length(1 << 24), "no whole record"),
        HostileFile("a byte above 16 MiB", length(1 << 24 + 1), "a record of 16777217 bytes"),
        HostileFile("a record of 2⁶³ bytes", length(1 << 63), "a record of 9223372036854775808 bytes"),
        HostileFile("a record of 2⁶⁴ − 1 bytes", length(.max), "a record of 18446744073709551615 bytes"),
        HostileFile("zeros", [UInt8](repeating: 0, count: 100), "a checksum at byte 8 is wrong"),
        HostileFile("text", text: "this is a text and no file of events", "a checksum at byte 8 is wrong"),
        HostileFile("a changed length", changed(0), "a checksum at byte 8 is wrong"),
        HostileFile("a changed checksum of the length", changed(9), "a checksum at byte 8 is wrong"),
        HostileFile("a changed event", changed(13), "a checksum at byte 15 is wrong"),
        HostileFile("a changed checksum of the event", changed(16), "a checksum at byte 15 is wrong"),
        HostileFile("a record that is text", record(Array("hello, no event".utf8)), "is no event"),
        HostileFile("a number without its end", record([0x10, 0xFF]), "is no event"),
        HostileFile("a group", record([0x0B, 0x0C]), "is no event"),
        HostileFile("a length beyond the record", record([0x1A, 0x7F]), "is no event"),
        HostileFile("field number 0", record([0x02, 0]), "is no event"),
        HostileFile("a version that is not UTF-8", record(field(3, [0xC3, 0x28])), "is no event"),
        HostileFile("a million values", record(field(5, parts(1))), "is no event"),
        HostileFile("a name of 1,025 bytes", values([[UInt8](repeating: 0x61, count: 1025)]), "longer than 1024"),
        HostileFile("a name of a megabyte", values([[UInt8](repeating: 0x61, count: 1 << 20)]), "longer than 1024"),
        HostileFile("10,001 series", values((0...10_000).map { Array("\($0)".utf8) }), "more than 10000 series"),
        HostileFile(
            "a fault behind good records", record([0x1A, 1, 0x61]) + changed(13), "a checksum at byte 34 is wrong"),
    ]

    @Test("each event file is refused")
    func refusedEvents() throws {
        try expectRefusals(
            of: Self.events, atLeast: 25, fileName: "events.out.tfevents.1",
            read: { _ = try EventSummary(contentsOf: $0) })
    }

    @Test("a model above 64 MiB is refused before it is read")
    func largeModel() throws {
        try withScratchFolder { folder in
            let path = "\(folder)/large.onnx"
            try writeFile(path, Self.good)
            try growFile(path, to: 1 << 26 + 1)
            expectRefusal("64 MiB", naming: "large.onnx", mention: "more than the 67108864", category: .badData) {
                _ = try ONNXSummary(contentsOf: path)
            }
            try growFile(path, to: 1 << 26)
            expectRefusal(
                "64 MiB of zeros", naming: "large.onnx", mention: "more than 1000000 parts", category: .badData
            ) {
                _ = try ONNXSummary(contentsOf: path)
            }
        }
    }
}
