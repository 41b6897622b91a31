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

    @Test("what cannot be shown is left out, and the rest stays")
    func leftOut() {
        let event = Tensorboard_Event.values(
            [("a", .png(Array("text".utf8))), ("b", .histogram([])), ("c", .scalar(2))], at: 0, step: 7)
        #expect(event.step == 7 && event.summary.value.map(\.tag) == ["c"])
        #expect(event.summary.value[0].simpleValue == 2)
    }
}
