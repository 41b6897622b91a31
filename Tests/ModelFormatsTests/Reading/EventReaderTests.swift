import Interchange
import ModelFormats
import SwiftProtobuf
import TestSupport
import Testing

@Suite struct EventReaderTests {
    private func summary(of bytes: [UInt8]) throws -> EventSummary {
        try withScratchFolder { folder in
            try writeFile(folder + "/events.out.tfevents.1", bytes)
            return try EventSummary(contentsOf: folder + "/events.out.tfevents.1")
        }
    }

    private func refusal(of bytes: [UInt8]) -> String? {
        do {
            _ = try summary(of: bytes)
            return nil
        } catch let error as ModelFormatError {
            return error.category == .badData ? error.description : "wrong category"
        } catch {
            return "wrong error: \(error)"
        }
    }

    @Test func theChecksumIsCastagnolis() {
        // The check value of CRC-32C, masked by hand.
        let check: UInt32 = 0xE306_9283
        #expect(MaskedChecksum.of(Array("123456789".utf8)) == (check >> 15 | check << 17) &+ 0xA282_EAD8)
        #expect(MaskedChecksum.of([]) == 0xA282_EAD8)
    }

    @Test func seriesAreCountedByTag() throws {
        let summary = try summary(of: try EventFile.losses([(1, 2.5), (2, 1.5), (5, 1.25)]))
        #expect(summary.fileVersion == "brain.Event:2")
        #expect(summary.eventCount == 4)
        #expect(summary.times == 1_700_000_000...1_700_000_005)
        let series = try #require(summary.series.first)
        #expect((series.tag, series.kind, series.count) == ("loss", "scalar", 3))
        #expect((series.firstStep, series.lastStep, series.lastValue) == (1, 5, 1.25))
        #expect(!summary.isCutOff)
    }

    @Test func aResumedRunSaysFromWhichStep() throws {
        let start = try EventFile.record(
            .with {
                $0.step = 7
                $0.sessionLog = .with { $0.status = .start }
            })
        #expect(try summary(of: try EventFile.losses([]) + start).resumedAt == [7])
    }

    @Test func anEventHasAsManyPartsAsItsLimitAndNotOneMore() throws {
        // Fields that nobody knows, two bytes each.
        let most = [[UInt8]](repeating: [0x78, 1], count: 1_000_000).flatMap { $0 }
        let first = try EventFile.losses([])
        #expect(try summary(of: first + EventFile.record(most)).eventCount == 2)
        #expect(refusal(of: first + EventFile.record(most + [0x78, 1]))?.contains("is no event") == true)
    }

    @Test func aCutOffLastRecordEndsTheFile() throws {
        let (whole, more) = (try EventFile.losses([(1, 2)]), try EventFile.losses([(1, 2), (2, 1)]))
        for end in whole.count + 1..<more.count {
            let summary = try summary(of: Array(more[..<end]))
            #expect(summary.isCutOff)
            #expect(summary.eventCount == 2)
        }
    }

    @Test func everyFlippedBitIsNoticed() throws {
        let bytes = try EventFile.losses([(1, 2)])
        let good = try summary(of: bytes)
        for index in bytes.indices {
            var damaged = bytes
            damaged[index] ^= 1 << UInt8(index % 8)
            let result = try? summary(of: damaged)
            // A longer length is refused by its checksum; nothing is taken for a record that is cut off.
            #expect(result == nil, "byte \(index): \(String(describing: result)) rather than \(good)")
        }
    }

    @Test func whatIsNoEventFileIsRefused() throws {
        let first = try EventFile.losses([])
        let long = EventFile.littleEndian(UInt64(1) << 40)
        // Two million empty values in four megabytes.
        let values = (0...2_000_000).flatMap { _ in [0x0A, 0x00] as [UInt8] }
        let cases: [(String, [UInt8])] = [
            ("no whole record", []), ("no whole record", [1, 2, 3]),
            ("checksum", [UInt8](repeating: 0, count: 64)), ("checksum", Array("a text file, which is none".utf8)),
            ("record of", long + EventFile.littleEndian(MaskedChecksum.of(long)) + [0]),
            ("is no event", first + EventFile.record([0xFF, 0xFF])),
            ("is no event", first + EventFile.record([0x2A] + EventFile.varint(values.count) + values)),
        ]
        for (words, bytes) in cases {
            let refusal = refusal(of: bytes)
            #expect(refusal?.contains(words) == true, "\(words): \(refusal ?? "accepted")")
        }
    }

    @Test func everySeriesIsCalledByWhatItHolds() throws {
        typealias Value = Tensorboard_Summary.Value
        let values: [(String, Value)] = [
            ("scalar", .with { $0.simpleValue = 1 }), ("image", .with { $0.image = .with { $0.height = 1 } }),
            ("histogram", .with { $0.histo = .with { $0.num = 1 } }),
            ("tensor", .with { $0.tensor = .with { $0.floatVal = [0] } }),
            (
                "hparams",
                .with {
                    $0.tensor = .with { $0.floatVal = [0] }
                    $0.metadata.pluginData.pluginName = "hparams"
                }
            ),
            ("empty", Value()), ("text", .with { $0.metadata.pluginData.pluginName = "text" }),
        ]
        let tagged = values.map { kind, value in
            var value = value
            value.tag = kind
            return value
        }
        let event = try EventFile.record(.with { $0.summary = .with { $0.value = tagged } })
        let series = try summary(of: try EventFile.losses([]) + event).series
        #expect(series.map(\.tag) == values.map(\.0) && series.map(\.kind) == values.map(\.0))
    }

    @Test func eventsOfOtherKindsAreCountedAndNoMore() throws {
        let event = try EventFile.record(.with { $0.sessionLog = .with { $0.status = .stop } })
        let summary = try summary(of: try EventFile.losses([]) + event)
        #expect(summary.eventCount == 2 && summary.series.isEmpty && summary.resumedAt.isEmpty)
    }
}
