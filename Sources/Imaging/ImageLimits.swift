/// What a decoder accepts; checked from the header, before pixels are allocated.
///
/// A compressed picture of a few kilobytes can claim gigabytes of pixels, so pictures from others need a bound.
public struct ImageLimits: Sendable, Equatable {
    /// Width times height at most.
    public var pixels: Int
    /// Width at most, and height at most.
    public var side: Int
    /// Bytes of the encoded file at most.
    public var fileBytes: Int
    /// Passes of a progressive JPEG at most; each pass visits every block, so their number bounds the time.
    public var jpegScans: Int

    /// Limits of one's own.
    ///
    /// - Parameters:
    ///   - pixels: 2²⁴ by default: a 4096 × 4096 photograph, 64 MiB while its transparency is resolved.
    ///   - side: 16,384 by default, so that a strip one pixel high stays within what the rest of the program draws.
    ///   - fileBytes: 64 MiB by default: four bytes a pixel, more than any sensible encoder needs.
    ///   - jpegScans: 100 by default; encoders write about ten.
    public init(
        pixels: Int = 1 << 24, side: Int = 16_384, fileBytes: Int = 1 << 26, jpegScans: Int = 100
    ) {
        self.pixels = pixels
        self.side = side
        self.fileBytes = fileBytes
        self.jpegScans = jpegScans
    }

    /// 16 megapixels, 16,384 a side, files of 64 MiB, 100 progressive passes.
    public static let `default` = ImageLimits()

    /// Throws unless a picture of the claimed size may be decoded; the size comes from a header and may be anything.
    func check(width: Int, height: Int, named name: String) throws(ImagingError) {
        let (area, overflow) = width.multipliedReportingOverflow(by: height)
        if width > side || height > side || overflow || area > pixels {
            throw .tooManyPixels(name: name, width: width, height: height, limits: self)
        }
    }
}
