import Interchange
import Tensors
import Testing

/// What lies right at a limit, and what JSON allows though hardly any writer does it.
@Suite("safetensors: at the limits")
struct SafetensorsLimitTests {
    @Test("white space may stand between any two parts of a header")
    func whiteSpace() throws {
        let header =
            "{ \"__metadata__\"\t: { \"k\" : \"v\" , \"l\"\n:\r\"w\" } , \"a\" : { \"dtype\" : \"F32\" , \"shape\" : [ 1 , 1 ] , "
            + "\"data_offsets\" : [ 0 , 4 ] } , \"b\" : { \"dtype\" : \"F32\" , \"shape\" : [ ] , \"data_offsets\" : [ 4 , 8 ] } } "
        let file = try SafetensorsFile(parsing: safetensorsBytes(header: header, dataByteCount: 8))
        #expect(file.metadata == ["k": "v", "l": "w"])
        #expect(file.tensors.map(\.name) == ["a", "b"] && file.tensors.map(\.shape) == [[1, 1], []])
    }

    @Test("characters beyond 16 bits may be written as two halves, but not as one")
    func surrogates() throws {
        func text(_ escaped: String) throws -> String? {
            try SafetensorsFile(parsing: safetensorsBytes(header: "{\"__metadata__\":{\"k\":\"\(escaped)\"}}"))
                .metadata["k"]
        }
        #expect(try text("\\ud83d\\ude00") == "\u{1F600}")
        #expect(try text("\\u00e9\\uFFFD") == "é\u{FFFD}")
        for half in ["\\ud83d", "\\ude00", "\\ud83dx", "\\ud83d\\n", "\\ud83d\\u0041", "\\ud83d\\ud83d"] {
            #expect(throws: SafetensorsError.self, "\(half)") { try text(half) }
        }
    }

    @Test("an unknown escape sequence is named by its place")
    func escape() {
        let header = "{\"__metadata__\":{\"k\":\"\\q\"}}"
        #expect(
            problem(safetensorsBytes(header: header)) == .invalidJSON(offset: 23, reason: "an unknown escape sequence"))
    }

    @Test("control characters in a header are written as JSON has them")
    func control() throws {
        let metadata = ["k": "\n\r\t\u{08}\u{0C}\u{01}\"\\"]
        let bytes = try SafetensorsFile(metadata: metadata, tensors: []).encoded()
        let header = String(decoding: bytes.dropFirst(8), as: UTF8.self)
        #expect(header.contains(#""k":"\n\r\t\b\f\u0001\"\\""#), "\(header)")
        #expect(try SafetensorsFile(parsing: bytes).metadata == metadata)
    }

    @Test("a tensor that is not there is missing, whatever its values are to be")
    func absent() throws {
        let bytes = try SafetensorsFile(metadata: [:], tensors: [tensor("t")]).encoded()
        let file = try SafetensorsFile(parsing: bytes, name: "w")
        #expect(throws: SafetensorsError.missingTensor(file: "w", name: "u")) { try file.floats(named: "u") }
        #expect(throws: SafetensorsError.missingTensor(file: "w", name: "u")) { try file.integers(named: "u") }
    }

    private func written(_ tensors: [SafetensorsFile.NamedTensor]) -> SafetensorsError? {
        do throws(SafetensorsError) {
            _ = try SafetensorsFile(metadata: [:], tensors: tensors).encoded()
            return nil
        } catch {
            return error
        }
    }

    private func tensor(_ name: String, rank: Int = 1) -> SafetensorsFile.NamedTensor {
        .init(name: name, shape: Shape([Int](repeating: 1, count: rank)), floats: [0])
    }

    @Test("as many tensors, axes and bytes of a name as are allowed can be written, and not one more")
    func writing() {
        let many = (0...SafetensorsFile.maximumTensorCount).map { tensor("t\($0)") }
        #expect(written(many.dropLast()) == nil)
        let rank = SafetensorsFile.maximumRank
        #expect(written([tensor("t", rank: rank)]) == nil)
        let name = String(repeating: "n", count: SafetensorsFile.maximumNameByteCount)
        #expect(written([tensor(name)]) == nil)
        func problem(_ tensors: [SafetensorsFile.NamedTensor]) -> SafetensorsProblem? {
            guard case .unwritable(_, let problem) = written(tensors) else { return nil }
            return problem
        }
        // A header is filled up to a multiple of eight.
        func headed(_ count: Int) -> SafetensorsError? {
            do throws(SafetensorsError) {
                _ = try SafetensorsFile(metadata: ["k": String(repeating: "v", count: count)], tensors: []).encoded()
                return nil
            } catch {
                return error
            }
        }
        let most = SafetensorsFile.maximumHeaderByteCount - #"{"__metadata__":{"k":""}}"#.utf8.count
        #expect(headed(most) == nil)
        guard case .unwritable(_, .headerTooLong(let length)) = headed(most + 1) else {
            Issue.record("a header of one byte more")
            return
        }
        #expect(length == UInt64(SafetensorsFile.maximumHeaderByteCount) + 8)
        #expect(problem(many) == .tooManyTensors(many.count))
        #expect(problem([tensor("t", rank: rank + 1)]) == .rankTooHigh(tensor: "t", rank: rank + 1))
        #expect(problem([tensor(name + "n")]) == .nameTooLong(name + "n"))
        // All share their bytes.
        let part = [UInt8](repeating: 0, count: SafetensorsFile.maximumDataByteCount / 64)
        let data = (0...64).map { place in
            SafetensorsFile.NamedTensor(name: "t\(place)", shape: [part.count], unsignedBytes: part)
        }
        #expect(problem(data) == .tooMuchData(byteCount: 65 * part.count))
    }
}
