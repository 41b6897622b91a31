import Interchange
import Tensors
import Testing

@Suite("safetensors: every way to be wrong is named")
struct SafetensorsRejectionTests {
    let one = entry("a", "F32", "[1]", "[0,4]")

    @Test("an empty file")
    func empty() { #expect(problem([]) == .truncatedHeader(byteCount: 0)) }

    @Test("a file that ends inside its length field")
    func truncatedLength() { #expect(problem([1, 0, 0]) == .truncatedHeader(byteCount: 3)) }

    @Test("a file that ends inside its header")
    func truncatedHeader() {
        #expect(problem(lengthField(20) + [0x7B, 0x7D]) == .truncatedHeader(byteCount: 10))
    }

    @Test("a header above the limit, and one of 2⁶⁴ − 1 bytes")
    func headerTooLong() {
        #expect(problem(lengthField(1_048_577)) == .headerTooLong(byteCount: 1_048_577))
        #expect(problem(lengthField(.max)) == .headerTooLong(byteCount: .max))
    }

    @Test("a header at the limit is read")
    func longestHeader() {
        let header = "{}" + String(repeating: " ", count: SafetensorsFile.maximumHeaderByteCount - 2)
        #expect(problem(safetensorsBytes(header: header)) == nil)
    }

    @Test("a header of no bytes, with white space first, or that is a list")
    func notAHeader() {
        for header in ["", " {}", "[]", "\u{FEFF}{}"] {
            #expect(problem(safetensorsBytes(header: header)) == .notAHeader)
        }
    }

    @Test("a header that is not UTF-8")
    func notUTF8() {
        let header = Array("{\"".utf8) + [0xC3, 0x28] + Array("\":1}".utf8)
        #expect(
            problem(safetensorsBytes(header: header))
                == .invalidJSON(offset: 1, reason: "a string is not valid UTF-8"))
    }

    @Test("a header that nests too deeply")
    func deep() {
        let lists = String(repeating: "[", count: 100_000)
        #expect(
            problem(safetensorsBytes(header: "{\"a\":" + lists))
                == .invalidJSON(offset: 21, reason: "nested deeper than 16 levels"))
    }

