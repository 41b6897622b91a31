import Tensors

extension SafetensorsFile {
    /// One tensor of a file: its name, type and shape, and its elements as bytes (little-endian, row-major).
    public struct NamedTensor: Sendable, Equatable {
        /// The key in the file, such as "localization.0.weight".
        public let name: String
        /// The type of the elements.
        public let type: ElementType
        /// The extents as the file states them; PyTorch's convolutions are [O, I, H, W].
        public let shape: Shape
        /// The elements, `shape.count * type.byteCount` bytes.
        public let bytes: [UInt8]

        init(name: String, type: ElementType, shape: Shape, bytes: [UInt8]) {
            self.name = name
            self.type = type
            self.shape = shape
            self.bytes = bytes
        }

        /// A tensor of 32-bit floats.
        ///
        /// - Precondition: `floats.count == shape.count`.
        public init(name: String, shape: Shape, floats: [Float]) {
            precondition(floats.count == shape.count, "\(floats.count) values for \(name) of shape \(shape)")
            self.init(name: name, type: .float32, shape: shape, bytes: littleEndian(floats.map(\.bitPattern)))
        }

        /// A tensor of 64-bit integers.
        ///
        /// - Precondition: `integers.count == shape.count`.
        public init(name: String, shape: Shape, integers: [Int64]) {
            precondition(
                integers.count == shape.count, "\(integers.count) values for \(name) of shape \(shape)")
            self.init(name: name, type: .int64, shape: shape, bytes: littleEndian(integers))
        }

        /// A tensor of bytes.
        ///
        /// - Precondition: `unsignedBytes.count == shape.count`.
        public init(name: String, shape: Shape, unsignedBytes: [UInt8]) {
            precondition(
                unsignedBytes.count == shape.count, "\(unsignedBytes.count) bytes for \(name) of \(shape)")
            self.init(name: name, type: .uint8, shape: shape, bytes: unsignedBytes)
        }

        /// The same tensor under another name.
        package func renamed(_ name: String) -> NamedTensor {
            NamedTensor(name: name, type: type, shape: shape, bytes: bytes)
        }

        /// The elements as 32-bit floats, or nil when they are integers.
        ///
        /// 64-bit floats are rounded to nearest; the 16-bit types are exact.
        public func floats() -> [Float]? {
            switch type {
            case .float32: decoded { Float(bitPattern: $0) }
            case .float64: decoded { Float(Double(bitPattern: $0)) }
            case .bfloat16: decoded { (bits: UInt16) in Float(bitPattern: UInt32(bits) << 16) }
            case .float16: decoded(floatFromHalf)
            case .int64, .uint8: nil
            }
        }

        /// The elements as 64-bit floats, exactly, or nil when they are integers.
        public func doubles() -> [Double]? {
            type == .float64 ? decoded { Double(bitPattern: $0) } : floats().map { $0.map(Double.init) }
        }

        /// The elements as 64-bit integers, or nil when they are floats.
        public func integers() -> [Int64]? {
            switch type {
            case .int64: decoded { (bits: UInt64) in Int64(bitPattern: bits) }
            case .uint8: bytes.map(Int64.init)
            case .float64, .float32, .bfloat16, .float16: nil
            }
        }

        /// Reads the bytes as little-endian words.
        ///
        /// Each word is loaded on its own, so the bytes need no alignment.
        private func decoded<Word: FixedWidthInteger, Value>(_ value: (Word) -> Value) -> [Value] {
            let size = MemoryLayout<Word>.size
            return bytes.withUnsafeBytes { raw in
                (0..<raw.count / size).map { index in
                    value(Word(littleEndian: raw.loadUnaligned(fromByteOffset: index * size, as: Word.self)))
                }
            }
        }
    }
}

/// The words one after another, each with its low byte first.
private func littleEndian<Word: FixedWidthInteger>(_ words: [Word]) -> [UInt8] {
    words.map(\.littleEndian).withUnsafeBytes { Array($0) }
}
