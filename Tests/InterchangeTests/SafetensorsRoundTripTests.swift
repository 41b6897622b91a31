import Foundation
import Interchange
import Tensors
import Testing

@Suite("safetensors: what is written is read")
struct SafetensorsRoundTripTests {
    @Test("every tensor and every text comes back bit for bit")
    func roundTrip() throws {
        let file = sampleFile()
        let copy = try SafetensorsFile(parsing: try file.encoded())
        #expect(copy.metadata == file.metadata)
        #expect(copy.tensors.count == file.tensors.count)
        for tensor in file.tensors { #expect(copy[tensor.name] == tensor) }
        #expect(copy["a.scalar"]?.shape.rank == 0)
        #expect(try copy.integers(named: "labels") == [.min, 0, .max])
        #expect(try copy.integers(named: "pixels") == [0, 1, 127, 128, 255])
        #expect(
            try copy.floats(named: "b.weight").map(\.bitPattern)
                == file.tensors[0].floats()?.map(\.bitPattern))
    }

    @Test("a name that is not there is missing, whatever is asked for")
    func missing() throws {
        let file = sampleFile()
        let missing = SafetensorsError.missingTensor(file: "the tensors in memory", name: "c")
        #expect(throws: missing) { try file.floats(named: "c") }
        #expect(throws: missing) { try file.integers(named: "c") }
    }

    @Test("names and texts may hold any control character")
    func controlCharacters() throws {
        let text = String((0..<32).map { Character(Unicode.Scalar($0)) }) + "\u{7F}\"\\/"
        let file = SafetensorsFile(metadata: [text: text], tensors: [.init(name: text, shape: [1], floats: [1])])
        #expect(try SafetensorsFile(parsing: try file.encoded()) == file)
    }

    @Test("wide types come first, then names in the order of their bytes")
    func order() throws {
        let copy = try SafetensorsFile(parsing: try sampleFile().encoded())
        #expect(copy.tensors.map(\.name) == ["labels", "a.scalar", "b.weight", "empty", "pixels"])
    }

    @Test("the data start at a multiple of 8")
    func alignment() throws {
        for length in 1...9 {
            let name = String(repeating: "x", count: length)
            let bytes = try SafetensorsFile(tensors: [.init(name: name, shape: [1], floats: [1])]).encoded()
            #expect((bytes.count - 4) % 8 == 0, "a name of \(length) bytes")
        }
    }

    @Test("a file without tensors comes back")
    func noTensors() throws {
        let empty = SafetensorsFile(tensors: [])
        #expect(try SafetensorsFile(parsing: try empty.encoded()) == empty)
        #expect(try empty.encoded() == [8, 0, 0, 0, 0, 0, 0, 0] + Array("{}      ".utf8))
    }

    @Test("a file comes back from the disk, and replaces the one before it without leaving anything behind")
    func disk() throws {
        try withTemporaryFolder { folder in
            let path = folder + "/model.safetensors"
            try SafetensorsFile(tensors: []).write(to: path)
            try sampleFile().write(to: path)
            #expect(
                try SafetensorsFile(contentsOf: path) == SafetensorsFile(parsing: try sampleFile().encoded()))
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["model.safetensors"])
        }
    }

    @Test("an unpadded header and unaligned elements are read")
    func unaligned() throws {
        let header = "{" + entry("b", "U8", "[1]", "[0,1]") + "," + entry("f", "F32", "[1]", "[1,5]") + "}"
        var bytes = safetensorsBytes(header: header)
        bytes += [9, 0, 0, 0x80, 0x3F]
        let file = try SafetensorsFile(parsing: bytes)
        #expect(try file.floats(named: "f") == [1])
    }

    @Test("fields that other writers add to an entry are passed over")
    func extraFields() throws {
        let header =
            #"{"a":{"dtype":"U8","extra":{"deep":[1,2.5e3,null,true]},"shape":[2],"data_offsets":[0,2]}}"#
        #expect(
            try SafetensorsFile(parsing: safetensorsBytes(header: header, dataByteCount: 2)).tensors.count
                == 1)
    }

    @Test(
        "tensors that stand in the header in another order than in the data are put in the order of the data")
    func headerOrder() throws {
        let header =
            "{" + entry("late", "U8", "[2]", "[1,3]") + "," + entry("early", "U8", "[1]", "[0,1]") + "}"
        let file = try SafetensorsFile(parsing: safetensorsBytes(header: header, dataByteCount: 3))
        #expect(file.tensors.map(\.name) == ["early", "late"])
        #expect(file["late"]?.bytes == [1, 2])
    }

    @Test("each of the 65,536 half-precision numbers has the value that IEEE 754 gives it")
    func halves() {
        for bits in UInt16.min ... .max {
            let exponent = Int(bits >> 10 & 31)
            let fraction = Double(bits & 1023)
            let sign: Double = bits >> 15 == 0 ? 1 : -1
            let value = floatFromHalf(bits)
            switch exponent {
            case 31 where fraction > 0: #expect(value.isNaN)
            case 31: #expect(value == (sign > 0 ? .infinity : -.infinity))
            case 0: #expect(Double(value) == sign * fraction * 0x1p-24)
            default:
                #expect(
                    Double(value) == sign * (1 + fraction / 1024)
                        * Double(sign: .plus, exponent: exponent - 15, significand: 1))
            }
            #expect((value.sign == .minus) == (bits >> 15 == 1) || value.isNaN)
        }
    }

    @Test("bfloat16, half and double elements become floats")
    func conversions() throws {
        let header =
            "{" + entry("d", "F64", "[1]", "[0,8]") + "," + entry("b", "BF16", "[2]", "[8,12]") + ","
            + entry("h", "F16", "[1]", "[12,14]") + "}"
        var bytes = safetensorsBytes(header: header)
        bytes += lengthField((0.1).bitPattern) + [0x80, 0x3F, 0x49, 0xC0] + [0x00, 0x3C]
        let file = try SafetensorsFile(parsing: bytes)
        #expect(try file.floats(named: "d") == [0.1])
        #expect(file["d"]?.doubles() == [0.1])
        #expect(try file.floats(named: "b") == [1, -3.140625])
        #expect(try file.floats(named: "h") == [1])
    }
}

/// Calls `body` with a new folder that is removed afterwards.
func withTemporaryFolder(_ body: (String) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.path + "/interchange-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try body(folder)
}
