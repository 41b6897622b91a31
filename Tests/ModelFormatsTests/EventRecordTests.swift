import ModelFormats
import SwiftProtobuf
import Testing

@Suite("Records of TensorBoard's event files")
struct EventRecordTests {
    @Test("the checksum is CRC-32C, turned and shifted")
    func checksum() {
        // The check value of the catalogue of CRCs for "123456789".
        let plain: UInt32 = 0xE306_9283
        #expect(MaskedChecksum.of("123456789".utf8) == (plain >> 15 | plain << 17) &+ 0xA282_EAD8)
        // Of nothing the plain checksum is 0.
        #expect(MaskedChecksum.of([]) == 0xA282_EAD8)
    }

    @Test("a record is length, checksum, event, checksum")
    func record() throws {
        let event = Tensorboard_Event.version(at: 1.5)
        let body: [UInt8] = try event.serializedBytes()
        let bytes = try EventRecord.bytes(of: event)
        #expect(bytes.count == body.count + 16)
        #expect(Array(bytes[..<8]) == [UInt8(body.count), 0, 0, 0, 0, 0, 0, 0])
        #expect(Array(bytes[12..<12 + body.count]) == body)
        func word(_ offset: Int) -> UInt32 { bytes[offset..<offset + 4].reversed().reduce(0) { $0 << 8 | UInt32($1) } }
        #expect(word(8) == MaskedChecksum.of(bytes[..<8]))
        #expect(word(12 + body.count) == MaskedChecksum.of(body))
    }

    @Test("a histogram counts each finite number once, between the least and the greatest")
    func histogram() throws {
        let numbers: [Float] = [-1, 0, 0.5, 2, 2, .nan, .infinity]
        let histogram = try #require(Tensorboard_HistogramProto(of: numbers))
        #expect((histogram.min, histogram.max, histogram.num, histogram.sum) == (-1, 2, 5, 3.5))
        #expect(histogram.sumSquares == 9.25)
        #expect(histogram.bucket.reduce(0, +) == 5 && histogram.bucket.last == 2 && histogram.bucket.first == 1)
        #expect(histogram.bucketLimit.count == histogram.bucket.count && histogram.bucketLimit.last == 2)
        #expect(zip(histogram.bucketLimit, histogram.bucketLimit.dropFirst()).allSatisfy(<))
        let same = try #require(Tensorboard_HistogramProto(of: [3, 3]))
        #expect(same.bucket == [2] && same.bucketLimit == [3])
        #expect(Tensorboard_HistogramProto(of: [.nan]) == nil)
    }

    @Test("a picture says its size and whether it is grey, an event when it was")
    func picture() throws {
        /// What stands ahead of a picture's pixels: signature, header, size, 8 bits a sample, kind of colour.
        func png(colour: UInt8, count: Int = 33) -> [UInt8] {
            let header = Array("\u{89}PNG\r\n\u{1A}\n".unicodeScalars.map { UInt8($0.value) }) + [0, 0, 0, 13]
            let size: [UInt8] = [0, 0, 1, 2, 0, 0, 0, 5]
            return Array(
                (header + Array("IHDR".utf8) + size + [8, colour] + [UInt8](repeating: 0, count: 7)).prefix(count))
        }
        func image(_ bytes: [UInt8]) -> Tensorboard_Summary.Image? {
            let event = Tensorboard_Event.values([("a", .png(bytes))], at: 12.5, step: 3)
            #expect(event.wallTime == 12.5 && event.step == 3)
            return event.summary.value.first?.image
        }
        let grey = try #require(image(png(colour: 0)))
        #expect((grey.width, grey.height, grey.colorspace) == (258, 5, 1))
        #expect(Array(grey.encodedImageString) == png(colour: 0))
        #expect(image(png(colour: 2))?.colorspace == 3)
        #expect(image(png(colour: 2, count: 27)) != nil && image(png(colour: 2, count: 26)) == nil)
        var other = png(colour: 2)
        other[3] = UInt8(ascii: "H")
        #expect(image(other) == nil)
        #expect(Tensorboard_Event.version(at: 1.5).wallTime == 1.5)
    }

    @Test("what an add-on reads is under its name, with a number as TensorBoard writes it")
    func plugin() throws {
        let event = Tensorboard_Event.values([("table", .plugin(name: "hparams", content: [1, 2]))], at: 1, step: 0)
        let value = try #require(event.summary.value.first)
        #expect(value.tag == "table" && value.metadata.pluginData.pluginName == "hparams")
        #expect(Array(value.metadata.pluginData.content) == [1, 2])
        #expect(value.tensor.dtype == .dtFloat && value.tensor.floatVal == [0])
        #expect(value.tensor.tensorShape.dim.map(\.size) == [1])
    }

    @Test("settings are numbers where they are finite ones, truth values where they are those, and text")
    func settings() throws {
        let texts = ["0.5", "true", "sgd", "inf", "1e999", "-3"]
        let table = try HyperparameterTable.start(settings: texts.map { (name: $0, text: $0) }, at: 1)
        guard case .plugin(name: "hparams", let content) = table.value else {
            Issue.record("\(table)")
            return
        }
        let cells = try Tensorboard_Hparams_HParamsPluginData(serializedBytes: content).sessionStartInfo.hparams
        #expect(cells.count == texts.count)
        #expect(cells["0.5"]?.numberValue == 0.5 && cells["-3"]?.numberValue == -3 && cells["true"]?.boolValue == true)
        for text in ["sgd", "inf", "1e999"] { #expect(cells[text]?.stringValue == text) }
    }

    @Test("what cannot be shown is left out, and the rest stays")
    func leftOut() {
        let event = Tensorboard_Event.values(
            [("a", .png(Array("text".utf8))), ("b", .histogram([])), ("c", .scalar(2))], at: 0, step: 7)
        #expect(event.step == 7 && event.summary.value.map(\.tag) == ["c"])
        #expect(event.summary.value[0].simpleValue == 2)
    }
}
