import Interchange
import SpatialTransformers
import TestSupport
import Testing
import Training

@Suite("Checkpoints: what was changed since training wrote it")
struct HostileCheckpointTests {
    private static let good =
        (try? Seal.sealed(
            SafetensorsFile(
                metadata: ["note": "a", "run": "{}"],
                tensors: [.init(name: "fc1.bias", shape: [4], floats: [1, 2, 3, 4])])))
        ?? []

    /// The checkpoint with one text of its header replaced by another, and the header's length by what it is then.
    private static func changed(_ old: String, to new: String) -> [UInt8] {
        let (bytes, old, new) = (good, Array(old.utf8), Array(new.utf8))
        guard let start = bytes.indices.first(where: { bytes[$0...].starts(with: old) }) else { return [] }
        let length = Int(bytes[0]) + Int(bytes[1]) << 8 + new.count - old.count
        return [UInt8(length & 255), UInt8(length >> 8)] + bytes[2..<start] + new + bytes[(start + old.count)...]
    }

    private static func flipped(_ offset: Int) -> [UInt8] {
        var bytes = good
        bytes[offset < 0 ? bytes.count + offset : offset] ^= 1
        return bytes
    }

    /// Where the digest begins.
    private static var digest: Int {
        let key = Array(#""sha256":""#.utf8)
        return (good.indices.first { good[$0...].starts(with: key) } ?? 0) + key.count
    }

    private static var digestText: String { String(decoding: good[digest..<digest + 64], as: UTF8.self) }

    static let files = [
        HostileFile("a flip in the first number", flipped(-16), "its checksum does not match"),
        HostileFile("a flip in the last byte", flipped(-1), "its checksum does not match"),
        HostileFile("another note", changed("\"note\":\"a\"", to: "\"note\":\"b\""), "its checksum does not match"),
        HostileFile("another run", changed("\"run\":\"{}\"", to: "\"run\":\"[]\""), "its checksum does not match"),
        HostileFile("another name of a tensor", changed("fc1.bias", to: "fc2.bias"), "its checksum does not match"),
        HostileFile("another type", changed("\"F32\"", to: "\"F99\""), "has the type \"F99\""),
        HostileFile("a flip in the checksum", flipped(digest), "its checksum does not match"),
        HostileFile("a flip in the checksum's end", flipped(digest + 63), "its checksum does not match"),
        HostileFile(
            "a checksum that is called otherwise", changed(#""sha256""#, to: #""sha25\u0036""#), "not written as one"),
        HostileFile("a checksum that is cut short", changed(digestText, to: "0"), "checksum"),
        HostileFile("no digits in the checksum", changed(digestText, to: ""), "checksum"),
        HostileFile("a checksum in capitals", changed(digestText, to: digestText.uppercased()), "does not match"),
        HostileFile("cut off by a byte", Array(good.dropLast()), "15 bytes of data instead of 16"),
        HostileFile("longer by a byte", good + [0], "17 bytes of data instead of 16"),
        HostileFile(
            "zeros from half-way",
            good.prefix(good.count / 2) + [UInt8](repeating: 0, count: good.count - good.count / 2), "safetensors"),
        HostileFile("nothing", [], "ends inside its header"),
        HostileFile("zeros", [UInt8](repeating: 0, count: good.count), "does not start with '{'"),
    ]

    @Test("each is refused by whoever reads weights")
    func refused() throws {
        try expectRefusals(of: Self.files, atLeast: 17, fileName: "best.safetensors", read: Seal.check)
        try expectRefusals(of: Self.files, atLeast: 17, fileName: "best.safetensors") { path in
            try CheckpointLocation(path).requireIntactWeights()
        }
    }

    @Test("what is whole is taken, also beyond a block, and so is what was never sealed")
    func taken() throws {
        try withScratchFolder { folder in
            let path = "\(folder)/w.safetensors"
            let unsealed = SafetensorsFile(
                metadata: ["note": "a"],
                tensors: [.init(name: "w", shape: [3 << 18], floats: [Float](repeating: 0.5, count: 3 << 18))])
            let sealed = try Seal.sealed(unsealed)
            #expect(sealed.count > 3 << 20)
            for bytes in [Self.good, sealed, try unsealed.encoded()] {
                try writeFile(path, bytes)
                try Seal.check(path)
            }
            // The last byte lies behind all whole blocks.
            try writeFile(path, sealed.dropLast() + [1])
            #expect(throws: CheckpointError.self) { try Seal.check(path) }
        }
    }
}
