extension Image {
    /// Decodes a PNG or JPEG picture; the bytes tell which it is, not the name.
    ///
    /// PNG: palettes are resolved, 16-bit samples rounded to 8, and transparency is laid over white, the paper a viewer
    /// shows it on (PyTorch's `convert("RGB")` would uncover whatever colour lies beneath). Colour profiles, gamma and all
    /// other ancillary chunks are left out unread. JPEG: grey stays grey; CMYK is taken as Adobe writes it, inverted, and
    /// multiplied out without a profile; the orientation that cameras note in EXIF is not applied, as in PyTorch.
    ///
    /// - Parameters:
    ///   - bytes: the whole encoded file.
    ///   - name: stands for the picture in messages, usually its path.
    ///   - limits: checked from the header before pixels are allocated.
    /// - Throws: `ImagingError`: `unknownFormat`, `tooManyPixels`, `fileTooLarge`, `unsupported`, or `damaged` for whatever
    ///   is cut off or fails a checksum; a picture is never filled up with grey.
    public init(decoding bytes: [UInt8], named name: String, limits: ImageLimits = .default)
        throws(ImagingError)
    {
        if bytes.count > limits.fileBytes {
            throw .fileTooLarge(name: name, bytes: bytes.count, limit: limits.fileBytes)
        }
        switch ImageFormat(magicOf: bytes) {
        case .png: self = try PNGCodec.decode(bytes, named: name, limits: limits)
        case .jpeg: self = try JPEGDecoder.decode(bytes, named: name, limits: limits)
        case .other(let found): throw .unknownFormat(name: name, found: found)
        }
    }

    /// Reads and decodes a PNG or JPEG file; see ``init(decoding:named:limits:)``.
    ///
    /// - Throws: `ImagingError`: also `missing`, `notAFile` and `unreadable`.
    public init(contentsOf path: String, limits: ImageLimits = .default) throws(ImagingError) {
        let bytes = try PictureFile.read(path, maximumBytes: limits.fileBytes)
        try self.init(decoding: bytes, named: path, limits: limits)
    }
}

/// The kind of file that leading bytes announce.
package enum ImageFormat: Equatable {
    case png
    case jpeg
    case other(String)

    package static let pngSignature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

    /// Names the format by its first bytes; the formats that are not read are named so that the message can say more
    /// than "unknown".
    init(magicOf bytes: [UInt8]) {
        func starts(_ text: String, at offset: Int = 0) -> Bool {
            bytes.dropFirst(offset).starts(with: Array(text.utf8))
        }
        if bytes.starts(with: Self.pngSignature) {
            self = .png
        } else if bytes.starts(with: [0xFF, 0xD8, 0xFF]) {
            self = .jpeg
        } else if bytes.isEmpty {
            self = .other("the file is empty")
        } else if Self.pngSignature.starts(with: bytes) || [0xFF, 0xD8].starts(with: bytes) {
            self = .other("cut off within its first bytes")
        } else if starts("GIF8") {
            self = .other("a GIF")
        } else if starts("RIFF"), starts("WEBP", at: 8) {
            self = .other("a WebP")
        } else if starts("BM") {
            self = .other("a BMP")
        } else if starts("II*\0") || starts("MM\0*") {
            self = .other("a TIFF")
        } else if starts("ftyp", at: 4) {
            self = .other("a HEIC, AVIF or video")
        } else if bytes.count > 2, bytes[0] == UInt8(ascii: "P"), (0x31...0x37).contains(bytes[1]),
            bytes[2] <= 0x20
        {
            self = .other("a PPM, PGM or PBM")
        } else if bytes.prefix(512).allSatisfy({ $0 >= 0x20 || (9...13).contains($0) }) {
            self = .other("it looks like text")
        } else {
            self = .other("unknown leading bytes")
        }
    }
}
