import Interchange
import TestSupport
import Testing

/// Files that lie about themselves.
///
/// Names, types and texts out of them must not reach a terminal as they are.
@Suite("safetensors: hostile files")
struct HostileSafetensorsTests {
    private static func file(
        _ name: String, _ header: String, dataByteCount: Int = 0, _ mention: String
    ) -> HostileFile {
        HostileFile(name, safetensorsBytes(header: header, dataByteCount: dataByteCount), mention)
    }

    private static func raw(_ name: String, _ key: [UInt8], _ mention: String) -> HostileFile {
        HostileFile(name, safetensorsBytes(header: Array("{\"".utf8) + key + Array("\":1}".utf8)), mention)
    }

    static let lengths = [
        HostileFile("nothing", [], "ends inside its header, after 0 bytes"),
        HostileFile("one byte", [0x7B], "ends inside its header, after 1 bytes"),
        HostileFile("seven bytes", [2, 0, 0, 0, 0, 0, 0], "ends inside its header, after 7 bytes"),
        HostileFile("a length and nothing else", lengthField(2), "ends inside its header, after 8 bytes"),
        HostileFile("a length beyond the file", lengthField(20) + [0x7B, 0x7D], "ends inside its header"),
        HostileFile("a length of 2⁶⁴ − 1", lengthField(.max) + [0x7B, 0x7D], "exceeds 1048576"),
        HostileFile("a length of 2⁶³", lengthField(1 << 63) + [0x7B, 0x7D], "exceeds 1048576"),
        HostileFile("a length of 2⁶³ − 1", lengthField(1 << 63 - 1) + [0x7B, 0x7D], "exceeds 1048576"),
        HostileFile("a length of 100 MB", lengthField(100_000_000) + [0x7B, 0x7D], "exceeds 1048576"),
        HostileFile("a length one above the limit", lengthField(1 << 20 + 1), "exceeds 1048576"),
        HostileFile("a length of nothing", lengthField(0), "does not start with '{'"),
        HostileFile("text", text: "nothing of the kind", "is it a safetensors file?"),
        HostileFile("a pickle", [0x80, 2, 0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20], "is it a safetensors file?"),
        HostileFile("a zip archive", [0x50, 0x4B, 3, 4, 0, 0, 8, 8, 0, 0], "is it a safetensors file?"),
    ]

