import Foundation
import Interchange
import Tensors
import TestSupport
import Testing

/// A Python that has the format's reference implementation.
private let reference = Python.having("safetensors.numpy")

@Suite(
    "safetensors: the reference implementation agrees",
    .enabled(
        if: reference != nil,
        "needs a Python with the safetensors and numpy packages: run Benchmarks/setup-peers.sh or set STN_PEERS_PYTHON"
    ))
struct SafetensorsReferenceTests {
    private struct Entry: Decodable, Equatable {
        let name: String
        let dtype: String
        let shape: [Int]
        let data: [Int]

        init(_ tensor: SafetensorsFile.NamedTensor) {
            name = tensor.name
            dtype = tensor.type.rawValue
            shape = tensor.shape.dimensions
            data = tensor.bytes.map(Int.init)
        }
    }

    @Test("Python reads what is written here")
    func pythonReads() throws {
        let program = """
            import json, sys, safetensors
            found = safetensors.deserialize(open(sys.argv[1], "rb").read())
            found = [dict(name=n, dtype=t["dtype"], shape=t["shape"], data=list(t["data"])) for n, t in found]
            print(json.dumps(sorted(found, key=lambda entry: entry["name"])))
            """
        try withTemporaryFolder { folder in
            let path = folder + "/ours.safetensors"
            try sampleFile().write(to: path)
            let found = try #require(reference).value(of: program, [path], as: [Entry].self)
            #expect(found == sampleFile().tensors.map(Entry.init).sorted { $0.name < $1.name })
        }
    }

    @Test("the bytes written here are the bytes that Python writes")
    func sameBytes() throws {
        let program = """
            import sys, numpy
            from safetensors.numpy import save_file
            save_file({
                "zeta": numpy.array([1, -2], numpy.float32), "alpha": numpy.zeros((0, 3), numpy.float32),
                "n": numpy.array(7, numpy.int64), "é\\n": numpy.array([1, 2, 3], numpy.uint8),
            }, sys.argv[1], {"note": 'q"\\\\ \\u0001\\t é'})
            print("true")
            """
        try withTemporaryFolder { folder in
            let path = folder + "/theirs.safetensors"
            let isWritten = try #require(reference).value(of: program, [path], as: Bool.self)
            #expect(isWritten)
            let ours = SafetensorsFile(
                metadata: ["note": "q\"\\ \u{01}\t é"],
                tensors: [
                    .init(name: "zeta", shape: [2], floats: [1, -2]),
                    .init(name: "alpha", shape: [0, 3], floats: []),
                    .init(name: "n", shape: [], integers: [7]),
                    .init(name: "é\n", shape: [3], unsignedBytes: [1, 2, 3]),
                ])
            #expect(FileManager.default.contents(atPath: path) == Data(try ours.encoded()))
        }
    }

    @Test("of 4,000 damaged files, none that is read here is refused by Python")
    func acceptsNoMore() throws {
        let program = """
            import json, sys, safetensors
            verdicts, data = [], open(sys.argv[1], "rb").read()
            while data:
                size = int.from_bytes(data[:4], "little")
                one, data = data[4:4 + size], data[4 + size:]
                try:
                    verdicts.append(len(safetensors.deserialize(one)))
                except safetensors.SafetensorError:
                    verdicts.append(-1)
            print(json.dumps(verdicts))
            """
        let original = try sampleFile().encoded()
        let headerEnd = 8 + Int(original[0]) + Int(original[1]) << 8
        let alphabet = Array("{}[]\",:\\0123456789-+.eEu aFUI\n\u{01}".utf8)
        var generator = RandomStream(seed: 14, purpose: .testing).generator
        let damaged = (0..<4_000).map { _ in
            var bytes = original
            for _ in 0...generator.integer(below: 2) {
                let place = 8 + generator.integer(below: headerEnd - 8)
                bytes[place] = alphabet[generator.integer(below: alphabet.count)]
            }
            return bytes
        }
        try withTemporaryFolder { folder in
            let all = damaged.flatMap { lengthField(UInt64($0.count)).prefix(4) + $0 }
            try Data(all).write(to: URL(fileURLWithPath: folder + "/all"))
            let verdicts = try #require(reference).value(of: program, [folder + "/all"], as: [Int].self)
            #expect(verdicts.count == damaged.count)
            var accepted = 0
            for (bytes, verdict) in zip(damaged, verdicts) {
                guard let file = try? SafetensorsFile(parsing: bytes) else { continue }
                accepted += 1
                #expect(
                    file.tensors.count == verdict, "\(String(decoding: bytes[8..<headerEnd], as: UTF8.self))")
            }
            #expect(accepted > 100 && accepted < 4_000)
        }
    }
}
