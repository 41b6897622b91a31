import CZlib

/// The contents of a gzipped file, with its checksum and length checked at the end and nothing allowed after it.
///
/// zlib rather than libarchive, whose gzip filter checks neither the checksum nor what follows.
final class GzipReader: ByteReader {
    /// No deflate stream expands further: 258 bytes from 2 bits, and a little for the headers.
    static let greatestExpansion = 1032

    var path: String { file.path }
    private let file: FileReader
    // zlib keeps the address of its stream, so the stream must not move.
    private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    private let input = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 17, alignment: 16)
    private var isFinished = false

    /// Starts reading a file.
    init(file: FileReader) throws {
        self.file = file
        stream.initialize(to: z_stream())
        guard stn_inflate_init_gzip(stream) == Z_OK else {
            throw DatasetError.unreadable(file: file.path, reason: "out of memory")
        }
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
        input.deallocate()
    }

    /// More bytes than the whole file can expand to.
    var byteLimit: Int { file.byteCount.multipliedReportingOverflow(by: Self.greatestExpansion).partialValue }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        var filled = 0
        while filled < buffer.count && !isFinished {
            if stream.pointee.avail_in == 0 { try refill() }
            let room = min(buffer.count - filled, 1 << 30)
            stream.pointee.next_out = (buffer.baseAddress.map { $0 + filled })?.assumingMemoryBound(
                to: UInt8.self)
            stream.pointee.avail_out = UInt32(room)
            let result = inflate(stream, Z_NO_FLUSH)
            filled += room - Int(stream.pointee.avail_out)
            switch result {
            case Z_STREAM_END: try finish()
            case Z_OK: continue
            default: throw DatasetError.malformed(file: path, reason: "damaged gzip data")
            }
        }
        return filled
    }

    private func refill() throws {
        let count = try file.read(into: input)
        guard count > 0 else {
            throw DatasetError.malformed(file: path, reason: "the gzip data ends too early")
        }
        stream.pointee.next_in = input.baseAddress?.assumingMemoryBound(to: UInt8.self)
        stream.pointee.avail_in = UInt32(count)
    }

    private func finish() throws {
        isFinished = true
        let extra = try stream.pointee.avail_in > 0 ? 1 : file.read(into: input)
        if extra > 0 { throw DatasetError.malformed(file: path, reason: "bytes follow the gzip data") }
    }
}