    static let texts = [
        file("white space first", " {}", "does not start with '{'"),
        file("a byte order mark first", "\u{FEFF}{}", "does not start with '{'"),
        file("a list", "[]", "does not start with '{'"),
        file("a brace alone", "{", "not valid JSON"),
        file("a value that is missing", "{\"a\":", "the text ends where a value is expected"),
        file("100,000 open lists", "{\"a\":" + String(repeating: "[", count: 100_000), "nested deeper than 16"),
        file("100,000 open objects", String(repeating: "{\"a\":", count: 100_000), "nested deeper than 16"),
        file("17 levels", "{\"a\":" + String(repeating: "[", count: 17) + "]}", "nested deeper than 16"),
        file("something behind", "{}x", "something follows"),
        file("two values", "{}{}", "something follows"),
        file("a zero byte behind", "{}\0", "something follows"),
        file("a comma at the end", "{\"a\":1,}", "not valid JSON"),
        file("no colon", "{\"a\" 1}", "expected ':'"),
        file("no comma", "{\"a\":1 \"b\":2}", "expected ','"),
        file("a key without quotes", "{a:1}", "not valid JSON"),
        file("single quotes", "{'a':1}", "not valid JSON"),
        file("a comment", "{/*x*/}", "not valid JSON"),
        file("NaN", "{\"a\":NaN}", "expected a value or a digit"),
        file("Infinity", "{\"a\":-Infinity}", "expected a value or a digit"),
        file("a leading zero", "{\"a\":01}", "a number starts with 0"),
        file("a point without digits", "{\"a\":1.}", "expected a value or a digit"),
        file("a line break in a name", "{\"a\n\":1}", "a control character"),
        file("a zero byte in a name", "{\"a\0\":1}", "a control character"),
        file("half a surrogate pair", #"{"\ud800":1}"#, "half of a surrogate pair"),
        file("a pair in the wrong order", #"{"\udc00\ud800":1}"#, "half of a surrogate pair"),
        file("an unknown escape", #"{"\x41":1}"#, "an unknown escape"),
        file("an escape that is too short", #"{"\u12":1}"#, "expected a hexadecimal digit"),
        file("a text without its end", #"{"a"#, "a string has no end"),
        file("an escape without its end", #"{"a\"#, "the text ends in an escape sequence"),
        raw("a name that is not UTF-8", [0xC3, 0x28], "not valid UTF-8"),
        raw("an overlong slash", [0xC0, 0xAF], "not valid UTF-8"),
        raw("a surrogate in UTF-8", [0xED, 0xA0, 0x80], "not valid UTF-8"),
        raw("a code point above all", [0xF4, 0x90, 0x80, 0x80], "not valid UTF-8"),
        file("a megabyte of digits", "{\"a\":" + String(repeating: "1", count: 1_000_000) + "}", "a number beyond"),
        file("a number beyond doubles", "{\"a\":{\"x\":-2.5e834}}", "a number beyond"),
        file("a command to the terminal", "{\"\u{9B}31m\u{7F}\u{2028}\":1}", #""\u{9B}31m\u{7F}\u{2028}""#),
    ]

    static let one = entry("a", "F32", "[1]", "[0,4]")

    static let names = [
        file("a tensor twice", "{\(one),\(one)}", dataByteCount: 4, "occurs twice"),
        file("a tensor twice, once escaped", "{\(one),\(entry(#"\u0061"#, "F32", "[1]", "[0,4]"))}", "occurs twice"),
        file("a name in two forms", #"{"é":1,"e\u0301":1}"#, "occurs twice"),
        file("metadata twice", #"{"__metadata__":{},"__metadata__":{}}"#, "occurs twice"),
        file("a type twice", #"{"a":{"dtype":"F32","dtype":"U8"}}"#, "occurs twice"),
        file("a line of metadata twice", #"{"__metadata__":{"a":"","a":"b"}}"#, "occurs twice"),
        file("metadata as a list", #"{"__metadata__":[]}"#, "not an object of strings"),
        file("metadata with a number", #"{"__metadata__":{"a":1}}"#, "not an object of strings"),
        file("metadata with an object", #"{"__metadata__":{"a":{}}}"#, "not an object of strings"),
        file("metadata with null", #"{"__metadata__":{"a":null}}"#, "not an object of strings"),
        file(
            "a name of 257 bytes", "{\(entry(String(repeating: "n", count: 257), "U8", "[0]", "[0,0]"))}", "256 bytes"),
        file(
            "a name of a megabyte", "{\(entry(String(repeating: "n", count: 1_000_000), "U8", "[0]", "[0,0]"))}",
            "exceeds 256 bytes"),
        file("4,097 tensors", many(4_097), "4097 tensors exceed 4096"),
        file("15,000 tensors", many(15_000), "15000 tensors exceed 4096"),
    ]

    private static func many(_ count: Int) -> String {
        "{\((0..<count).map { entry("t\($0)", "U8", "[0]", "[0,0]") }.joined(separator: ","))}"
    }

    static let fields = [
        file("a number for a tensor", #"{"a":1}"#, "no valid \"dtype\""),
        file("no type", #"{"a":{"shape":[1],"data_offsets":[0,4]}}"#, "no valid \"dtype\""),
        file("no shape", #"{"a":{"dtype":"F32","data_offsets":[0,4]}}"#, "no valid \"shape\""),
        file("no offsets", #"{"a":{"dtype":"F32","shape":[1]}}"#, "no valid \"data_offsets\""),
        file("a type that is a number", #"{"a":{"dtype":4,"shape":[1],"data_offsets":[0,4]}}"#, "no valid \"dtype\""),
        file("an unknown type", "{\(entry("a", "F99", "[1]", "[0,4]"))}", "has the type \"F99\""),
        file("a type in small letters", "{\(entry("a", "f32", "[1]", "[0,4]"))}", "has the type \"f32\""),
        file("a type that paints the terminal", "{\(entry("a", #"\u001b[31m"#, "[1]", "[0,4]"))}", "has the type"),
        file(
            "a name that paints the terminal", "{\(entry(#"\u001b]0;x\u0007"#, "F9", "[1]", "[0,4]"))}", "has the type"),
        file("a shape that is a number", "{\(entry("a", "U8", "4", "[0,4]"))}", "no valid \"shape\""),
        file("a negative extent", "{\(entry("a", "U8", "[-4]", "[0,4]"))}", "no valid \"shape\""),
        file("two negative extents", "{\(entry("a", "U8", "[-2,-2]", "[0,4]"))}", "no valid \"shape\""),
        file("a fraction", "{\(entry("a", "U8", "[1.5]", "[0,4]"))}", "no valid \"shape\""),
        file("an exponent", "{\(entry("a", "U8", "[1e2]", "[0,100]"))}", "no valid \"shape\""),
        file("an extent as text", "{\(entry("a", "U8", "[\"1\"]", "[0,1]"))}", "no valid \"shape\""),
        file("minus zero", "{\(entry("a", "U8", "[-0]", "[0,0]"))}", "no valid \"shape\""),
        file("an extent of 2⁶³", "{\(entry("a", "U8", "[9223372036854775808]", "[0,0]"))}", "no valid \"shape\""),
        file("elements that overflow", "{\(entry("a", "U8", "[9223372036854775807,2]", "[0,4]"))}", "overflows"),
        file("elements that wrap to zero", "{\(entry("a", "U8", "[4294967296,4294967296]", "[0,0]"))}", "overflows"),
        file("bytes that wrap to zero", "{\(entry("a", "F32", "[4611686018427387904]", "[0,0]"))}", "overflows"),
        file("9 axes", "{\(entry("a", "U8", "[1,1,1,1,1,1,1,1,1]", "[0,1]"))}", "9 axes"),
        file(
            "1,000 axes", "{\(entry("a", "U8", "[1\(String(repeating: ",1", count: 999))]", "[0,1]"))}", "1000 axes"),
    ]

    static let offsets = [
        file("offsets in the wrong order", "{\(entry("a", "U8", "[4]", "[4,0]"))}", "no valid \"data_offsets\""),
        file("one offset", "{\(entry("a", "U8", "[4]", "[4]"))}", "no valid \"data_offsets\""),
        file("three offsets", "{\(entry("a", "U8", "[4]", "[0,4,8]"))}", "no valid \"data_offsets\""),
        file("negative offsets", "{\(entry("a", "U8", "[4]", "[-4,0]"))}", "no valid \"data_offsets\""),
        file(
            "an offset of 2⁶⁴", "{\(entry("a", "U8", "[4]", "[0,18446744073709551616]"))}", "no valid \"data_offsets\""),
        file("fewer bytes than the shape", "{\(entry("a", "F32", "[1024]", "[0,4]"))}", dataByteCount: 4, "needs 4096"),
        file("more bytes than the shape", "{\(entry("a", "F32", "[1]", "[0,5]"))}", dataByteCount: 5, "spans 5 bytes"),
        file("a gap in front", "{\(entry("a", "F32", "[1]", "[4,8]"))}", dataByteCount: 8, "starts at byte 4"),
        file(
            "a gap between", "{\(one),\(entry("b", "F32", "[1]", "[8,12]"))}", dataByteCount: 12,
            "starts at byte 8 of the data instead of 4"),
        file(
            "tensors that overlap", "{\(one),\(entry("b", "F32", "[1]", "[2,6]"))}", dataByteCount: 6,
            "starts at byte 2"),
        file(
            "tensors that share", "{\(one),\(entry("b", "F32", "[1]", "[0,4]"))}", dataByteCount: 4, "starts at byte 0"),
        file("no data", "{\(one)}", "0 bytes of data instead of 4"),
        file("one byte too few", "{\(one)}", dataByteCount: 3, "3 bytes of data instead of 4"),
        file("one byte too many", "{\(one)}", dataByteCount: 5, "5 bytes of data instead of 4"),
        file("data and no tensor", "{}", dataByteCount: 1, "1 bytes of data instead of 0"),
        file(
            "an exabyte", "{\(entry("a", "U8", "[1152921504606846976]", "[0,1152921504606846976]"))}",
            "instead of 1152921504606846976"),
        file("empty, far outside", "{\(entry("a", "U8", "[0]", "[1000,1000]"))}", "starts at byte 1000"),
    ]

    @Test("each is refused by what reads tensors and by what reads the header alone")
    func refused() throws {
        let files = Self.lengths + Self.texts + Self.names + Self.fields + Self.offsets
        for read in [{ _ = try SafetensorsFile(contentsOf: $0) }, { _ = try SafetensorsFile.outline(of: $0) }]
            as [(String) throws -> Void]
        {
            try expectRefusals(of: files, atLeast: 100, fileName: "weights.safetensors", read: read)
        }
    }

    @Test("a name of few letters with thousands of marks on one does not fill the terminal")
    func marks() {
        let type = "e" + String(repeating: "\u{301}", count: 5_000)
        let bytes = safetensorsBytes(header: #"{"a":{"dtype":"\#(type)","shape":[0],"data_offsets":[0,0]}}"#)
        let error = #expect(throws: SafetensorsError.self) { try SafetensorsFile(parsing: bytes) }
        #expect(error.map { "\($0)".utf8.count < 500 } == true)
    }

    @Test("a sparse file that keeps its word, but is larger than any network, takes no memory")
    func sparse() throws {
        try withScratchFolder { folder in
            let (path, count) = ("\(folder)/sparse.safetensors", 1 << 40)
            let bytes = safetensorsBytes(header: "{\(entry("a", "U8", "[\(count)]", "[0,\(count)]"))}")
            try writeFile(path, bytes)
            try growFile(path, to: bytes.count + count)
            expectRefusal("1 TiB", naming: "sparse", mention: "exceed 4294967296", category: .badData) {
                _ = try SafetensorsFile(contentsOf: path)
            }
        }
    }
}
