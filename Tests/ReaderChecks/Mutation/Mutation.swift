import Tensors

extension FileForm {
    /// A file that differs from `bytes` by one change or a few, most of the time with lengths and checksums that are right.
    ///
    /// - Parameters:
    ///   - bytes: A file, good or not.
    ///   - generator: What chance is drawn from.
    ///   - change: How bytes of any kind are changed; beside it headers are changed as JSON.
    /// - Returns: The other file.
    package func mutated(
        _ bytes: [UInt8], using generator: inout RandomStreamGenerator,
        change: ([UInt8], inout RandomStreamGenerator) -> [UInt8] = ByteChange.changed(_:using:)
    ) -> [UInt8] {
        // One in eight is left broken: readers must take that, too.
        guard generator.integer(below: 8) > 0, var part = opened(bytes) else { return change(bytes, &generator) }
        for _ in 0...generator.integer(below: 3) {
            part =
                isJSON && generator.integer(below: 2) > 0
                ? JSONChange.changed(part, using: &generator) : change(part, &generator)
        }
        return closed(part, in: bytes)
    }

    /// Whether a changed file has to be put together again.
    package var isMoreThanBytes: Bool { if case .plain = self { false } else { true } }

    private var isJSON: Bool {
        switch self {
        case .tensors, .sealedTensors: true
        default: false
        }
    }
}
