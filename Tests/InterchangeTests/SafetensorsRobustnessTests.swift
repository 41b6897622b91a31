import Interchange
import Tensors
import Testing

/// What a file that was read promises: every element is there, and nothing else.
private func expectConsistent(_ file: SafetensorsFile) {
    for tensor in file.tensors {
        #expect(tensor.bytes.count == tensor.shape.count * tensor.type.byteCount)
        #expect((tensor.floats()?.count ?? tensor.integers()?.count) == tensor.shape.count)
    }
    #expect(Set(file.tensors.map(\.name)).count == file.tensors.count)
}

/// Whether `bytes` are read; what is read must be consistent.
@discardableResult
private func read(_ bytes: [UInt8]) -> Bool {
    guard let file = try? SafetensorsFile(parsing: bytes) else { return false }
    expectConsistent(file)
    return true
}

@Suite("safetensors: no bytes trap the reader")
struct SafetensorsRobustnessTests {
    @Test("every truncation of a file is refused")
    func truncations() throws {
        let bytes = try sampleFile().encoded()
        for length in 0..<bytes.count { #expect(!read(Array(bytes.prefix(length))), "\(length) bytes") }
        #expect(read(bytes))
    }

    @Test("every single flipped bit gives an error or a consistent file")
    func bitFlips() throws {
        let bytes = try sampleFile().encoded()
        var refused = 0
        for bit in 0..<bytes.count * 8 {
            var damaged = bytes
            damaged[bit / 8] ^= 1 << UInt8(bit % 8)
            if !read(damaged) { refused += 1 }
        }
        #expect(refused > 1_000)
    }

    @Test("random bytes, alone and behind a plausible length, are refused")
    func randomBytes() {
        var generator = RandomStream(seed: 11, purpose: .testing).generator
        for _ in 0..<20_000 {
            let noise = (0..<generator.integer(below: 64)).map { _ in
                UInt8(truncatingIfNeeded: generator.nextWord())
            }
            read(noise)
            #expect(!read(lengthField(UInt64(noise.count)) + noise))
            #expect(!read(lengthField(UInt64(noise.count + 1)) + [0x7B] + noise))
        }
    }

    @Test("headers put together from random pieces of JSON give an error or a consistent file")
    func randomGrammar() {
        let pieces = [
            "{", "}", "[", "]", ",", ":", "\"a\"", "\"dtype\"", "\"shape\"", "\"data_offsets\"", "\"F32\"",
            "\"U8\"", "0",
            "1", "4", "-1", "1e400", "9223372036854775807", "18446744073709551615", "\"__metadata__\"",
            "\"\\ud800\"",
            "\"\\ud83d\\ude00\"", "null", "true", " ", "\"\\u00", "\\", "\"",
            entry("x", "F32", "[1]", "[0,4]"), entry("y", "U8", "[4]", "[4,8]"),
            entry("z", "I64", "[0]", "[8,8]"),
        ]
        var generator = RandomStream(seed: 12, purpose: .testing).generator
        var accepted = 0
        for _ in 0..<30_000 {
            let count = generator.integer(below: 12)
            let text = (0..<count).map { _ in pieces[generator.integer(below: pieces.count)] }.joined()
            let dataByteCount = generator.integer(below: 3) * 4
            let bytes = safetensorsBytes(header: "{\(text)}", dataByteCount: dataByteCount)
            if read(bytes) { accepted += 1 }
        }
        #expect(accepted > 10)
    }

    @Test("mutated headers give an error or a consistent file")
    func mutations() throws {
        let bytes = try sampleFile().encoded()
        let headerEnd = 8 + Int(bytes[0]) + Int(bytes[1]) << 8
        let alphabet = Array("{}[]\",:\\0123456789-+.eEu aFUI\u{01}\u{7F}".utf8)
        var generator = RandomStream(seed: 13, purpose: .testing).generator
        for _ in 0..<20_000 {
            var damaged = bytes
            for _ in 0...generator.integer(below: 3) {
                damaged[8 + generator.integer(below: headerEnd - 8)] =
                    alphabet[generator.integer(below: alphabet.count)]
            }
            read(damaged)
        }
    }
}
