import Foundation
import Interchange
import ReaderChecks
import Tensors

/// Changed safetensors files, each with what our reader makes of it, for another reader to judge too.
///
/// Both go to standard output behind their lengths (32 bits, little-endian): the file, then JSON: null where it is refused, else
/// each tensor's name, type, shape, and the place of its data.
struct Comparison {
    private let seed: UInt64
    private let count: Int
    private let files: [[UInt8]]

    /// Reads a seed, a number of files to make, and the paths of files to begin with.
    init(_ arguments: ArraySlice<String>) throws {
        let arguments = Array(arguments)
        guard arguments.count > 2, let seed = UInt64(arguments[0]), let count = Int(arguments[1]) else {
            fatalError("--compare takes a seed, a count and files")
        }
        (self.seed, self.count) = (seed, count)
        // What is refused differs little from what is refused otherwise.
        files = try arguments[2...].map { Array(try Data(contentsOf: URL(filePath: $0))) }.filter { file in
            (try? SafetensorsFile(parsing: file)) != nil
        }
    }

    /// Writes all of them.
    func run() throws {
        var generator = RandomStream(seed: seed, purpose: .testing).generator
        var output: [UInt8] = []
        for _ in 0..<count {
            let start = files[generator.integer(below: files.count)]
            let bytes = FileForm.tensors.mutated(start, using: &generator)
            for part in [bytes, Array(judgement(of: bytes).utf8)] {
                output += (0..<4).map { UInt8(truncatingIfNeeded: part.count >> ($0 * 8)) } + part
            }
            if output.count > 1 << 16 {
                try FileHandle.standardOutput.write(contentsOf: output)
                output = []
            }
        }
        try FileHandle.standardOutput.write(contentsOf: output)
    }

    private func judgement(of bytes: [UInt8]) -> String {
        guard let file = try? SafetensorsFile(parsing: bytes) else { return "null" }
        var end = 0
        let tensors = file.tensors.map { tensor in
            let begin = end
            end += tensor.bytes.count
            return "[\(jsonString(tensor.name)),\"\(tensor.type.rawValue)\",\(tensor.shape),\(begin),\(end)]"
        }
        return "[\(tensors.joined(separator: ","))]"
    }
}
