import CTurboJPEG

/// JPEG by TurboJPEG, with every warning taken as an error: libjpeg warns and fills up with grey where data is missing.
package enum JPEGDecoder {
    /// Decodes a baseline or progressive JPEG to grey or red, green, blue.
    static func decode(_ bytes: [UInt8], named name: String, limits: ImageLimits) throws(ImagingError)
        -> Image
    {
        guard let handle = tjInitDecompress() else {
            throw .unsupported(name: name, reason: "no JPEG decoder can be had")
        }
        defer { tjDestroy(handle) }
        var (width, height, subsampling, colorspace): (Int32, Int32, Int32, Int32) = (0, 0, 0, 0)
        guard
            tjDecompressHeader3(
                handle, bytes, UInt(bytes.count), &width, &height, &subsampling, &colorspace) == 0
        else {
            throw .damaged(name: name, format: "JPEG", reason: reason(handle))
        }
        try limits.check(width: Int(width), height: Int(height), named: name)
        let scans = scanCount(bytes)
        if scans > limits.jpegScans {
            throw .unsupported(
                name: name, reason: "JPEG of \(scans) passes, more than the \(limits.jpegScans) allowed")
        }
        let layout = Layout(colorspace: colorspace)
        var samples = [UInt8](repeating: 0, count: Int(width) * Int(height) * layout.samplesPerPixel)
        let flags = TJFLAG_ACCURATEDCT | TJFLAG_STOPONWARNING | TJFLAG_LIMITSCANS
        guard
            tjDecompress2(
                handle, bytes, UInt(bytes.count), &samples, width, 0, height, layout.pixelFormat, flags) == 0
        else {
            throw .damaged(name: name, format: "JPEG", reason: reason(handle))
        }
        if layout == .cmyk { samples = multipliedOut(invertedCMYK: samples) }
        return Image(
            width: Int(width), height: Int(height), channels: layout == .grey ? 1 : 3, pixels: samples)
    }

    private enum Layout {
        case grey, rgb, cmyk

        init(colorspace: Int32) {
            switch colorspace {
            case Int32(TJCS_GRAY.rawValue): self = .grey
            case Int32(TJCS_CMYK.rawValue), Int32(TJCS_YCCK.rawValue): self = .cmyk
            default: self = .rgb
            }
        }

        var samplesPerPixel: Int {
            switch self {
            case .grey: 1
            case .rgb: 3
            case .cmyk: 4
            }
        }

        var pixelFormat: Int32 {
            switch self {
            case .grey: Int32(TJPF_GRAY.rawValue)
            case .rgb: Int32(TJPF_RGB.rawValue)
            case .cmyk: Int32(TJPF_CMYK.rawValue)
            }
        }
    }

    /// Colour from cyan, magenta, yellow and black, all stored inverted as Adobe's programs do: 255 is no ink.
    private static func multipliedOut(invertedCMYK samples: [UInt8]) -> [UInt8] {
        var colors = [UInt8](repeating: 0, count: samples.count / 4 * 3)
        for pixel in 0..<samples.count / 4 {
            let light = Int(samples[pixel * 4 + 3])
            for color in 0..<3 {
                colors[pixel * 3 + color] = UInt8((Int(samples[pixel * 4 + color]) * light + 127) / 255)
            }
        }
        return colors
    }

    /// The number of scans: start-of-scan markers outside other segments.
    package static func scanCount(_ bytes: [UInt8]) -> Int {
        var scans = 0
        var offset = 2
        while offset + 3 < bytes.count {
            // A marker is 0xFF and a byte that is neither a stuffed zero, a fill byte, nor one of those without a
            // length: restart markers and TEM, behind which scans could hide otherwise.
            guard bytes[offset] == 0xFF, bytes[offset + 1] > 1, bytes[offset + 1] != 0xFF,
                !(0xD0...0xD8).contains(bytes[offset + 1])
            else {
                offset += 1
                continue
            }
            if bytes[offset + 1] == 0xD9 { break }
            if bytes[offset + 1] == 0xDA { scans += 1 }
            offset += 2 + (Int(bytes[offset + 2]) << 8 | Int(bytes[offset + 3]))
        }
        return scans
    }

    private static func reason(_ handle: tjhandle) -> String { String(cString: tjGetErrorStr2(handle)) }
}
