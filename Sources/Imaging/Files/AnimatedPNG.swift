/// Pictures of one size that follow one another, as an animated PNG (APNG): browsers play it, and whatever knows nothing of
/// animations shows the first picture.
///
/// A GIF would do with 256 colours; this keeps every pixel. Each picture is encoded whole, as ``Image/pngData()`` does.
///
/// - Source: Portable Network Graphics, third edition (W3C 2025), sections 11.3.4.1 to 11.3.4.3: acTL, fcTL, fdAT.
public struct AnimatedPNG: Sendable, Equatable {
    /// A picture and how long it is shown.
    public struct Frame: Sendable, Equatable {
        /// The picture.
        public var picture: Image
        /// How long it stands, 0 to 65,535.
        public var milliseconds: Int

        /// A picture for a time.
        public init(_ picture: Image, milliseconds: Int) {
            self.picture = picture
            self.milliseconds = milliseconds
        }
    }

    /// The pictures in their order.
    public var frames: [Frame]
    /// How often all are shown; 0 for ever.
    public var repetitions: Int

    /// An animation.
    ///
    /// - Parameters:
    ///   - frames: The pictures in their order.
    ///   - repetitions: How often all are shown; for ever, as one looks more than once.
    public init(_ frames: [Frame], repetitions: Int = 0) {
        self.frames = frames
        self.repetitions = repetitions
    }

    /// The animation as a file, in colour where a picture is.
    ///
    /// - Throws: `ImagingError.cannotEncode` when there are no pictures, their sizes differ, or one cannot be encoded.
    /// - Complexity: that of encoding each picture.
    public func data() throws(ImagingError) -> [UInt8] {
        guard let first = frames.first?.picture else { throw .cannotEncode(reason: "an animation of no pictures") }
        if let other = frames.map(\.picture).first(where: { $0.width != first.width || $0.height != first.height }) {
            throw .cannotEncode(
                reason: "\(first.width)×\(first.height) and \(other.width)×\(other.height) in one animation")
        }
        let channels = frames.contains { $0.picture.channels == 3 } ? 3 : 1
        var file = ChunkWriter()
        for (index, frame) in frames.enumerated() {
            let picture = try EncodedPicture(frame.picture.converted(toChannels: channels))
            if index == 0 {
                file.append("IHDR", picture.header)
                file.append("acTL", ChunkWriter.word(frames.count) + ChunkWriter.word(repetitions))
            }
            file.appendControl(of: frame)
            for part in picture.data {
                // The first picture is what readers see that know no animation.
                if index == 0 { file.append("IDAT", part) } else { file.appendFrameData(part) }
            }
        }
        file.append("IEND", [])
        return file.bytes
    }

    /// Writes the animation as a file, which appears whole or not at all; see ``Image/write(png:)``.
    ///
    /// - Throws: `ImagingError`.
    public func write(to path: String) throws(ImagingError) {
        try PictureFile.write(try data(), to: path)
    }
}

/// The chunks of one encoded picture that an animation takes over.
private struct EncodedPicture {
    let header: ArraySlice<UInt8>
    let data: [ArraySlice<UInt8>]

    init(_ picture: Image) throws(ImagingError) {
        let bytes = try picture.pngData()
        guard let header = try? PNGChunks.payloads(named: "IHDR", in: bytes).first,
            let data = try? PNGChunks.payloads(named: "IDAT", in: bytes)
        else { preconditionFailure("libpng wrote a picture that is not of chunks") }
        (self.header, self.data) = (header, data)
    }
}

/// A PNG file that grows chunk by chunk.
private struct ChunkWriter {
    private(set) var bytes = ImageFormat.pngSignature
    /// Control and data chunks of all pictures are numbered in one sequence.
    private var sequence = 0

    mutating func append(_ name: String, _ payload: some Collection<UInt8>) {
        bytes += Self.word(payload.count)
        let start = bytes.count
        bytes += Array(name.utf8)
        bytes += payload
        bytes += Self.word(Int(CRC32.checksum(of: bytes[start...])))
    }

    /// The size, place and time of the picture that follows: the whole of it, in place of the one before.
    mutating func appendControl(of frame: AnimatedPNG.Frame) {
        let size = Self.word(frame.picture.width) + Self.word(frame.picture.height)
        let place = Self.word(0) + Self.word(0)
        let time = Self.half(min(max(frame.milliseconds, 0), 65_535)) + Self.half(1000)
        let (disposeOfNothing, overwrite): (UInt8, UInt8) = (0, 0)
        append("fcTL", nextNumber() + size + place + time + [disposeOfNothing, overwrite])
    }

    mutating func appendFrameData(_ part: ArraySlice<UInt8>) { append("fdAT", nextNumber() + part) }

    private mutating func nextNumber() -> [UInt8] {
        defer { sequence += 1 }
        return Self.word(sequence)
    }

    /// Four bytes, the most significant first.
    static func word(_ value: Int) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
    }

    private static func half(_ value: Int) -> [UInt8] { [8, 0].map { UInt8(truncatingIfNeeded: value >> $0) } }
}