    @Test("a header followed by something other than white space")
    func trailingText() {
        #expect(
            problem(safetensorsBytes(header: "{}x"))
                == .invalidJSON(offset: 2, reason: "something follows the JSON value"))
    }

    @Test("a tensor's name that occurs twice")
    func duplicateName() {
        let header = "{\(one),\(one)}"
        #expect(
            problem(safetensorsBytes(header: header, dataByteCount: 4))
                == .invalidJSON(offset: one.utf8.count + 2, reason: "the key \"a\" occurs twice"))
    }

    @Test("a field that occurs twice, even under an escaped spelling")
    func duplicateField() {
        let header = #"{"a":{"dtype":"U8","dtyp\u0065":"F32","shape":[],"data_offsets":[0,1]}}"#
        #expect(
            problem(safetensorsBytes(header: header, dataByteCount: 1))
                == .invalidJSON(offset: 19, reason: "the key \"dtype\" occurs twice"))
    }

    @Test("a metadata key that occurs twice")
    func duplicateMetadata() {
        #expect(
            problem(safetensorsBytes(header: #"{"__metadata__":{"k":"1","k":"2"}}"#))
                == .invalidJSON(offset: 25, reason: "the key \"k\" occurs twice"))
    }

    @Test("metadata that are not text", arguments: ["{\"k\":1}", "null", "[]", "\"text\"", "{\"k\":null}"])
    func metadata(_ value: String) {
        #expect(problem(safetensorsBytes(header: "{\"__metadata__\":\(value)}")) == .metadataNotText)
    }

    @Test("more than 4,096 tensors")
    func tooManyTensors() {
        let names = (0..<4_097).map { entry("t\($0)", "U8", "[0]", "[0,0]") }
        #expect(
            problem(safetensorsBytes(header: "{\(names.joined(separator: ","))}")) == .tooManyTensors(4_097))
        let allowed = names.dropLast().joined(separator: ",")
        #expect(problem(safetensorsBytes(header: "{\(allowed)}")) == nil)
    }

    @Test("a name of 257 bytes, while 256 are allowed")
    func nameTooLong() {
        let long = String(repeating: "é", count: 128)
        #expect(problem(safetensorsBytes(header: "{\(entry(long, "U8", "[0]", "[0,0]"))}")) == nil)
        #expect(
            problem(safetensorsBytes(header: "{\(entry(long + "x", "U8", "[0]", "[0,0]"))}"))
                == .nameTooLong(long + "x"))
    }

    @Test("an entry that is not an object", arguments: ["1", "null", "[\"U8\",[1],[0,1]]", "\"U8\""])
    func entryNotObject(_ value: String) {
        #expect(
            problem(safetensorsBytes(header: "{\"a\":\(value)}"))
                == .invalidField(tensor: "a", field: "dtype"))
    }

    @Test("a missing or wrong dtype")
    func dtype() {
        for text in [
            #"{"a":{"shape":[],"data_offsets":[0,1]}}"#,
            #"{"a":{"dtype":8,"shape":[],"data_offsets":[0,1]}}"#,
        ] {
            #expect(
                problem(safetensorsBytes(header: text, dataByteCount: 1))
                    == .invalidField(tensor: "a", field: "dtype"))
        }
    }

    @Test(
        "an element type that is unknown or has no use here",
        arguments: ["F8_E4M3", "C64", "BOOL", "f32", "", "U64"])
    func unsupportedType(_ type: String) {
        #expect(
            problem(safetensorsBytes(header: "{\(entry("a", type, "[]", "[0,1]"))}", dataByteCount: 1))
                == .unsupportedType(tensor: "a", type: type))
    }

    @Test(
        "a shape that is missing or not made of natural numbers",
        arguments: [
            "1", "null", "[-1]", "[1.0]", "[1e0]", "[\"1\"]", "[-0]", "[18446744073709551616]", "[true]",
        ])
    func shape(_ shape: String) {
        #expect(
            problem(safetensorsBytes(header: "{\(entry("a", "U8", shape, "[0,1]"))}", dataByteCount: 1))
                == .invalidField(tensor: "a", field: "shape"))
    }

    @Test("nine axes, while eight are allowed")
    func rank() {
        #expect(
            problem(
                safetensorsBytes(
                    header: "{\(entry("a", "U8", "[1,1,1,1,1,1,1,1,1]", "[0,1]"))}", dataByteCount: 1))
                == .rankTooHigh(tensor: "a", rank: 9))
        #expect(
            problem(
                safetensorsBytes(
                    header: "{\(entry("a", "U8", "[1,1,1,1,1,1,1,1]", "[0,1]"))}", dataByteCount: 1))
                == nil)
    }

    @Test(
        "a shape whose elements or bytes overflow",
        arguments: [
            "[9223372036854775807,2]", "[4294967296,4294967296]", "[4611686018427387904]",
            "[0,9223372036854775807,3]",
        ])
    func overflow(_ shape: String) {
        #expect(
            problem(safetensorsBytes(header: "{\(entry("a", "F32", shape, "[0,0]"))}"))
                == .shapeOverflow(tensor: "a"))
    }

    @Test(
        "offsets that are missing, reversed, negative, or not two",
        arguments: ["null", "[0]", "[0,4,4]", "[4,0]", "[-4,0]", "[0,4.0]", "[0,9223372036854775808]"])
    func offsets(_ offsets: String) {
        #expect(
            problem(safetensorsBytes(header: "{\(entry("a", "F32", "[1]", offsets))}", dataByteCount: 4))
                == .invalidField(tensor: "a", field: "data_offsets"))
    }

    @Test("offsets that span more or fewer bytes than the shape needs")
    func wrongByteCount() {
        for end in [0, 3, 5, 8, Int.max] {
            #expect(
                problem(
                    safetensorsBytes(header: "{\(entry("a", "F32", "[1]", "[0,\(end)]"))}", dataByteCount: 4))
                    == .wrongByteCount(tensor: "a", stated: end, needed: 4))
        }
    }

    @Test("a hole before the first tensor and one between two")
    func hole() {
        #expect(
            problem(safetensorsBytes(header: "{\(entry("a", "F32", "[1]", "[4,8]"))}", dataByteCount: 8))
                == .notContiguous(tensor: "a", begin: 4, expected: 0))
        let header = "{\(one),\(entry("b", "F32", "[1]", "[5,9]"))}"
        #expect(
            problem(safetensorsBytes(header: header, dataByteCount: 9))
                == .notContiguous(tensor: "b", begin: 5, expected: 4))
    }

    @Test("two tensors that overlap, partly or wholly")
    func overlap() {
        #expect(
            problem(
                safetensorsBytes(header: "{\(one),\(entry("b", "F32", "[1]", "[3,7]"))}", dataByteCount: 7))
                == .notContiguous(tensor: "b", begin: 3, expected: 4))
        #expect(
            problem(
                safetensorsBytes(header: "{\(one),\(entry("b", "F32", "[1]", "[0,4]"))}", dataByteCount: 4))
                == .notContiguous(tensor: "b", begin: 0, expected: 4))
    }

    @Test("a byte too few and a byte too many")
    func wrongLength() {
        for count in [0, 3, 5] {
            #expect(
                problem(safetensorsBytes(header: "{\(one)}", dataByteCount: count))
                    == .wrongLength(dataByteCount: count, expected: 4))
        }
        #expect(
            problem(safetensorsBytes(header: "{}", dataByteCount: 1))
                == .wrongLength(dataByteCount: 1, expected: 0))
    }

    @Test("a tensor that is not there, and one of another kind")
    func lookUp() throws {
        let file = try SafetensorsFile(parsing: try sampleFile().encoded(), name: "net.safetensors")
        #expect(throws: SafetensorsError.missingTensor(file: "net.safetensors", name: "fc9")) {
            try file.floats(named: "fc9")
        }
        #expect(
            throws: SafetensorsError.wrongType(
                file: "net.safetensors", name: "labels", type: .int64, wanted: "floating-point numbers")
        ) { try file.floats(named: "labels") }
        #expect(
            throws: SafetensorsError.wrongType(
                file: "net.safetensors", name: "a.scalar", type: .float32, wanted: "integers")
        ) { try file.integers(named: "a.scalar") }
    }

    @Test("a message is one line, names the file, and lets no control character of the file through")
    func message() {
        let error = SafetensorsError.malformed(
            file: "m.safetensors",
            .unsupportedType(tensor: "a\n\u{1B}[31m" + String(repeating: "y", count: 200), type: "Q\r"))
        #expect(error.description.hasPrefix("m.safetensors: tensor \"a"))
        #expect(error.description.unicodeScalars.allSatisfy { $0.value >= 0x20 })
        #expect(error.description.count < 260)
        #expect(error.category == .badData)
    }

    @Test("what the reader would refuse is not written")
    func unwritable() {
        func problem(_ tensors: [SafetensorsFile.NamedTensor], metadata: [String: String] = [:])
            -> SafetensorsProblem?
        {
            do throws(SafetensorsError) {
                _ = try SafetensorsFile(metadata: metadata, tensors: tensors).encoded()
                return nil
            } catch {
                guard case .unwritable(_, let problem) = error else { return nil }
                return problem
            }
        }
        let a = SafetensorsFile.NamedTensor(name: "a", shape: [1], floats: [1])
        let long = String(repeating: "n", count: 257)
        #expect(problem([a, a]) == .duplicateName("a"))
        #expect(problem([.init(name: long, shape: [], floats: [1])]) == .nameTooLong(long))
        #expect(
            problem([.init(name: "__metadata__", shape: [], floats: [1])]) == .reservedName("__metadata__"))
        #expect(
            problem([.init(name: "r", shape: Shape([Int](repeating: 1, count: 9)), floats: [1])])
                == .rankTooHigh(tensor: "r", rank: 9))
        #expect(
            problem((0..<4_097).map { .init(name: "\($0)", shape: [0], floats: []) })
                == .tooManyTensors(4_097))
        let text = String(repeating: "m", count: SafetensorsFile.maximumHeaderByteCount)
        guard case .headerTooLong = problem([a], metadata: ["k": text]) else {
            Issue.record("a header above the limit was written")
            return
        }
    }
}
