import Interchange
import Testing

/// A safetensors file made of any header and any number of data bytes.
func safetensorsBytes(header: String, dataByteCount: Int = 0) -> [UInt8] {
    safetensorsBytes(header: Array(header.utf8), dataByteCount: dataByteCount)
}

func safetensorsBytes(header: [UInt8], dataByteCount: Int = 0) -> [UInt8] {
    lengthField(UInt64(header.count)) + header + (0..<dataByteCount).map { UInt8(truncatingIfNeeded: $0) }
}

/// The 8 bytes at the start of a file.
func lengthField(_ length: UInt64) -> [UInt8] {
    stride(from: 0, to: 64, by: 8).map { UInt8(truncatingIfNeeded: length >> UInt64($0)) }
}

/// One entry of a header.
func entry(_ name: String, _ type: String, _ shape: String, _ offsets: String) -> String {
    #""\#(name)":{"dtype":"\#(type)","shape":\#(shape),"data_offsets":\#(offsets)}"#
}

/// What is wrong with `bytes`, or nil when they are read.
func problem(_ bytes: [UInt8]) -> SafetensorsProblem? {
    do throws(SafetensorsError) {
        _ = try SafetensorsFile(parsing: bytes)
        return nil
    } catch {
        guard case .malformed(_, let problem) = error else { return nil }
        return problem
    }
}

/// A file with a tensor of each writable kind, one without elements, one of rank 0, and text that needs escaping.
func sampleFile() -> SafetensorsFile {
    SafetensorsFile(
        metadata: ["format": "pt", "note": "a \"quoted\"\\ line\nand a control \u{01} character, ∂θ"],
        tensors: [
            .init(
                name: "b.weight", shape: [2, 3],
                floats: [1, -0.0, .infinity, 3.4e38, .leastNonzeroMagnitude, -7.25]),
            .init(name: "a.scalar", shape: [], floats: [42]),
            .init(name: "empty", shape: [0, 5], floats: []),
            .init(name: "labels", shape: [3], integers: [.min, 0, .max]),
            .init(name: "pixels", shape: [5], unsignedBytes: [0, 1, 127, 128, 255]),
        ])
}
